# SPDX-License-Identifier: Apache-2.0
"""The example programs say what their READMEs promise; the numbers are docs/theory's or worked in the comments."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

EXAMPLES = Path(os.environ["LIBCEF_EXAMPLES_DIR"])
SOURCES = Path(os.environ["LIBCEF_SOURCE_DIR"]) / "examples"

# docs/theory, IEEE 14 buses, DC: tCO2/MWh by bus. Branch powers of the file are rounded to 1e-9 MW.
IEEE14 = [
    0.875, 0.756304745, 0.275052990, 0.792757713, 0.828157255, 0.694926175, 0.303731501, 0.0, 0.430386396, 0.545794022,
    0.694926175, 0.694926175, 0.694926175, 0.531937506,
]  # fmt: skip
DIGITS = 2e-9


def run(program, *arguments, folder=None):
    return subprocess.run([EXAMPLES / program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


class Quickstart(unittest.TestCase):
    def test_ieee14(self):
        done = run("quickstart")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = re.findall(r"^bus (\d+) +([\d.]+) tCO2/MWh$", done.stdout, flags=re.MULTILINE)
        self.assertEqual([int(bus) for bus, _ in found], list(range(1, 15)))
        for (bus, text), expected in zip(found, IEEE14):
            self.assertLess(abs(float(text) - expected), DIGITS, f"bus {bus}")
        last = re.search(r"^load 135\.880 tCO2/h, certified: every intensity is within (\S+) of exact$", done.stdout, re.M)
        self.assertLess(float(last.group(1)), 1e-12)

    def test_a_case_of_the_callers_with_a_dead_bus(self):
        text = (
            "libcef: 1\nbuses: [{id: one}, {id: two}]\nbranches: []\n"
            "generators: [{id: g, bus: one, p: 8, intensity: 0.5}]\nloads: [{id: d, bus: one, p: 8}]\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "two.yaml").write_text(text, encoding="utf-8")
            done = run("quickstart", "two.yaml", folder=folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"bus one +0\.500000000 tCO2/MWh\nbus two +carries no power\nload 4\.000 tCO2/h")

    def test_no_such_file(self):
        done = run("quickstart", "no/such/case.yaml")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no/such/case.yaml", done.stderr)
        self.assertIn("[cannot-open]", done.stderr)

    def test_it_is_short(self):
        self.assertLess(len((SOURCES / "quickstart.c").read_text(encoding="utf-8").splitlines()), 60)


class EmbedEms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = run("embed_ems")

    def cycle(self, number):
        pattern = rf"^cycle +{number}  intensity (\S+) (\S+) (\S+) tCO2/MWh  load carbon +(\S+) tCO2/h"
        return [float(text) for text in re.search(pattern, self.done.stdout, re.MULTILINE).groups()]

    def test_it_succeeds(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ""), self.done.stdout)
        self.assertIn("11 of 12 cycles good; last intensities 0.3857 0.2125 0.0000\n", self.done.stdout)

    def test_first_cycle(self):
        # No wind: 60 MW of coal to each load bus; bus 1 mixes it with 20 MW of gas: (60 * 0.9 + 20 * 0.4) / 80.
        self.assertEqual(self.cycle(0), [0.9, 0.775, 0.9, 116.0])

    def test_last_cycle_has_the_tie_reversed(self):
        # Coal 10, wind 110 MW: bus 0 is 9 t / 23.3333 MW, bus 1 (8 + 23.3333 * 0.385714) / 80, bus 2 only wind.
        self.assertEqual(self.cycle(11), [0.3857, 0.2125, 0.0, 17.0])

    def test_the_bad_measurement_is_refused_by_name(self):
        line = re.search(r"^cycle  7 refused \[not-finite\]: .*$", self.done.stdout, re.MULTILINE)
        self.assertIsNotNone(line, self.done.stdout)
        self.assertIn("load", line.group(0))

    def test_no_allocation_after_creation(self):
        self.assertIn("allocations: some at creation, 0 in the cycles, 0 blocks left\n", self.done.stdout)


if __name__ == "__main__":
    unittest.main()
