#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef-meterd against a real broker that this suite starts: what it computes and what it survives."""
import json
import os
import time
import unittest

import mqtt5
from meters_broker import Agent, compare, traced
from with_broker import CHAIN, LIMIT, RING, WithBroker, X2, ring


class Converging(WithBroker):
    def test_equal_to_the_centre(self):
        case = self.grid(300, 3)
        for agent in self.team(case, 12):
            agent.start()
        self.all_done()
        summaries = self.end_all()
        self.assertLess(compare(summaries, traced(case)), 1e-9)
        for summary in summaries:
            refused = dict(summary["info"]["refused"])
            refused.pop("replayed", None)  # what comes both live and retained
            self.assertEqual(sum(refused.values()), 0, refused)
            self.assertEqual(summary["info"]["broker"]["publish_denied"], 0)
            self.assertTrue(summary["info"]["reads_confirmed"])

    def test_a_loop_through_every_agent(self):
        case = self.case(RING)
        for agent in self.team(case, 3):
            agent.start()
        self.all_done()
        summaries = self.end_all()
        compare(summaries, traced(case))
        self.assertAlmostEqual(summaries[0]["bus"]["intensity"][0], 30.75 / 63.75, delta=1e-12)

    def test_a_loop_of_a_hundred_through_every_agent(self):
        case = self.case(ring(100))
        for agent in self.team(case, 4, "--round-ms", "2"):
            agent.start()
        self.all_done()
        summaries = self.end_all()
        self.assertLess(compare(summaries, traced(case)), 1e-12)
        self.assertTrue(all(all(s["bus"]["certified"]) for s in summaries))

    def test_relaxation_alone_does_not_end_and_is_certified_by_its_bounds(self):
        case = self.case(RING)
        for agent in self.team(case, 3, "--relax", "--round-ms", "1"):
            agent.start()
        self.until(lambda s: len(s) == 3 and all(x["certified"] == 1 for x in s.values()), "bounds below 1e-9")
        ended = [agent.end() for agent in self.agents]
        self.assertEqual([(code, summary["info"]["final"], summary["info"]["ended"]) for code, summary in ended], [(0, 0, "stopped")] * 3)
        for _, summary in ended:
            bus, intensity, bound = (summary["bus"][key][0] for key in ("id", "intensity", "bound"))
            self.assertLessEqual(abs(intensity - traced(case)[bus][0]), bound)
            self.assertLessEqual(bound, 0.5e-9)

    def test_a_roster_from_a_file(self):
        case, roster = self.case(CHAIN), self.case("bus,agent\n3,0\n1,1\n4,1\n2,0\n", "roster.csv")
        self.agents = [Agent(self.folder, k, case, self.broker, "--roster", roster) for k in range(2)]
        for agent in self.agents:
            agent.start()
        self.all_done()
        summaries = self.end_all()
        self.assertEqual([s["bus"]["id"] for s in summaries], [[2, 3], [1, 4]])
        self.assertEqual(summaries[0]["bus"]["intensity"], [X2, X2])

    def test_shared_case_activsg200(self):
        cases = os.environ.get("LIBCEF_CASES")
        if not cases:
            self.skipTest("LIBCEF_CASES is not set")
        case, factors = os.path.join(cases, "case_ACTIVSg200.m"), ("--fuel-factors", "ipcc2006", "--missing-factor", "zero")
        for agent in self.team(case, 20, *factors):
            agent.start()
        self.all_done()
        self.assertLess(compare(self.end_all(), traced(case, *factors)), 1e-9)


