#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef-meterd takes the settings of cef trace, and refuses to work with agents that have others."""
import hashlib
import os
import time
import unittest

import mqtt5
from meters_broker import Agent, compare, traced
from with_broker import CHAIN, LIMIT, RING, WithBroker

# 10 MW are missing at bus 1, and 20 MW of solar comes in as a negative load at bus 2.
ODD = """libcef: 1
name: odd
buses: [{id: 1}, {id: 2}, {id: 3}]
branches: [{id: a, from: 1, to: 2, p_from: 60, p_to: -59}, {id: b, from: 2, to: 3, p_from: 40, p_to: -40},
           {id: c, from: 2, to: 3, p_from: -0.5, p_to: 0.5}]
generators: [{id: g1, bus: 1, p: 50, intensity: 0.8}, {id: g2, bus: 2, p: 10, intensity: 0.1}]
loads: [{id: l2, bus: 2, p: 49.5}, {id: pv, bus: 2, p: -20}, {id: l3, bus: 3, p: 39.5}]
"""

# Flows are not stated: two equal lines in parallel, solved in DC.
WIRED = """libcef: 1
name: wired
buses: [{id: 1, type: ref}, {id: 2}, {id: 3}]
branches: [{id: a, from: 1, to: 2, x: 0.2}, {id: b, from: 2, to: 3, x: 0.1}, {id: c, from: 1, to: 3, x: 0.3}]
generators: [{id: g1, bus: 1, p: 60, capacity: 200, intensity: 0.8}, {id: g2, bus: 2, p: 20, capacity: 50}]
loads: [{id: l2, bus: 2, p: 30}, {id: l3, bus: 3, p: 50}]
"""


class Same(WithBroker):
    def test_values_are_those_of_cef_trace_with_the_same_options(self):
        for text, options in ((CHAIN, ("--mixing", "netted")), (ODD, ("--powerflow=given", "--mismatch-intensity", "0.4", "--missing-factor=0.1")),
                              (ODD, ("--powerflow=given", "--negative-load-intensity", "0.3", "--net-parallel")), (ODD, ("--powerflow=given", "--flow-tol", "1", "--loss=prorata", "--missing-factor=0")),
                              (WIRED, ("--powerflow", "dc", "--missing-factor=0.2", "--slack", "capacity"))):
            with self.subTest(options=options):
                case = self.case(text)
                for agent in self.team(case, 3, *options):
                    agent.start()
                self.all_done()
                self.assertLess(compare(self.end_all(), traced(case, *options)), 1e-9)
                self.watcher.status.clear()
                for agent in self.agents:
                    os.remove(agent.output)


class Number(WithBroker):
    def number(self, *options, text=CHAIN, agents="1"):
        code, said, summary = self.ended("--agent", "0", "--agents", agents, "--interval", "1", "--epoch", "5", "--state", "s",
                                         "--broker", self.broker.url, "--deadline", "0.05", "--linger", "0", *options, case=self.case(text))
        self.assertIn(code, (0, 3, 5), said)
        self.assertIn(f"settings {summary['info']['settings']}", said)
        return summary["info"]["settings"]

    def test_what_bears_on_values_is_in_it(self):
        factors = self.case("gen,bus,intensity\ng1,1,0.9\n", "f.csv")
        seen = [self.number(*options) for options in (
            (), ("--mixing", "netted"), ("--loss", "prorata"), ("--net-parallel",), ("--flow-tol", "1e-3"), ("--balance-tol", "1"),
            ("--strict",), ("--mismatch-intensity", "0.2"), ("--negative-loss", "source"),
            ("--negative-load-intensity", "0.3"), ("--factors", factors), ("--relax",))]
        seen += [self.number(text=CHAIN + "# another file\n"), self.number(agents="2"), self.number(agents="4")]
        seen += [self.number(*options, text=WIRED) for options in (
            ("--missing-factor", "0.2"), ("--missing-factor", "0.3"), ("--missing-factor", "0.2", "--powerflow", "dc"),
            ("--missing-factor", "0.2", "--slack", "capacity"), ("--missing-factor", "0.2", "--tolerance", "1e-9"))]
        self.assertEqual(len(set(seen)), len(seen), seen)

    def test_what_does_not_is_not(self):
        plain = self.number()
        for options in (("--round-ms", "7"), ("--seed", "9"), ("--certify", "1e-6"), ("--expiry", "60"), ("--missing-factor", "0.7"),
                        ("--keepalive", "9"), ("--slack", "capacity"), ("--loss", "sending")):
            self.assertEqual(self.number(*options), plain, options)


