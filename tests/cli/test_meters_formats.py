#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef meters: JSON, CSV and tables; what is refused."""
import csv
import json
import os
import pty
import re
import subprocess
import unittest

from command import CEF, CHAIN, RING, SHORT, UNFED, run
from meters import IEEE14, Meters


class Formats(Meters):
    def test_csv_is_the_bus_table(self):
        found = self.meters(IEEE14)["bus"]
        rows = list(csv.reader(self.ok("meters", IEEE14, "--format", "csv").splitlines()))
        self.assertEqual(rows[0], ["id", "intensity", "bound", "quality"])
        for k, row in enumerate(rows[1:]):
            self.assertEqual((int(row[0]), float(row[1]), float(row[2]), row[3]), tuple(found[key][k] for key in found))
        chain = self.ok("meters", self.write("chain.yaml", CHAIN), "--format", "csv")
        self.assertTrue(chain.endswith("\n4,,,undefined\n"), chain)

    def test_a_folder_gets_both_tables(self):
        self.ok("meters", IEEE14, "-o", self.path("out/"))
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["bus.csv", "info.csv"])
        with open(self.path("out/bus.csv"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.ok("meters", IEEE14, "--format", "csv"))
        with open(self.path("out/info.csv"), encoding="utf-8") as file:
            info = next(csv.DictReader(file))
        self.assertEqual((info["rounds"], info["longest_path"], info["certified"]), ("7", "6", "true"))

    def test_the_ending_says_the_format(self):
        for name, form in (("a.json", "json"), ("a.csv", "csv"), ("a.txt", "table")):
            self.assertEqual(self.ok("meters", IEEE14, "-o", self.path(name)), "")
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(file.read(), self.ok("meters", IEEE14, "--format", form))

    def test_table(self):
        text = self.ok("meters", IEEE14)
        self.assertRegex(text, r"^IEEE 14 buses, DC: 14 meters, 20 links that carry power, no loops of flow\n")
        bus = self.meters(IEEE14)["bus"]
        for name, x, bound in zip(bus["id"], bus["intensity"], bus["bound"]):
            self.assertRegex(text, rf"\n +{name} +{x:.6f} +{re.escape(f'{bound:.1e}')}  measured\n")
        widest = max(bus["bound"])
        self.assertRegex(text, r"\n +14 measured +read at this bus\n")
        self.assertRegex(text, r"\n +7 rounds +longest path of flow W = 6\n")
        self.assertIn("\ncertified\n  every intensity is within its bound of the exact one; "
                      f"the widest is {widest:.1e} tCO2/MWh, at bus {bus['id'][bus['bound'].index(widest)]}\n", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 110)

    def test_table_explains_the_codes_that_occur(self):
        text = self.ok("meters", IEEE14, "--missing", "0.2", "--lying", "0.2", "--seed", "3")
        bus = self.meters(IEEE14, "--missing", "0.2", "--lying", "0.2", "--seed", "3")["bus"]
        for quality in set(bus["quality"]):
            self.assertRegex(text, rf"\n +{bus['quality'].count(quality)} {quality} +[a-z]")
        self.assertIn("certified as far as the readings allow", text)
        self.assertIn("20 % of readings missing, 20 % of links with a wrong reading", text)

    def test_table_of_a_large_case_shows_the_widest_bounds(self):
        grid = self.grid(500)
        text = self.ok("meters", grid, "--fuel-factors", "ipcc2006", "--missing", "0.05")
        bus = self.meters(grid, "--fuel-factors", "ipcc2006", "--missing", "0.05")["bus"]
        widest = max(range(500), key=lambda k: -1.0 if bus["bound"][k] is None else bus["bound"][k])
        self.assertRegex(text, rf"tCO2/MWh    tCO2/MWh\n +{bus['id'][widest]} ")
        self.assertIn("The 20 widest bounds of", text)
        self.assertLess(len(text.splitlines()), 60)

    def test_table_with_long_names(self):
        text = RING.replace("id: 1}", "id: Zürich}", 1)
        for key in ("from: 1,", "to: 1,", "bus: 1,"):
            text = text.replace(key, key.replace("1", "Zürich"))
        case = self.write("names.yaml", text)
        lines = self.ok("meters", case).splitlines()
        at = {line.rindex("measured") for line in lines if line.endswith("measured")}
        self.assertEqual(len(at), 1, lines)

    def test_colours_on_a_terminal_only(self):
        for environment, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            leader, follower = pty.openpty()
            kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
            done = subprocess.run([CEF, "meters", IEEE14], stdout=follower, stderr=subprocess.PIPE, env={**kept, **environment}, check=False)
            os.close(follower)
            text = b""
            try:
                while chunk := os.read(leader, 65536):
                    text += chunk
            except OSError:
                pass
            os.close(leader)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(b"\033[32mcertified\033[0m" in text, coloured)
            self.assertEqual(b"\033" in text, coloured)


class Refused(Meters):
    def usage(self, what, *options):
        self.assertIn(what, self.fails(2, "usage", "meters", IEEE14, *options))

    def test_bad_values(self):
        for option, most in (("loss-rate", "0.99"), ("duplicate", "0.99"), ("restart", "1"), ("missing", "1"), ("lying", "1"), ("frozen", "1")):
            for value in ("-0.1", "nan", "inf", "x", "", "0,5", "1e999"):
                self.usage(f"--{option} cannot be '{value}': it takes a number >= 0", f"--{option}={value}")
            self.usage(f"--{option} cannot be 1.5: it takes 0 to {most}", f"--{option}", "1.5")
            self.usage(f"--{option} needs a value", f"--{option}")
        for option, most in (("delay", "64"), ("skew", "1000"), ("max-rounds", "1e+09")):
            for value in ("-1", "1.5", "x", "", "18446744073709551616"):
                self.usage(f"--{option} cannot be '{value}': it takes a whole number", f"--{option}={value}")
            self.usage(f"it takes 0 to {most}", f"--{option}", "18446744073709551615")
        for value in ("-1", "1.5", "x"):
            self.usage("--seed cannot be", f"--seed={value}")
        self.usage("--transport cannot be 'tcp': it takes inproc|mqtt", "--transport", "tcp")
        self.usage("--sync takes no value", "--sync=1")
        self.usage("--relax is given twice", "--relax", "--relax")
        self.usage("did you mean '--loss-rate'?", "--losrate", "0.1")

    def test_edges_of_ranges_are_values(self):
        for option, value in (("loss-rate", "0"), ("loss-rate", "0.99"), ("duplicate", "0.99"), ("restart", "1"), ("frozen", "1"), ("delay", "64"),
                              ("skew", "1000"), ("max-rounds", "1000000000"), ("seed", "18446744073709551615")):
            with self.subTest(option=option, value=value):
                self.exact(self.meters(IEEE14, f"--{option}", value), IEEE14)

    def test_options_that_exclude_each_other(self):
        self.usage("exclude each other", "--sync", "--delay", "2")
        self.usage("exclude each other", "--strict", "--mismatch-intensity", "0.1")
        for option in ("broker=mqtt://localhost", "agents=3", "deadline=2"):
            self.usage("is for --transport mqtt", f"--{option}")
        for option in ("loss-rate=0.1", "delay=1", "duplicate=0.1", "restart=0.1", "missing=0.1", "lying=0.1", "frozen=0.1", "skew=1", "sync",
                       "max-rounds=5"):
            self.usage("is for --transport inproc", "--transport=mqtt", f"--{option}")
        self.usage("--agents cannot be 0", "--transport=mqtt", "--agents=0")

    def test_broker_that_is_none(self):
        said = {b"unsupported"} if b"unsupported" in run("meters", IEEE14, "--transport=mqtt", "--broker=http://x").stderr else None
        for url, code, diagnostic in (("http://x", 2, "bad-broker"), ("mqtt://", 2, "bad-broker"), ("mqtt://localhost:99999", 2, "bad-broker"),
                                      ("mqtt://192.0.2.1", 2, "remote-broker"), ("mqtts://localhost", 2, "remote-broker"),
                                      ("mqtt://127.0.0.1:1", 3, "no-broker")):
            if said:
                self.fails(1, "unsupported", "meters", IEEE14, "--transport=mqtt", "--broker", url)
            else:
                self.fails(code, diagnostic, "meters", IEEE14, "--transport=mqtt", "--deadline=0.2", "--broker", url)

    def test_losses_that_a_meter_does_not_see(self):
        for loss in ("consumer", "half", "split=0.5"):  # said before the case is read
            self.assertIn(f"--loss {loss} needs more", self.fails(1, "unsupported", "meters", self.path("nowhere.yaml"), "--loss", loss))

    def test_cases_that_are_wrong(self):
        self.fails(3, "cannot-open", "meters", self.path("nowhere.yaml"))
        self.fails(1, "unknown-format", "meters", "/dev/null")
        self.fails(1, "missing-field", "meters", self.folder)
        self.assertIn("buses 2 3;", self.fails(1, "unfed-loop", "meters", self.write("unfed.yaml", UNFED)))
        self.compare(self.meters(self.path("unfed.yaml"), "--unfed-loop=mark"), self.path("unfed.yaml"), "--unfed-loop=mark")
        self.fails(1, "missing-factor", "meters", self.write("f.yaml", RING.replace(", intensity: 0.2", "")))
        self.fails(1, "unsolved", "meters", self.write("s.yaml", SHORT))
        self.fails(1, "imbalance", "meters", self.path("s.yaml"), "--powerflow=given", "--strict")
        self.fails(2, "usage", "meters")
        self.fails(2, "usage", "meters", IEEE14, IEEE14)

    def test_nothing_half_written(self):
        with open("/dev/full", "wb") as full:
            for form in ("table", "csv", "json"):
                self.fails(3, "cannot-write", "meters", IEEE14, "--format", form, stdout=full)
        self.fails(3, "cannot-write", "meters", IEEE14, "-o", "/dev/full")
        self.fails(3, "cannot-write", "meters", IEEE14, "-o", self.path("no/such/x.json"))
        self.fails(2, "usage", "meters", IEEE14, "-o", self.folder, "--format", "json")
        self.write("old.json", "old")
        os.mkdir(self.path("bus.csv"))
        self.fails(3, "cannot-write", "meters", IEEE14, "-o", self.folder)
        self.fails(1, "unsolved", "meters", self.write("s.yaml", SHORT), "-o", self.path("old.json"))
        with open(self.path("old.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")
        self.assertEqual(self.leftovers(), [])

    def test_an_uncertified_result_says_so_in_the_file(self):
        done = run("meters", IEEE14, "--max-rounds=2", "-o", self.path("out.json"))
        self.assertEqual(done.returncode, 5)
        with open(self.path("out.json"), encoding="utf-8") as file:
            self.assertIs(json.load(file)["info"]["certified"], False)

    def test_help_names_every_option_of_the_contract_before_those_of_trace(self):
        text = self.ok("meters", "--help")
        own, shared = text.split("options as for cef trace:")
        for option in ("--sync", "--loss-rate P", "--delay K", "--duplicate P", "--restart P", "--missing P", "--seed S", "--transport inproc|mqtt",
                       "--broker URL", "--max-rounds N", "--relax", "--lying P", "--frozen P", "--skew K", "--format", "--output"):
            self.assertIn(f"{option}", own)
        for option in ("--flow-tol MW", "--loss sending|", "--factors F.csv", "--powerflow auto|"):
            self.assertIn(option, shared)
            self.assertNotIn(option, own)


if __name__ == "__main__":
    unittest.main(verbosity=2)