class Faults(WithBroker):
    def test_broker_killed_agents_frozen_and_restarted(self):
        case = self.grid(200, 8)
        agents = self.team(case, 10, "--round-ms", "30")
        for agent in agents:
            agent.start()
        self.until(lambda s: len(s) == 10, "all speak")
        agents[2].freeze(True)
        agents[5].kill()
        self.broker.kill()
        agents[5].start()  # knows nothing, and finds no broker
        agents[7].kill()
        agents[2].freeze(False)
        self.broker.start()  # knows nothing either
        agents[7].start()
        self.watcher.forget()
        self.all_done()
        self.assertEqual([self.watcher.status[k]["boot"] for k in (2, 5, 7)], [1, 2, 2])
        self.assertGreaterEqual(self.watcher.status[0]["broker"]["lost"], 1)
        compare(self.end_all(), traced(case))

    def test_killed_after_the_end_and_back_with_lost_state(self):
        case = self.grid(60, 4)
        for agent in self.team(case, 4):
            agent.start()
        self.all_done()
        self.agents[1].kill()
        self.until(lambda s: s[1]["state"] == "gone", "the will of a killed agent")
        self.assertEqual(self.watcher.status[1]["boot"], 1)
        self.agents[1].start()
        self.watcher.forget()
        self.all_done()
        self.assertEqual(self.watcher.status[1]["boot"], 2)
        compare(self.end_all(), traced(case))

    def test_retained_finals_serve_a_latecomer(self):
        case = self.case(CHAIN)  # agent 0: buses 1, 2; agent 1: buses 3, 4, fed by 2
        first, late = self.team(case, 2)
        first.start()
        late.start()
        self.all_done()
        late.kill()
        self.until(lambda s: s[1]["state"] == "gone", "agent 1 is gone")
        self.assertEqual(first.end()[0], 0)
        late.start()  # knows nothing, and nobody is there but the broker
        self.until(lambda s: s[1]["boot"] == 2 and s[1].get("certified") == 2, "the latecomer, alone")
        code, summary = late.end()
        self.assertEqual((code, summary["bus"]["intensity"]), (0, [X2, X2]))
        self.assertEqual(summary["info"]["silent_neighbours"], 1)

    def test_other_interval_and_other_epoch_do_not_meet(self):
        case = self.case(CHAIN)
        self.agents = [Agent(self.folder, 0, case, self.broker, "--agents", "2"),
                       Agent(self.folder, 1, case, self.broker, "--agents", "2", "--interval", "8"),
                       Agent(self.folder, 1, case, self.broker, "--agents", "2", "--epoch", "8")]
        self.agents[2].output += "2"
        self.agents[2].command[self.agents[2].command.index("--state") + 1] += "2"
        for agent in self.agents:
            agent.start()
        with_watch = mqtt5.Client(self.broker.port, "counter")
        self.addCleanup(with_watch.close)
        with_watch.subscribe("cef/v1/+/8/status/1", "cef/v1/8/+/status/1")
        rounds, limit = {}, time.monotonic() + LIMIT
        while len(rounds) < 2 or min(rounds.values()) < 20:
            self.assertLess(time.monotonic(), limit)
            for topic, payload, _ in with_watch.messages(0.2):
                rounds[topic] = json.loads(payload)["rounds"]
        self.assertEqual([a.end()[0] for a in self.agents], [5, 5, 5])

    def test_two_processes_of_one_agent(self):
        case = self.case(CHAIN)
        first, second = Agent(self.folder, 0, case, self.broker, "--agents", "2"), Agent(
            self.folder, 0, case, self.broker, "--agents", "2")
        self.agents = [first, second]
        first.start()
        self.until(lambda s: 0 in s, "the first")
        second.start()
        self.assertEqual(first.process.wait(timeout=LIMIT), 3)
        self.assertIn("[agent-twice]", first.said())
        self.assertIsNone(second.process.poll())

    def test_a_lost_state_file_is_told(self):
        case = self.case(CHAIN)
        agent = Agent(self.folder, 1, case, self.broker, "--agents", "2")
        self.agents = [agent.start()]
        self.until(lambda s: 1 in s, "its first start")
        agent.kill()
        agent.start()
        self.until(lambda s: s[1].get("boot") == 2 and s[1]["state"] == "running", "its second start")
        agent.kill()
        os.remove(os.path.join(self.folder, "agent1.state"))
        agent.start()
        self.assertEqual(agent.process.wait(timeout=LIMIT), 3)
        self.assertIn("state file", agent.said())


class Denied(WithBroker):
    """Agent 0 may not write to agent 1, agent 1 may not read what is sent to it."""

    def lines(self):
        path = os.path.join(self.folder, "acl")
        os.chmod(self.folder, 0o755)  # a broker started as root reads it as somebody else
        rules = ["readwrite cef/v1/+/+/status/#", "readwrite cef/v1/+/+/fin/0/#", "read cef/v1/+/+/it/0/#", "write cef/v1/+/+/it/0/#",
                 "write cef/v1/+/+/it/1/1"]
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"topic {rule}\n" for rule in rules))
        return (f"acl_file {path}",)

    def test_denials_are_visible(self):
        for agent in self.team(self.case(CHAIN), 2):
            agent.start()

        def visible(s):
            return len(s) == 2 and s[0]["broker"]["denied_topics"] >= 2 and s[0]["reads_confirmed"] and s[1]["rounds"] > 20
        self.until(visible, "PUBACK tells agent 0")
        zero, one = self.watcher.status[0], self.watcher.status[1]
        self.assertGreaterEqual(zero["broker"]["publish_denied"], 2)
        self.assertEqual(zero["broker"]["last_reason"], 135)  # not authorized
        self.assertTrue(zero["reads_confirmed"])
        self.assertFalse(one["reads_confirmed"])  # its echo does not come back
        self.assertEqual((one["silent_neighbours"], one["certified"]), (1, 0))
        self.assertEqual([a.end()[0] for a in self.agents], [0, 5])


if __name__ == "__main__":
    unittest.main(verbosity=2)
