#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef-meterd against a real broker that this suite starts: what it computes, what it survives, what it refuses, what it
says. The second MQTT 5 client, in Python, is independent of libmosquitto."""
import json
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import meters_broker
import mqtt5
from meters_broker import Agent, Broker, Watcher, compare, traced

LIMIT = 120.0  # seconds that a condition may take on a slow machine

# Carbon flows 1 -> 2 -> 3 -> 4. x1 = 0.8, x2 = (60 0.8 + 40 0.1)/100 = 0.52, x3 = x4 = x2.
CHAIN = """libcef: 1
name: chain
buses: [{id: 1}, {id: 2}, {id: 3}, {id: 4}]
branches: [{id: a, from: 1, to: 2, p_from: 60, p_to: -60}, {id: b, from: 2, to: 3, p_from: 80, p_to: -80},
           {id: c, from: 3, to: 4, p_from: 50, p_to: -50}]
generators: [{id: g1, bus: 1, p: 100, intensity: 0.8}, {id: g2, bus: 2, p: 40, intensity: 0.1}]
loads: [{id: l1, bus: 1, p: 40}, {id: l2, bus: 2, p: 20}, {id: l3, bus: 3, p: 30}, {id: l4, bus: 4, p: 50}]
"""
X2 = 0.52

# A ring 1 -> 2 -> 3 -> 1 with 50, 60, 10 MW (tests/cli works it): 10 MW go round, through every agent of three.
RING = """libcef: 1
name: ring
buses: [{id: 1}, {id: 2}, {id: 3}]
branches: [{id: 1, from: 1, to: 2, p_from: 50, p_to: -50}, {id: 2, from: 2, to: 3, p_from: 60, p_to: -60}, {id: 3, from: 3, to: 1, p_from: 10, p_to: -10}]
generators: [{id: 1, bus: 1, p: 60, intensity: 0.5}, {id: 2, bus: 2, p: 30, intensity: 0.2}]
loads: [{id: 1, bus: 1, p: 20}, {id: 2, bus: 2, p: 20}, {id: 3, bus: 3, p: 50}]
"""

# Where the fields of a message stand (docs/meters.md).
VERSION, FACTS, FLAGS, EPOCH, INTERVAL, FROM, TO, LINK, BOOT, SEQUENCE = 4, 5, 10, 16, 20, 24, 28, 32, 36, 40
READING, INTENSITY, BOUND, SHARE = 64, 72, 80, 88


def pack(agent, *messages, kind=1):
    body = b"".join(struct.pack("<H", len(m)) + m for m in messages)
    return b"CEFP" + struct.pack("<BBHII", 1, kind, len(messages), agent, 0) + body


def unpack(payload):
    at, found = 16, []
    while at < len(payload):
        length = struct.unpack_from("<H", payload, at)[0]
        found.append(payload[at + 2:at + 2 + length])
        at += 2 + length
    return found


def changed(message, at, form, value):
    out = bytearray(message)
    struct.pack_into("<" + form, out, at, value)
    return bytes(out)


@unittest.skipUnless(meters_broker.find_broker(), "no mosquitto on this machine")
class WithBroker(unittest.TestCase):
    """A broker, a folder, agents that are gone at the end whatever happens."""

    LINES = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cef-mqtt-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder, *self.lines()).start()
        self.addCleanup(self.broker.stop)
        self.watcher, self.agents = Watcher(self.broker), []
        self.addCleanup(self.watcher.close)
        self.addCleanup(self.kill_all)

    def lines(self):
        return ()

    def kill_all(self):
        for agent in self.agents:
            if agent.process and agent.process.poll() is None:
                agent.kill()

    def case(self, text, name="case.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def grid(self, buses, seed):
        path = os.path.join(self.folder, "grid.yaml")
        subprocess.run([meters_broker.CEF, "generate", "--buses", str(buses), "--seed", str(seed), "-o", path], check=True)
        return path

    def team(self, case, n, *options):
        self.agents = [Agent(self.folder, k, case, self.broker, "--agents", str(n), *options) for k in range(n)]
        return self.agents

    def until(self, condition, what):
        limit = time.monotonic() + LIMIT
        while not condition(self.watcher.look(0.05)):
            if time.monotonic() > limit:
                self.fail(f"not within {LIMIT} s: {what}; {json.dumps(self.watcher.status)}; "
                          f"{[a.said() for a in self.agents if a.process]}")

    def all_done(self):
        self.until(lambda s: len(s) == len(self.agents) and all(x["state"] == "done" for x in s.values()), "all are done")

    def end_all(self):
        return meters_broker.end_all(self.agents)

    def ended(self, *arguments, case=None):
        """A cef-meterd that ends by itself: exit code, standard error, summary or None."""
        command = [meters_broker.METERD, *([case] if case else []), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        return done.returncode, done.stderr, json.loads(done.stdout) if done.stdout.startswith("{") else None


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

    def test_relaxation_alone_does_not_end(self):
        case = self.case(RING)
        for agent in self.team(case, 3, "--relax", "--round-ms", "1"):
            agent.start()
        self.until(lambda s: len(s) == 3 and all(x["rounds"] > 50 for x in s.values()), "rounds")
        for agent in self.agents:
            code, summary = agent.end()
            self.assertEqual((code, summary["info"]["final"]), (5, 0))

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


class Hostile(WithBroker):
    def test_payloads_that_are_refused(self):
        """Agent 1 hears twenty kinds of what it must not believe, each counted where it says; its values stay exact."""
        case = self.case(CHAIN)
        zero, one = self.team(case, 2, "--round-ms", "50")
        spy = mqtt5.Client(self.broker.port, "spy")
        self.addCleanup(spy.close)
        spy.subscribe("cef/v1/+/+/it/1/0")
        zero.start()
        topic, payload, limit = None, None, time.monotonic() + LIMIT
        while payload is None:
            self.assertLess(time.monotonic(), limit)
            for topic, payload, _ in spy.messages(0.2):
                pass
        zero.kill()
        genuine = unpack(payload)[0]
        later = changed(changed(genuine, SEQUENCE, "I", 10**6), BOOT, "I", 10**6)
        lie = changed(later, INTENSITY, "d", 0.3)
        one.start()
        self.until(lambda s: s.get(1, {}).get("reads_confirmed"), "agent 1 listens")
        space = topic.rsplit("/", 3)[0]
        hostile = [
            ("payload_malformed", topic, b""), ("payload_malformed", topic, os.urandom(200)),
            ("payload_malformed", topic, pack(0, lie)[:-1]), ("payload_malformed", topic, pack(0, lie) + b"\0"),
            ("payload_malformed", topic, b"CEFP\x02" + pack(0, lie)[5:]), ("payload_malformed", topic, pack(0, lie, kind=2)),
            ("payload_malformed", topic, b'{"intensity": 0.3}'), ("payload_oversize", topic, bytes(40000)),
            ("wrong_sender", topic, pack(5, lie)), ("wrong_sender", f"{space}/it/1/9", pack(9, lie)),
            ("wrong_sender", topic, pack(0, changed(lie, FROM, "I", 3))), ("wrong_sender", topic, pack(0, changed(lie, TO, "I", 0))),
            ("wrong_sender", topic, pack(0, changed(lie, FROM, "I", 4000000000))),
            ("wrong_topic", f"{space}/it/1/x", pack(0, lie)), ("malformed", topic, pack(0, changed(lie, FLAGS, "H", 0x8000))),
            ("malformed", topic, pack(0, changed(lie, FACTS, "B", 3))),
            ("truncated", topic, pack(0, lie[:40])), ("oversize", topic, pack(0, bytes(600))),
            ("bad-version", topic, pack(0, changed(lie, VERSION, "B", 9))), ("bad-number", topic, pack(0, changed(lie, BOUND, "d", -1.0))),
            ("bad-number", topic, pack(0, changed(lie, INTENSITY, "d", float("nan")))),
            ("bad-share", topic, pack(0, changed(changed(lie, FLAGS, "H", 0), SHARE, "d", 1.5))),
            ("bad-intensity", topic, pack(0, changed(lie, INTENSITY, "d", 0.81))), ("wrong-epoch", topic, pack(0, changed(lie, EPOCH, "I", 1))),
            ("stale", topic, pack(0, changed(lie, INTERVAL, "I", 6))), ("future", topic, pack(0, changed(lie, INTERVAL, "I", 8))),
            ("unknown-sender", topic, pack(0, changed(lie, LINK, "I", 77))), ("unknown-sender", topic, pack(0, changed(lie, FROM, "I", 0))),
        ]
        expected = {}
        for verdict, where, what in hostile:
            spy.publish(where, what, qos=1)
            expected[verdict] = expected.get(verdict, 0) + 1
        refused = {}

        def counted(status):
            refused.update(status.get(1, {}).get("refused", {}))
            return all(refused.get(verdict, 0) >= n for verdict, n in expected.items())
        self.until(counted, f"{expected} are counted: {refused}")
        self.assertEqual({k: v for k, v in refused.items() if v}, expected)
        status = self.watcher.status[1]
        self.assertEqual((status["heard"], status["final"]), (0, 0))
        spy.publish(topic, bytes(70000), qos=1)  # larger than agents let the broker send: dropped there
        zero.start()
        self.watcher.forget()
        self.all_done()
        spy.publish(topic, pack(0, genuine), qos=1)  # of agent 0's first start
        self.until(lambda s: s[1]["refused"].get("replayed", 0) > 0, "the replay is counted")
        compare(self.end_all(), traced(case))


class Manners(WithBroker):
    def common(self, *more):
        return ["--agent", "0", "--agents", "1", "--interval", "1", "--state", "s", "--broker", self.broker.url, *more]

    def test_alone(self):
        code, said, summary = self.ended(*self.common("--linger", "0"), case=self.case(CHAIN))
        self.assertEqual((code, summary["info"]["ended"]), (0, "done"), said)
        self.assertEqual(summary["bus"]["id"], [1, 2, 3, 4])
        self.assertEqual(summary["bus"]["intensity"], [0.8, X2, X2, X2])
        self.assertEqual(summary["bus"]["quality"], ["measured"] * 4)

    def test_usage(self):
        case = self.case(CHAIN)
        for arguments, what in [([], "which CASE"), ([case], "--agent"), ([case, *self.common()[:2]], "--roster"),
                                ([case, *self.common("--agents")], "missing after --agents"),
                                ([case, *self.common("--agents", "0")], "--agents"), ([case, *self.common("--agents", "9")], "--agents"),
                                ([case, *self.common("--interval", "1.5")], "--interval"), ([case, case, *self.common()], "unexpected"),
                                ([case, *self.common("--colour")], "--colour"), ([case, *self.common("--prefix", "a+")], "prefix"),
                                ([case, *self.common("--broker", "mqtt://192.168.1.5")], "remote-broker"),
                                ([case, *self.common("--broker", "http://localhost")], "bad-broker"),
                                ([case, *self.common("--agent", "1")], "agent 1 of 1")]:
            code, said, _ = self.ended(*arguments)
            self.assertEqual(code, 2, (arguments, said))
            self.assertIn(what, said)

    def test_data_and_files(self):
        case = self.case(CHAIN)
        code, said, _ = self.ended(*self.common(), case="no/such.yaml")
        self.assertEqual(code, 3, said)
        code, said, _ = self.ended(*self.common(), case=self.case("buses: [", "broken.yaml"))
        self.assertEqual(code, 1, said)
        code, said, _ = self.ended(*self.common("--state", self.case("nonsense\n", "state")), case=case)
        self.assertEqual((code, "state" in said), (1, True), said)
        code, said, _ = self.ended(*self.common("--linger", "0", "-o", "no/such/folder/x"), case=case)
        self.assertEqual(code, 3, said)
        for text, what in [("bus,agent\n1,0\n", "without bus"), ("bus,agent\n1,0\n1,0\n", "second line"), ("x\n", "header"),
                           ("bus,agent\n9,0\n", "no bus 9"), ("bus,agent\n1,2\n2,2\n3,2\n4,2\n", "has agent 0")]:
            arguments = ["--agent", "0", "--roster", self.case(text, "r.csv"), *self.common()[4:]]
            code, said, _ = self.ended(*arguments, case=case)
            self.assertEqual((code, what in said), (1, True), said)

    def test_no_broker(self):
        case = self.case(CHAIN)
        self.broker.stop()
        arguments = ["--agent", "0", "--agents", "2", *self.common()[4:], "--deadline", "0.4"]
        code, said, summary = self.ended(*arguments, "--roster", "x", case=case)
        self.assertEqual(code, 2, said)
        downstream = ["--agent", "1", *arguments[2:]]
        code, said, summary = self.ended(*downstream, case=case)
        self.assertEqual((code, summary["info"]["ended"]), (3, "late"), said)
        self.assertIn("[no-broker]", said)

    def test_stopped_in_the_middle(self):
        agent = Agent(self.folder, 1, self.case(CHAIN), self.broker, "--agents", "2")
        self.agents = [agent.start()]
        self.until(lambda s: s.get(1, {}).get("state") == "running", "running")
        agent.process.send_signal(signal.SIGINT)
        self.assertEqual(agent.process.wait(timeout=LIMIT), 5)
        self.assertIn("[not-certified]", agent.said())
        self.until(lambda s: s[1]["state"] == "stopped", "a clean end says so, without the will")


class Command(WithBroker):
    """cef meters --transport mqtt: agents in one process, the same broker."""

    def meters(self, *arguments):
        done = subprocess.run([meters_broker.CEF, "meters", *arguments, "--format", "json"], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr, json.loads(done.stdout) if done.stdout else None

    def test_equal_to_the_centre(self):
        case = self.grid(120, 2)
        code, said, found = self.meters(case, "--transport", "mqtt", "--broker", self.broker.url, "--agents", "7")
        self.assertEqual((code, said), (0, ""))
        self.assertEqual((found["transport"]["transport"], found["info"]["certified"]), ("mqtt", True))
        self.assertGreater(found["info"]["messages"], 0)
        for name, x, bound in zip(found["bus"]["id"], found["bus"]["intensity"], found["bus"]["bound"]):
            theirs, their_bound = traced_once(self, case)[name]
            self.assertEqual(x is None, theirs is None)
            self.assertLessEqual(abs((x or 0.0) - (theirs or 0.0)), (bound or 0.0) + (their_bound or 0.0))

    def test_no_broker_and_usage(self):
        case = self.case(CHAIN)
        self.broker.stop()
        code, said, _ = self.meters(case, "--transport", "mqtt", "--broker", self.broker.url, "--deadline", "0.3")
        self.assertEqual((code, "[no-broker]" in said), (3, True), said)
        for options, what in [(("--broker", "mqtt://10.1.1.1"), "remote-broker"), (("--loss-rate", "0.1"), "--loss-rate is for"),
                              (("--agents", "0"), "--agents")]:
            code, said, _ = self.meters(case, "--transport", "mqtt", *options)
            self.assertEqual((code, what in said), (2, True), said)
        code, said, _ = self.meters(case, "--agents", "3")
        self.assertEqual((code, "--transport mqtt" in said), (2, True), said)


def traced_once(test, case):
    if not hasattr(test, "exact"):
        test.exact = traced(case)
    return test.exact


if __name__ == "__main__":
    unittest.main(verbosity=2)
