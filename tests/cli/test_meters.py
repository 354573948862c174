#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef meters: what the meters find is compared with cef trace of the same case, within their own bounds; faults, settings,
formats, and what is refused."""
import csv
import json
import os
import pty
import random
import re
import subprocess
import threading
import unittest

from command import CASES, CEF, CHAIN, Command, RING, RING_X1, SHORT, SIGNS, UNFED, UNSOLVED, X20, X30, run

IEEE14 = os.path.join(os.environ["LIBCEF_SOURCE_DIR"], "examples", "ieee14.yaml")
QUALITIES = ["measured", "other-end", "kirchhoff", "least-squares", "similar-day", "last-value", "interval", "quarantined",
             "undefined"]
FAULTS = ["--loss-rate", "0.3", "--duplicate", "0.2", "--delay", "3", "--restart", "0.3", "--frozen", "0.2", "--skew", "4"]


class Meters(Command):
    def meters(self, case, *arguments, code=0):
        done = run("meters", case, "--format", "json", *arguments)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return json.loads(done.stdout)

    def compare(self, found, case, *arguments):
        """Every value is within its bound (and trace's) of what cef trace gives; returns the widest bound."""
        wanted = json.loads(self.ok("trace", case, "--format", "json", *arguments))["bus"]
        bus = found["bus"]
        self.assertEqual(bus["id"], wanted["id"])
        for x, bound, quality, w, error in zip(bus["intensity"], bus["bound"], bus["quality"], wanted["intensity"], wanted["error_bound"]):
            self.assertEqual(x is None, w is None)
            self.assertEqual(x is None, bound is None)
            self.assertEqual(x is None, quality == "undefined")
            if x is not None:
                self.assertLessEqual(abs(x - w), bound + error * abs(w) + 1e-300, (x, w, bound))
        return max((b for b in bus["bound"] if b is not None), default=0.0)

    def exact(self, found, case, *arguments):
        self.assertTrue(found["info"]["certified"])
        promise = 1e-9 * max(abs(found["info"]["e_min"]), abs(found["info"]["e_max"]))
        self.assertLessEqual(self.compare(found, case, *arguments), promise)

    def grid(self, buses=300, seed=3):
        self.ok("generate", "--buses", str(buses), "--seed", str(seed), "-o", self.path("grid.yaml"))
        return self.path("grid.yaml")


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
