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


class TexasYear(unittest.TestCase):
    """The year in its short form: a few days, on a generated grid unless LIBCEF_CASES has the real one."""

    def year(self, *arguments, cases=None):
        environment = {key: value for key, value in os.environ.items() if key != "LIBCEF_CASES"}
        if cases:
            environment["LIBCEF_CASES"] = cases
        command = [EXAMPLES / "texas_year", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def good(self, *arguments, cases=None):
        done = self.year(*arguments, cases=cases)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for title in ("What ran", "Duration curve", "Best and worst hours", "Best and worst buses", "What storage does"):
            self.assertIn(f"\n{title}", done.stdout)
        self.assertIn("\n  certified: ", done.stdout)
        return done.stdout

    def storage_balances(self, text):
        charged, carbon = map(int, re.search(r"charged +(\d+) MWh with +(\d+) tCO2", text).groups())
        delivered, out = map(int, re.search(r"delivered +(\d+) MWh with +(\d+) tCO2", text).groups())
        held = int(re.search(r"still held +(\d+) tCO2; owners' loss 0$", text, re.M).group(1))
        self.assertGreater(charged, 1000)
        self.assertLess(delivered, 0.92 * 0.92 * charged + 2)
        self.assertLessEqual(abs(carbon - out - held), 1)

    def test_generated_by_ac(self):
        text = self.good("--hours", "50")
        self.assertIn("100 hours traced, 0 failed", text)
        self.assertRegex(text, r"100 AC solutions, [1-9]\d*\.\d iterations")
        self.assertLess(float(re.search(r"missed by (\S+) of it", text).group(1)), 1e-12)
        self.assertIn("|", text)
        self.storage_balances(text)

    def test_generated_by_dc_does_not_depend_on_threads(self):
        one, four = (self.good("--hours", "120", "--dc", "--plain", "--threads", n) for n in ("1", "4"))
        self.assertEqual(one.partition("\nSeconds")[0], four.partition("\nSeconds")[0])
        self.assertNotIn("|", one)
        self.assertIn("losses 0.0 % of load", one)

    def test_one_hour(self):
        self.assertIn("2 hours traced, 0 failed", self.good("--hours", "1", "--dc"))

    def table(self, rows, end="];\n"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hours.m"
            path.write_text(f"function chgtab = hours\n% a comment\nchgtab = [\n{rows}{end}", encoding="utf-8")
            return self.year("--dc", "--plain", "--scenarios", path)

    @staticmethod
    def rows(hours, area=8):
        line = "\t{}\t0\tCT_TAREALOAD\t{}\tCT_LOAD_ALL_P\tCT_REP\t{};\n"
        return "".join(line.format(h, k, 4000 + 100 * h) for h in range(1, hours + 1) for k in range(1, area + 1))

    def test_hours_from_a_change_table(self):
        done = self.table(self.rows(30))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("load 32.8 to 56.0 GW, mean 44.4\n", done.stdout)

    def test_bad_change_tables_are_refused_with_their_line(self):
        good = self.rows(2)
        bad = [
            (good + "3 0 CT_TBUS 1 CT_LOAD_ALL_P CT_REP 5;\n", "hours.m:20: only rows"),
            (good.replace("4200", "4k2", 1), "hours.m:12: only rows"),
            (good.replace("\t2\t0", "\t2.5\t0", 1), "hours.m:12: hour, area or MW"),
            (good.replace("TAREALOAD\t3", "TAREALOAD\t9", 1), "hours.m:6: hour, area or MW"),
            (self.rows(3, 7), "does not state the load of every area"),
            ("", "holds no hour"),
        ]
        for rows, words in bad:
            done = self.table(rows)
            self.assertEqual((done.returncode, done.stdout), (1, ""), rows)
            self.assertIn(words, done.stderr)
        self.assertIn("does not end", self.table(good, end="").stderr)

    def test_usage(self):
        for arguments in (["--hours", "0"], ["--hours"], ["--what"], ["--generated", "--case", "x.m"], ["--threads", "x"]):
            done = self.year(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("usage: texas_year", done.stderr)
        self.assertEqual(self.year("--help").returncode, 0)
        self.assertIn("no-such.m", self.year("--case", "no-such.m").stderr)

    @unittest.skipUnless(os.environ.get("LIBCEF_CASES"), "LIBCEF_CASES is not set")
    def test_case_texas(self):
        text = self.good("--hours", "30", cases=os.environ["LIBCEF_CASES"])
        self.assertIn("2000 buses, 3206 branches, 544 units, 1125 loads, 8 areas", text)
        self.assertIn("load 30.5 to 38.3 GW", text)  # sums over the areas of hours 4 and 19 of the change table
        self.storage_balances(text)


if __name__ == "__main__":
    unittest.main()
