#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef meters: the values are those of cef trace within their own bounds, whatever the options; when it ends."""
import json
import os
import pty
import random
import re
import subprocess
import threading
import unittest

from command import CASES, CEF, CHAIN, RING, RING_X1, SHORT, SIGNS, UNFED, UNSOLVED, X20, X30, run
from meters import FAULTS, IEEE14, Meters


class Values(Meters):
    def test_ieee14_in_seven_rounds(self):
        for options in ((), ("--sync",)):
            found = self.meters(IEEE14, *options)
            info = found["info"]
            self.assertEqual((info["rounds"], info["longest_path"], info["clusters"], info["largest_cluster"]), (7, 6, 0, 0))
            self.assertEqual((info["lost"], info["duplicated"], info["restarts"], sum(info["refused"].values())), (0, 0, 0, 0))
            self.exact(found, IEEE14)
            self.assertEqual(set(found["bus"]["quality"]), {"measured"})

    def test_keys(self):
        found = self.meters(IEEE14)
        self.assertEqual(list(found), ["bus", "info", "transport", "settings", "case", "libcef"])
        self.assertEqual(list(found["bus"]), ["id", "intensity", "bound", "quality"])
        self.assertEqual(list(found["info"])[:5], ["rounds", "messages", "longest_path", "clusters", "largest_cluster"])
        self.assertEqual(found["bus"]["id"], list(range(1, 15)))
        self.assertEqual(list(found["transport"].values()), ["inproc", False, 1, 0, 0, 0, 0, 0, 0, 0, 0, 20000, None, None])
        traced = json.loads(self.ok("trace", IEEE14, "--format", "json"))
        for part in ("settings", "libcef"):
            self.assertEqual(found[part], traced[part])
        self.assertEqual(found["case"]["sha256"], traced["case"]["sha256"])

    def test_loops(self):
        ring = self.write("ring.yaml", RING)
        found = self.meters(ring)
        self.exact(found, ring)
        self.assertEqual((found["info"]["clusters"], found["info"]["largest_cluster"], found["info"]["longest_path"]), (1, 3, 9))
        self.assertAlmostEqual(found["bus"]["intensity"][0], RING_X1, delta=1e-12)
        grid = self.grid()
        found = self.meters(grid, "--fuel-factors", "ipcc2006")
        self.exact(found, grid, "--fuel-factors", "ipcc2006")
        self.assertGreater(found["info"]["clusters"], 0)
        self.assertLessEqual(found["info"]["rounds"], found["info"]["longest_path"] + 10)

    def test_pumps_negative_loads_and_stores(self):
        case = self.write("signs.yaml", SIGNS)
        found = self.meters(case)
        self.exact(found, case)
        self.close(found["bus"]["intensity"], [0.5, X20, X30])

    def test_a_dead_bus_is_undefined(self):
        found = self.meters(self.write("chain.yaml", CHAIN))
        self.assertEqual((found["bus"]["intensity"][3], found["bus"]["bound"][3], found["bus"]["quality"][3]), (None, None, "undefined"))
        self.exact(found, self.path("chain.yaml"))

    def test_settings_of_trace(self):
        chain, short, ring = self.write("chain.yaml", CHAIN), self.write("short.yaml", SHORT), self.write("ring.yaml", RING)
        wired = self.write("wired.yaml", UNSOLVED)
        for case, options in ((chain, ("--mixing", "netted")), (chain, ("--loss", "generator")), (chain, ("--loss", "prorata")),
                              (chain, ("--flow-tol", "59")), (short, ("--powerflow", "given", "--mismatch-intensity", "0.3")),
                              (ring, ("--flow-tol", "20")), (wired, ("--powerflow", "dc")), (wired, ("--powerflow", "ac", "--slack", "factors"))):
            with self.subTest(options=options):
                self.exact(self.meters(case, *options), case, *options)

    def test_relaxation_converges_and_is_never_final(self):
        ring = self.write("ring.yaml", RING)
        found = self.meters(ring, "--relax")
        self.exact(found, ring)
        self.assertEqual(found["info"]["n_final"], 0)
        self.assertTrue(found["transport"]["relax"])

    def test_rounds_that_run_out(self):
        for rounds in ("0", "1"):
            found = self.meters(IEEE14, "--max-rounds", rounds, code=5)
            self.assertEqual((found["info"]["rounds"], found["info"]["n_final"], found["info"]["certified"]), (int(rounds), 0, False))
            self.compare(found, IEEE14)  # the bounds hold all the same
            self.assertAlmostEqual(found["info"]["worst_bound"], 0.4375)  # half of the interval
        done = run("meters", IEEE14, "--max-rounds", "1")
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"error[not-certified]: after 1 round 14 of 14 bounds are wider than", done.stderr)
        self.assertIn(b"\nNOT CERTIFIED", done.stdout)
        self.assertIn(b"\n  0 of 14 values are final", done.stdout)

    def test_long_work_shows_how_far_it_is_on_a_terminal_only(self):
        self.ok("generate", "--buses", "50000", "-o", self.path("g"))
        command = [CEF, "meters", self.path("g"), "--fuel-factors", "ipcc2006", "--format=json"]
        leader, follower = pty.openpty()
        shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower)
        os.close(follower)
        text = b""
        reader = threading.Thread(target=lambda: setattr(self, "document", shown.stdout.read()))
        reader.start()
        try:
            while chunk := os.read(leader, 65536):
                text += chunk
        except OSError:
            pass
        os.close(leader)
        reader.join()
        shown.stdout.close()
        self.assertEqual(shown.wait(), 0)
        self.assertRegex(text.decode(), r"\] round 4, \d+ of 50000 values certified")
        done = run(*command[1:])
        self.assertNotIn(b"round", done.stderr)
        self.assertEqual(done.stdout, self.document)

    def test_relaxation_of_a_slow_loop_runs_out(self):
        # 50 MW go round, 1 MW comes in: every round leaves 49/50 of the error.
        slow = self.write("slow.yaml", RING.replace("p_from: 10, p_to: -10", "p_from: 1000, p_to: -1000").replace(
            "p_from: 50, p_to: -50", "p_from: 1040, p_to: -1040").replace("p_from: 60, p_to: -60", "p_from: 1050, p_to: -1050"))
        self.compare(self.meters(slow, "--relax", "--max-rounds", "60", code=5), slow)
        self.assertLess(self.meters(slow)["info"]["rounds"], 60)