class Differ(WithBroker):
    def agent(self, number, case, *options, of=2):
        agent = Agent(self.folder, number, case, self.broker, "--agents", str(of), *options)
        self.agents.append(agent)
        return agent.start()

    def refused(self, agent):
        self.assertEqual(agent.process.wait(timeout=LIMIT), 1)
        self.assertIn("cef: error[settings-differ]: ", agent.said())
        _, summary = agent.end()
        self.assertEqual(summary["info"]["ended"], "contradicted")
        self.assertGreater(summary["info"]["refused"]["other_settings"], 0)
        self.assertIn(summary["info"]["settings"], agent.said())
        return summary

    def test_two_that_differ_both_end(self):
        case = self.case(CHAIN)
        one, other = self.agent(0, case), self.agent(1, case, "--mixing", "netted")
        first, second = self.refused(one), self.refused(other)
        self.assertIn(second["info"]["settings"], one.said())
        self.assertIn(first["info"]["settings"], other.said())
        self.assertEqual(second["info"]["final"], 0)  # nothing was taken
        self.until(lambda s: all(x["state"] == "contradicted" for x in s.values()), "the last status says so")

    def test_a_newcomer_that_differs_ends_and_the_others_go_on(self):
        case = self.case(RING)
        old = [self.agent(k, case, of=3) for k in range(2)]
        self.until(lambda s: len(s) == 2 and all(x["heard"] > 0 for x in s.values()), "two that agree")
        wrong = self.agent(2, case, "--flow-tol", "1e-3", of=3)
        self.refused(wrong)
        self.until(lambda s: all(s[k]["refused"]["other_settings"] > 0 for k in range(2)), "it is counted")
        self.assertEqual([agent.process.poll() for agent in old], [None, None])
        self.agents.remove(wrong)
        self.agent(2, case, of=3)
        self.watcher.forget()
        self.all_done()
        compare(self.end_all(), traced(case))

    def test_pages_of_an_earlier_run_are_refused_and_end_nobody(self):
        case, options = self.case(CHAIN), ("--mixing", "netted")
        for agent in self.team(case, 2):
            agent.start()
        self.all_done()
        self.end_all()
        for agent in self.agents:
            os.remove(agent.output)
        late = self.team(case, 2, *options)[1]
        late.start()
        self.watcher.forget()
        self.until(lambda s: s[1]["boot"] == 2 and s[1]["refused"]["other_settings"] > 0, "a page of before is refused")
        time.sleep(4)  # longer than contradictions of agents that run are borne
        self.assertIsNone(late.process.poll())
        self.agents[0].start()
        self.watcher.forget()
        self.all_done()
        compare(self.end_all(), traced(case, *options))


class Elsewhere(WithBroker):
    """Agents of different epochs never meet; whose neighbours are elsewhere says so."""

    def pair(self, case, other, *options):
        self.agents = [Agent(self.folder, 0, case, self.broker, "--agents", "2"),
                       Agent(self.folder, 1, other, self.broker, "--agents", "2", *options)]
        for agent in self.agents:
            agent.start()

    def told(self, agent):
        said = agent.said()
        return "cef: warning[epochs-differ]: agent " in said and "they never meet" in said

    def test_other_case_files_are_named(self):
        case, other = self.case(CHAIN), self.case(CHAIN + "# another file\n", "other.yaml")
        self.pair(case, other)
        self.until(lambda s: len(s) == 2 and all(x["neighbours_elsewhere"] == 1 for x in s.values()), "both know")
        for agent, own, its in zip(self.agents, (case, other), (other, case)):
            self.assertTrue(self.told(agent), agent.said())
            for path in (own, its):
                with open(path, "rb") as file:
                    self.assertIn(hashlib.sha256(file.read()).hexdigest()[:12], agent.said())
            self.assertIn("same case file", agent.said())
            self.assertIsNone(agent.process.poll())  # two runs may share a broker: it is no error
        code, summary = self.agents[1].end()  # it takes in its neighbour's values and holds none of its own
        self.assertEqual((code, summary["info"]["neighbours_elsewhere"]), (5, 1))
        self.assertIn("1 neighbour announced itself in another epoch", self.agents[1].said())

    def test_another_epoch_for_the_same_file_is_named(self):
        case = self.case(CHAIN)
        self.pair(case, case, "--epoch", "8")
        self.until(lambda s: len(s) == 2 and all(x["neighbours_elsewhere"] == 1 for x in s.values()), "both know")
        self.assertIn("in epoch 8 ", self.agents[0].said())
        self.assertIn("Give both the same --epoch", self.agents[0].said())

    def test_what_is_no_hello_warns_nobody(self):
        case = self.case(CHAIN)
        client = mqtt5.Client(self.broker.port, "forger")
        self.addCleanup(client.close)
        sha = "0" * 64
        for epoch, text in ((6, "{}"), (7, '{"case": "xyz"}'), (8, f'{{"case": "{sha[1:]}"}}'), (9, '{"case": "' + "\x1b" * 64 + '"}')):
            client.publish(f"cef/v1/hello/7/1/{epoch}", text.encode(), qos=1, retain=True)
        self.agents = [Agent(self.folder, 0, case, self.broker, "--agents", "2").start()]
        self.until(lambda s: 0 in s and s[0]["refused"]["payload_malformed"] == 4, "they are counted")
        self.assertEqual((self.agents[0].said(), self.watcher.status[0]["neighbours_elsewhere"]), ("", 0))
        client.publish("cef/v1/hello/7/1/10", f'{{"case": "{sha}"}}'.encode(), qos=1, retain=True)
        self.until(lambda s: s[0]["neighbours_elsewhere"] == 1, "a good one is")

    def test_two_whole_runs_share_a_broker_in_silence(self):
        case, other = self.case(CHAIN), self.case(CHAIN + "# another file\n", "other.yaml")
        for agent in self.team(case, 2):
            agent.start()
        self.all_done()
        first, self.agents = self.agents, []
        for k in range(2):
            agent = Agent(self.folder, k, other, self.broker, "--agents", "2")
            agent.output += "b"
            agent.command[agent.command.index("-o") + 1] += "b"
            agent.command[agent.command.index("--state") + 1] += "b"
            self.agents.append(agent.start())
        self.watcher.forget()
        time.sleep(5)  # longer than a silent neighbour is waited for
        second, self.agents = self.agents, first + self.agents
        for agents in (first, second):
            self.assertEqual([agent.end()[1]["info"]["neighbours_elsewhere"] for agent in agents], [0, 0])
        for agent in self.agents:
            self.assertNotIn("epochs-differ", agent.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
