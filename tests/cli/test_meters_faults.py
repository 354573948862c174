#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef meters: messages, meters and readings that fail."""
import json
import unittest

from command import RING
from meters import FAULTS, IEEE14, Meters, QUALITIES


class Faults(Meters):
    def test_each_fault_ends_certified(self):
        grid = self.grid()
        for options in (("--loss-rate", "0.3"), ("--delay", "5"), ("--duplicate", "0.5"), ("--restart", "0.5"), ("--frozen", "0.5"),
                        ("--skew", "20"), FAULTS):
            with self.subTest(options=options):
                found = self.meters(grid, "--fuel-factors", "ipcc2006", *options)
                self.exact(found, grid, "--fuel-factors", "ipcc2006")
                self.assertEqual(set(found["bus"]["quality"]) - {"measured", "undefined"}, set())

    def test_the_faults_happen(self):
        info = self.meters(self.grid(), "--fuel-factors", "ipcc2006", *FAULTS)["info"]
        self.assertAlmostEqual(info["lost"] / info["messages"], 0.3, delta=0.02)
        self.assertAlmostEqual(info["duplicated"] / info["messages"], 0.2, delta=0.08)
        self.assertAlmostEqual(info["restarts"] / 300, 0.3, delta=0.12)
        self.assertGreater(info["refused"]["replayed"], 0)
        self.assertGreater(info["refused"]["stale"] + info["refused"]["future"], 0)

    def test_a_loop_under_faults(self):
        ring = self.write("ring.yaml", RING)
        for seed in range(20):
            self.exact(self.meters(ring, "--seed", str(seed), *FAULTS), ring)

    def test_missing_readings_end_in_intervals_that_hold(self):
        for seed in range(10):
            found = self.meters(IEEE14, "--missing", "0.3", "--seed", str(seed))
            self.compare(found, IEEE14)
            self.assertTrue(found["info"]["certified"])
            self.assertEqual(found["info"]["n_final"], 14)
            self.assertLess(found["info"]["rounds"], 100)
            self.assertLess(set(found["bus"]["quality"]), set(QUALITIES))
        self.assertIn("other-end", found["bus"]["quality"])

    def test_it_ends_when_every_value_is_final(self):
        grid = self.grid()
        for options in (("--missing", "0.2"), ("--lying", "0.1")):
            for seed in "1245":
                info = self.meters(grid, "--fuel-factors", "ipcc2006", "--seed", seed, *options)["info"]
                self.assertEqual(info["n_final"], 300)
                self.assertLessEqual(info["rounds"], info["longest_path"] + 10)

    def test_all_readings_missing(self):
        found = self.meters(IEEE14, "--missing", "1")
        self.compare(found, IEEE14)
        self.assertNotIn("measured", found["bus"]["quality"])

    def test_lies_are_quarantined_and_the_bounds_hold(self):
        for seed in range(10):
            found = self.meters(IEEE14, "--lying", "0.2", "--seed", str(seed))
            self.compare(found, IEEE14)
            self.assertEqual(found["info"]["n_final"], 14)
        self.assertGreater(found["info"]["quarantined"], 0)
        self.assertIn("quarantined", found["bus"]["quality"])

    def test_same_seed_same_bytes(self):
        grid = self.grid(120)
        for faults in ((), FAULTS, ("--missing", "0.2"), ("--lying", "0.1")):
            outs = [self.ok("meters", grid, "--fuel-factors", "ipcc2006", "--format", "json", "--seed", seed, *faults) for seed in "778"]
            self.assertEqual(outs[0], outs[1])
            same = json.loads(outs[0])["info"] == json.loads(outs[2])["info"]
            self.assertEqual(same, not faults)


if __name__ == "__main__":
    unittest.main(verbosity=2)