class AtRandom(Meters):
    CHOICES = (("--powerflow=auto", "--powerflow=given", "--powerflow=dc", "--powerflow=ac"), ("--fuel-factors=ipcc2006",),
               ("--missing-factor=zero", "--missing-factor=0.5", "--missing-factor=-0.2"), ("--negative-load-intensity=0.3",),
               ("--loss=generator", "--loss=prorata"), ("--mixing=netted",), ("--net-parallel",), ("--flow-tol=1", "--flow-tol=0", "--flow-tol=20"),
               ("--balance-tol=30", "--balance-tol=0"), ("--strict", "--mismatch-intensity=0.4", "--mismatch-intensity=-0.1"), ("--unfed-loop=mark",),
               ("--negative-loss=source",))

    def test_options_give_what_they_give_cef_trace(self):
        """The same values within the bounds, or the same refusal, whatever the options and faults."""
        cases = [self.write(f"{k}.yaml", text) for k, text in enumerate((CHAIN, RING, SIGNS, UNFED, SHORT, UNSOLVED))] + [IEEE14]
        cases += [self.grid(40, seed) for seed in (1,)]
        dice, solved, seed = random.Random(5), 0, 0
        for _ in range(150):
            case, options = dice.choice(cases), [dice.choice(choice) for choice in self.CHOICES if dice.random() < 0.4]
            faults = [*FAULTS, "--seed", str(seed)] if dice.random() < 0.5 else []
            seed += 1
            with self.subTest(case=case, options=options, faults=faults):
                traced, found = (run(verb, case, "--format=json", *options, *more) for verb, more in (("trace", ()), ("meters", faults)))
                refusals = [re.findall(rb"cef: error\[[a-z-]+\]", done.stderr) for done in (traced, found)]
                self.assertEqual((found.returncode, refusals[1]), (traced.returncode, refusals[0]), found.stderr)
                if traced.returncode == 0:
                    self.exact(json.loads(found.stdout), case, *options)
                    solved += 1
        self.assertGreater(solved, 60)


@unittest.skipUnless(CASES, "LIBCEF_CASES is not set")
class SharedCases(Meters):
    def check(self, name, *options, faults=()):
        case = os.path.join(CASES, name)
        found = self.meters(case, *options, *faults)
        self.exact(found, case, *options)
        return found["info"]

    def test_case_14_118_300(self):
        for name in ("case14.m", "case39.m", "case118.m", "case300.m"):
            info = self.check(name, "--missing-factor", "0.5")
            self.assertLessEqual(info["rounds"], info["longest_path"] + 10)

    def test_case_ACTIVSg200_with_and_without_faults(self):
        info = self.check("case_ACTIVSg200.m", "--fuel-factors", "ipcc2006")
        self.assertLessEqual(info["rounds"], info["longest_path"] + 10)
        self.assertGreater(self.check("case_ACTIVSg200.m", "--fuel-factors", "ipcc2006", faults=FAULTS)["restarts"], 0)

    def test_case9241pegase_exact_where_relaxation_is_not(self):
        info = self.check("case9241pegase.m", "--missing-factor", "0.5")
        self.assertGreater(info["clusters"], 0)
        self.assertLessEqual(info["rounds"], info["longest_path"] + 10)
        case = os.path.join(CASES, "case9241pegase.m")
        relaxed = self.meters(case, "--missing-factor", "0.5", "--relax", "--max-rounds", "300", code=5)["info"]
        self.assertLess(relaxed["n_certified"], 9241)


if __name__ == "__main__":
    unittest.main(verbosity=2)
