#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series: the summary on standard output, as a table, a row of CSV, the document; on a terminal without being asked."""
import csv
import json
import os
import pty
import subprocess
import unittest

from command import CEF, run
from series import GENS, LOADS, Series, npy, scaled


class Summary(Series):
    OPTIONS = ("--balance-tol", "50")

    def told(self, *options, out="out", code=0):
        done = self.series(*self.OPTIONS, *options, out=out)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode()

    def test_nobody_asked(self):
        self.profiles(3)
        self.assertEqual(self.told(), "")

    def test_table(self):
        self.profiles(120)
        text, summary = self.told("--format", "table", "--hours", "0.5", "--start", "2016-01-01T00:00:00Z"), self.summary()
        self.assertTrue(text.startswith("120 periods of 0.5 h, 120 solved, 0 failed\nperiod 0 begins 2016-01-01T00:00:00Z\n\n"), text)
        totals = summary["totals"]
        for name in ("generation", "load", "export"):
            self.assertRegex(text, rf"\n  {name} +{totals[name + '_energy']:.3f} +{totals[name]:.3f} ")
        self.assertRegex(text, rf"\n  loss +- +{totals['loss']:.3f} ")
        for group in ("zone", "owner"):
            for k, name in enumerate(summary[group]["id"]):
                carbon = summary[group]["load_emissions" if group == "zone" else "emissions"][k]
                self.assertRegex(text, rf"\n  {name} +[0-9.]+ +{carbon:.3f} +[0-9.]+\n")
        bus = summary["bus"]
        rows = text.split("through it MWh")[1].splitlines()[1:5]  # four buses, the dirtiest first
        self.assertEqual([int(row.split()[0]) for row in rows], sorted(bus["id"], key=lambda i: -bus["intensity"][i - 1]))
        for row in rows:
            self.assertEqual(row.split()[3], f"{bus['intensity'][int(row.split()[0]) - 1]:.6f}")
        self.assertIn("\ncertified\n  worst of all periods: error bound ", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_csv_and_json(self):
        self.profiles(5)
        rows = list(csv.DictReader(self.told("--format", "csv").splitlines()))
        summary = self.summary()
        self.assertEqual(len(rows), 1)
        for key, value in {**summary["totals"], **summary["certificate"]}.items():
            self.assertEqual(rows[0][key], "" if value is None else str(value).lower() if isinstance(value, bool) else rows[0][key])
            if isinstance(value, float):
                self.assertEqual(float(rows[0][key]), value)
        self.assertEqual(json.loads(self.told("--format", "json")), summary)  # the same command once more: nothing to solve

    def test_many_buses_are_cut(self):
        self.ok("generate", "--buses", "60", "-o", self.path("g.yaml"))
        case = json.loads(self.ok("trace", self.path("g.yaml"), "--format", "json"))
        os.makedirs(self.path("p"))
        for name in ("p_from", "p_to"):
            npy(self.path(f"p/branch_{name}.npy"), [case["branch"][name]] * 2)
        text = self.ok("series", self.path("g.yaml"), "--profiles", self.path("p"), "-o", self.path("o"), "--format", "table")
        self.assertIn("The 5 highest and lowest energy-weighted means of", text)
        with open(self.path("o/summary.json"), encoding="utf-8") as file:
            bus = json.load(file)["bus"]
        highest = max((x, -k) for k, x in enumerate(bus["intensity"]) if x is not None)
        self.assertRegex(text, rf"through it MWh.*\n  {bus['id'][-highest[1]]} +[0-9.]+ +[0-9.]+ +{highest[0]:.6f}\n")

    def test_names_keep_the_columns(self):
        with open(self.case, encoding="utf-8") as file:
            text = file.read()
        with open(self.case, "w", encoding="utf-8") as file:
            file.write(text.replace("owner: mill", 'owner: "Mühle, \\"West\\""'))
        self.profiles(2)
        lines = [line for line in self.told("--format", "table").splitlines() if line.startswith(('  Mühle, "West"', "  town"))]
        self.assertEqual(len(lines), 2)
        self.assertEqual(len({len(line) for line in lines}), 1, lines)

    def test_failed_periods(self):
        self.profiles(4, gen_p=[[0, 0, 0]] + scaled(GENS, 3), load_p=[[float("nan")] * 4] + scaled(LOADS, 3))
        text = self.told("--format", "table", code=5)
        self.assertIn(", 3 solved, 1 failed\n", text)
        self.assertIn("\nNOT CERTIFIED\n  1 period failed and is marked in period_status: period 0: ", text)

    def test_merge_tells_too(self):
        self.profiles(192)
        whole = self.told("--format", "table", out="whole")
        self.assertIn("96 periods", self.told("--format", "table", "--rows", "0:96", out="a"))
        self.told("--rows", "96:192", out="b")
        done = run("series", "--merge", self.path("a"), self.path("b"), "-o", self.path("m"), "--format", "table")
        self.assertEqual((done.returncode, done.stdout.decode()), (0, whole))

    def test_on_a_terminal(self):
        self.profiles(3)
        leader, follower = pty.openpty()
        done = subprocess.run([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path("out"), *self.OPTIONS],
                              stdout=follower, stderr=subprocess.PIPE, check=False)
        os.close(follower)
        text = os.read(leader, 65536).replace(b"\r", b"").decode()
        os.close(leader)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(text.startswith("3 periods of 0.25 h, 3 solved, 0 failed\n"), text)

    def test_a_full_standard_output(self):
        self.profiles(3)
        with open("/dev/full", "wb") as full:
            done = self.series(*self.OPTIONS, "--format", "json", stdout=full)
        self.assertEqual((done.returncode, b"error[cannot-write]" in done.stderr), (3, True), done.stderr)
        self.assertEqual(self.summary()["info"]["n_solved"], 3)  # the files are whole


if __name__ == "__main__":
    unittest.main(verbosity=2)
