#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef-meterd and cef meters --transport mqtt as commands: usage, files, exit codes."""
import json
import os
import resource
import signal
import subprocess
import unittest

import meters_broker
from meters_broker import Agent, traced
from with_broker import CHAIN, LIMIT, WithBroker, X2


class Manners(WithBroker):
    def common(self, *more, **changed):
        """A whole command line but for CASE; changed: other values, None for an option that is not given."""
        options = {"agent": "0", "agents": "1", "interval": "1", "state": "s", "broker": self.broker.url, **changed}
        return [word for name, value in options.items() if value is not None for word in (f"--{name}", value)] + list(more)

    def test_alone(self):
        code, said, summary = self.ended(*self.common("--linger", "0"), case=self.case(CHAIN))
        self.assertEqual((code, summary["info"]["ended"]), (0, "done"), said)
        self.assertEqual(summary["bus"]["id"], [1, 2, 3, 4])
        self.assertEqual(summary["bus"]["intensity"], [0.8, X2, X2, X2])
        self.assertEqual(summary["bus"]["quality"], ["measured"] * 4)

    def test_closed_streams_are_held(self):
        """Neither the broker's connection nor a file may get the number of a standard stream: messages go there."""
        output = os.path.join(self.folder, "out.json")
        command = [meters_broker.METERD, self.case(CHAIN), *self.common("--linger", "0.5", "-o", output)]
        with subprocess.Popen(command, cwd=self.folder, preexec_fn=lambda: [os.close(k) for k in range(3)]) as process:
            self.until(lambda s: 0 in s, "a status")
            held = [os.readlink(f"/proc/{process.pid}/fd/{k}") for k in range(3)]
            self.assertEqual(process.wait(timeout=LIMIT), 0)
        self.assertEqual(held, ["/dev/null"] * 3)
        with open(output, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["info"]["ended"], "done")

    def test_a_file_that_may_not_grow(self):
        done = subprocess.run([meters_broker.METERD, self.case(CHAIN), *self.common("--linger", "0")], capture_output=True, text=True,
                              check=False, cwd=self.folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        self.assertEqual(done.returncode, 3)  # no signal
        self.assertIn("error[cannot-write]: s: ", done.stderr)

    def test_usage(self):
        case = self.case(CHAIN)
        for arguments, what in [([], "argument is missing"), ([case], "--agent is missing"),
                                ([case, *self.common(agents=None)], "--roster"), ([case, *self.common("--roster", "x.csv")], "--roster"),
                                ([case, *self.common(interval=None)], "--interval is missing"),
                                ([case, *self.common(state=None)], "--state is missing"),
                                ([case, *self.common("--agents", agents=None)], "--agents needs a value"),
                                ([case, *self.common(agents="0")], "--agents"), ([case, *self.common(agents="9")], "--agents"),
                                ([case, *self.common("--agents", "2")], "--agents is given twice"),
                                ([case, *self.common(interval="1.5")], "--interval"), ([case, *self.common(interval="4294967295")], "--interval"),
                                ([case, *self.common(agent="-1")], "--agent"), ([case, *self.common(epoch="x")], "--epoch"),
                                ([case, case, *self.common()], "unexpected"), ([case, *self.common("--colour")], "--colour"),
                                ([case, *self.common("--rooster", "x")], "did you mean '--roster'?"),
                                ([case, *self.common("--prefix", "a+")], "prefix"), ([case, *self.common("--prefix", "a" * 64)], "prefix"),
                                ([case, *self.common("--round-ms", "0")], "1 to 60000"), ([case, *self.common("--certify", "2")], "0 to 1"),
                                ([case, *self.common("--keepalive", "4")], "5 to 3600"), ([case, *self.common("--linger", "nan")], "--linger"),
                                ([case, *self.common("--deadline", "-1")], "--deadline"), ([case, *self.common("--expiry", "0")], "--expiry"),
                                ([case, *self.common("--loss", "none")], "--loss"), ([case, *self.common("--flow-tol", "-1")], "--flow-tol"),
                                ([case, *self.common("--strict", "--mismatch-intensity", "1")], "exclude"),
                                ([case, *self.common("-o", self.folder)], "is a folder"),
                                ([case, *self.common(broker="mqtt://192.168.1.5")], "remote-broker"),
                                ([case, *self.common(broker="http://localhost")], "bad-broker"),
                                ([case, *self.common(agent="1")], "agent 1 of 1")]:
            code, said, _ = self.ended(*arguments)
            self.assertEqual(code, 2, (arguments, said))
            self.assertIn(what, said)
            self.assertIn("hint: run 'cef", said)
        self.assertEqual(os.listdir(self.folder).count("s"), 0)  # nobody started

    def test_help_and_manual_page(self):
        def words(*arguments):
            done = subprocess.run([meters_broker.METERD, *arguments], capture_output=True, text=True, check=True)
            return done.stdout
        text, page = words("--help"), words("--man").replace("\\-", "-")
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertTrue(page.startswith(".TH CEF-meterd 1"), page[:40])
        options = [line.split()[-1 if line.startswith("  -h") else 0] for line in text.splitlines() if line.startswith("  --")]
        for option in ("--agent", "--roster", "--state", "--loss", "--flow-tol", "--factors", "--mixing", "--powerflow"):
            self.assertIn(option, options)
        for option in options:
            self.assertIn(f"\n\\fB{option}\\fR", page)
        self.assertRegex(words("--version"), r"^cef-meterd \d+\.\d+\.\d+\nABI \d+\n.*; libyaml; libmosquitto\n$")

    def test_standard_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            for arguments in (["--help"], ["--man"], ["--version"], [self.case(CHAIN), *self.common("--linger", "0")]):
                done = subprocess.run([meters_broker.METERD, *arguments], stdout=full, stderr=subprocess.PIPE, check=False, cwd=self.folder)
                self.assertEqual((done.returncode, b"error[cannot-write]" in done.stderr), (3, True), done.stderr)

    def test_losses_that_a_meter_does_not_see(self):
        for loss in ("consumer", "half", "split=0.5"):
            code, said, _ = self.ended(*self.common("--loss", loss), case=self.case(CHAIN))
            self.assertEqual((code, "error[unsupported]" in said), (1, True), said)

    def test_data_and_files(self):
        case = self.case(CHAIN)
        code, said, _ = self.ended(*self.common(), case="no/such.yaml")
        self.assertEqual(code, 3, said)
        code, said, _ = self.ended(*self.common(), case=self.case("buses: [", "broken.yaml"))
        self.assertEqual(code, 1, said)
        code, said, _ = self.ended(*self.common(state=self.case("nonsense\n", "state")), case=case)
        self.assertEqual((code, "state" in said), (1, True), said)
        code, said, _ = self.ended(*self.common("--linger", "0", "-o", "no/such/folder/x"), case=case)
        self.assertEqual(code, 3, said)
        for text, what in [("bus,agent\n1,0\n", "without bus"), ("bus,agent\n1,0\n1,0\n", "second line"), ("x\n", "header"),
                           ("bus,agent\n9,0\n", "no bus 9"), ("bus,agent\n1,2\n2,2\n3,2\n4,2\n", "has agent 0")]:
            code, said, _ = self.ended(*self.common(agents=None, roster=self.case(text, "r.csv")), case=case)
            self.assertEqual((code, what in said), (1, True), said)

    def test_no_broker(self):
        case = self.case(CHAIN)
        self.broker.stop()
        downstream = self.common(agent="1", agents="2", deadline="0.4")
        code, said, summary = self.ended(*downstream, case=case)
        self.assertEqual((code, summary["info"]["ended"]), (3, "late"), said)
        self.assertIn("error[no-broker]", said)
        code, said, _ = self.ended(*self.common(agent="1", agents="2", deadline="4"), case=case)
        self.assertIn("warning[no-broker]: no broker answers at 127.0.0.1", said)

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
        done = subprocess.run([meters_broker.CEF, "meters", *arguments, "--format", "json"], capture_output=True, text=True, check=False,
                              timeout=LIMIT)
        return done.returncode, done.stderr, json.loads(done.stdout) if done.stdout else None

    def test_equal_to_the_centre(self):
        case = self.grid(120, 2)
        code, said, found = self.meters(case, "--transport", "mqtt", "--broker", self.broker.url, "--agents", "7")
        self.assertEqual((code, said), (0, ""))
        self.assertEqual((found["transport"]["transport"], found["info"]["certified"]), ("mqtt", True))
        self.assertEqual((found["transport"]["agents"], found["transport"]["broker"]), (7, self.broker.url))
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
        code, said, _ = self.meters(case, "--transport", "mqtt", "--broker", self.broker.url, "--deadline", "1e6")
        self.assertEqual((code, "[no-broker]" in said), (3, True), said)  # long before that
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
