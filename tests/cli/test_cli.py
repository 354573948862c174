#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command cef: usage, exit codes, output that is never half written, the JSON contract, every verb.

The command is named by LIBCEF_COMMAND (or CEF_BIN). Expected numbers are worked by hand in the comments.
"""
import csv
import glob
import json
import math
import os
import pty
import resource
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

CEF = os.path.abspath(os.environ.get("LIBCEF_COMMAND") or os.environ.get("CEF_BIN") or "cef")
CASES = os.environ.get("LIBCEF_CASES")

VERBS = ["trace", "powerflow", "series", "check", "convert", "generate", "explain", "help"]
LATER = ["attribute", "sensitivity", "marginal", "share", "report", "responsibility",
         "offset", "region", "ledger"]

# Bus 1: 100 = load 40 + 60 out. Bus 2: 58 in + 50 = load 30 + 78 out. Bus 3: 75 in = load 75. Bus 4 is dead.
# x1 = 0.8; x2 = (58 0.8 + 50 0.2)/108 = 56.4/108; x3 = x2; losses 2 x1 + 3 x2.
CHAIN = """libcef: 1
name: chain
base_mva: 100
buses: [{id: 1}, {id: 2}, {id: 3}, {id: 4}]
branches: [{id: a, from: 1, to: 2, p_from: 60, p_to: -58}, {id: b, from: 3, to: 2, p_from: -75, p_to: 78}]
generators: [{id: g1, bus: 1, p: 100, intensity: 0.8}, {id: g2, bus: 2, p: 50, intensity: 0.2}]
loads: [{id: l1, bus: 1, p: 40}, {id: l2, bus: 2, p: 30}, {id: l3, bus: 3, p: 75}]
"""
X2 = 56.4 / 108

# One bus 20 in the middle: unit 100 at 10, pump -10 at 20, negative load -20 @0.1 at 20, store +5 @0.3 and -8 at 30.
# 10 -> 20 carries 70 (load 30 at 10); 20 -> 30: 70 + 20 - 10 - load 15 = 65; 30: 65 + 5 = load 62 + 8 charging.
# x10 = 0.5; x20 = (70 0.5 + 20 0.1)/90 = 37/90; x30 = (65 x20 + 5 0.3)/70.
SIGNS = """libcef: 1
name: signs
buses: [{id: 10}, {id: 20}, {id: 30}]
branches: [{id: 1, from: 10, to: 20, p_from: 70, p_to: -70}, {id: 2, from: 20, to: 30, p_from: 65, p_to: -65}]
generators: [{id: 1, bus: 10, p: 100, intensity: 0.5}, {id: 2, bus: 20, p: -10, intensity: 0.9}, {id: 3, bus: 30, p: 0}]
loads: [{id: 7, bus: 30, p: 62}, {id: 8, bus: 20, p: -20, intensity: 0.1}, {id: 9, bus: 10, p: 30}, {id: 11, bus: 20, p: 15}]
storage: [{id: s1, bus: 30, p: 5, intensity: 0.3}, {id: s2, bus: 30, p: -8, intensity: 0.7}]
"""
X20 = 37 / 90
X30 = (65 * X20 + 1.5) / 70

# A ring 1 -> 2 -> 3 -> 1 with 50, 60, 10 MW: 10 MW go round. 70 x1 = 60 0.5 + 10 x3; 80 x2 = 50 x1 + 30 0.2; x3 = x2.
RING = """libcef: 1
name: ring
buses: [{id: 1}, {id: 2}, {id: 3}]
branches: [{id: 1, from: 1, to: 2, p_from: 50, p_to: -50}, {id: 2, from: 2, to: 3, p_from: 60, p_to: -60}, {id: 3, from: 3, to: 1, p_from: 10, p_to: -10}]
generators: [{id: 1, bus: 1, p: 60, intensity: 0.5}, {id: 2, bus: 2, p: 30, intensity: 0.2}]
loads: [{id: 1, bus: 1, p: 20}, {id: 2, bus: 2, p: 20}, {id: 3, bus: 3, p: 50}]
"""
RING_X1 = 30.75 / 63.75

# Buses 2 and 3 circulate 5 MW over two circuits; nothing feeds them.
UNFED = """libcef: 1
name: unfed
buses: [{id: 1}, {id: 2}, {id: 3}]
branches: [{id: 1, from: 2, to: 3, p_from: 5, p_to: -5}, {id: 2, from: 3, to: 2, p_from: 5, p_to: -5}]
generators: [{id: 1, bus: 1, p: 10, intensity: 0.5}]
loads: [{id: 1, bus: 1, p: 10}]
"""

# Bus 1 sends 60 and generates 50: 10 MW are missing.
SHORT = """libcef: 1
name: short
buses: [{id: 1}, {id: 2}]
branches: [{id: 1, from: 1, to: 2, p_from: 60, p_to: -60}]
generators: [{id: g, bus: 1, p: 50, intensity: 0.5}]
loads: [{id: l, bus: 2, p: 60}]
"""

# Two equal lines in parallel, r = 0 and x = 0.2 each: no losses, and no flows are stated. In DC the 80 MW of load and 5 MW
# of shunt split evenly. Bus 3 stands alone with a load: dead.
UNSOLVED = """libcef: 1
name: unsolved
buses: [{id: 1, type: ref}, {id: 2, gs: 5}, {id: 3}]
branches: [{id: a, from: 1, to: 2, x: 0.2}, {id: b, from: 1, to: 2, x: 0.2}]
generators: [{id: g1, bus: 1, p: 60, capacity: 200, intensity: 0.8}, {id: g2, bus: 2, p: 20, capacity: 50, intensity: 0.3, apf: 3},
  {id: g3, bus: 1, p: 0, capacity: 100, intensity: 0.1, apf: 1}]
loads: [{id: l, bus: 2, p: 80, q: 10}, {id: d, bus: 3, p: 7}, {id: s, bus: 2, p: 5, kind: shunt}]
"""

# An intensity below the normal range of doubles: no relative bound can hold.
TINY = """libcef: 1
name: tiny
buses: [{id: 1}, {id: 2}]
branches: [{id: 1, from: 1, to: 2, p_from: 60, p_to: -60}]
generators: [{id: g, bus: 1, p: 60, intensity: 0}, {id: h, bus: 1, p: 1e-60, intensity: 1e-100}]
loads: [{id: l, bus: 2, p: 60}]
"""


def run(*arguments, **options):
    environment = dict(os.environ)
    environment.update(options.pop("env", {}))
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([CEF, *arguments], stderr=subprocess.PIPE, env=environment, check=False, **options)


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cef-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def ok(self, *arguments, **options):
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def fails(self, code, diagnostic, *arguments, **options):
        """The error's text, after checking exit code, the diagnostic's code, the hint and an empty standard output."""
        done = run(*arguments, **options)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, code, text)
        self.assertIn(f"cef: error[{diagnostic}]: ", text)
        self.assertIn("  hint: run 'cef ", text)
        if done.stdout is not None:
            self.assertEqual(done.stdout, b"")
        return text

    def trace(self, text, *arguments):
        return json.loads(self.ok("trace", self.write("case.yaml", text), "--format", "json", *arguments))

    def close(self, got, wanted):
        self.assertEqual(len(got), len(wanted))
        for g, w in zip(got, wanted):
            if w is None:
                self.assertIsNone(g)
            else:
                self.assertIsNotNone(g)
                self.assertLessEqual(abs(g - w), 1e-12 * max(1.0, abs(w)), f"{got} is not {wanted}")

    def leftovers(self):
        return [name for name in os.listdir(self.folder) if "tmp" in name or name.startswith(".cef-")]


class Usage(Command):
    def test_without_a_verb(self):
        done = run()
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"usage: cef VERB", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_unknown_verb_suggests(self):
        self.assertIn("did you mean 'trace'?", self.fails(2, "usage", "trase", "x.m"))

    def test_verbs_of_later_versions(self):
        for verb in LATER:
            self.assertIn("not built yet", self.fails(2, "usage", verb, "x.m"))

    def test_unknown_option_suggests(self):
        self.assertIn("did you mean '--format'?", self.fails(2, "usage", "trace", "x.m", "--fromat", "json"))

    def test_options_are_not_abbreviated(self):
        for option in ("--form=json", "--stric", "--loss-=half", "--f"):
            self.assertIn("unknown option", self.fails(2, "usage", "trace", "x.m", option))

    def test_options_of_other_verbs_are_unknown(self):
        self.fails(2, "usage", "trace", "x.m", "--seed", "3")
        self.fails(2, "usage", "convert", "a.m", "b.m", "--loss", "half")
        self.fails(2, "usage", "explain", "--format", "json")

    def test_unknown_short_option(self):
        self.fails(2, "usage", "trace", "x.m", "-x")
        self.fails(2, "usage", "trace", "x.m", "-ox.json")

    def test_option_given_twice(self):
        self.assertIn("twice", self.fails(2, "usage", "trace", "x.m", "--format", "json", "--format=csv"))
        self.assertIn("twice", self.fails(2, "usage", "trace", "x.m", "-o", "a", "--output=b"))
        self.assertIn("twice", self.fails(2, "usage", "trace", "x.m", "--strict", "--strict"))

    def test_missing_value(self):
        self.assertIn("needs a value", self.fails(2, "usage", "trace", "x.m", "--format"))
        self.assertIn("needs a value", self.fails(2, "usage", "trace", "x.m", "--factors", "--strict"))

    def test_flag_with_a_value(self):
        self.assertIn("takes no value", self.fails(2, "usage", "trace", "x.m", "--strict=1"))

    def test_missing_and_extra_arguments(self):
        self.fails(2, "usage", "trace")
        self.fails(2, "usage", "convert", "a.m")
        self.assertIn("unexpected argument 'y.m'", self.fails(2, "usage", "trace", "x.m", "y.m"))
        self.fails(2, "usage", "generate", "x.m", "--buses", "9", "-o", self.path("x.m"))
        self.fails(2, "usage", "--version", "x")

    def test_bad_words(self):
        for option, value in (("format", "xml"), ("loss", "none"), ("powerflow", "newton"), ("mixing", ""),
                              ("missing-factor", "ignore"), ("unfed-loop", "skip"), ("negative-loss", "drop")):
            self.assertIn(f"--{option} cannot be", self.fails(2, "usage", "trace", "x.m", f"--{option}={value}"))

    def test_bad_numbers(self):
        for value in ("", "x", "1x", "0x10", "nan", "inf", "1e999", " 1", "1,5"):
            for option in ("flow-tol", "balance-tol", "mismatch-intensity", "negative-load-intensity"):
                self.fails(2, "usage", "trace", "x.m", f"--{option}={value}")
        for option in ("flow-tol", "balance-tol"):
            self.fails(2, "usage", "trace", "x.m", f"--{option}", "-1")
        for value in ("-1", "1.5", "1e3", "18446744073709551616"):
            self.fails(2, "usage", "generate", "--buses", "5", f"--seed={value}", "-o", self.path("x.m"))

    def test_split_share_out_of_range(self):
        for share in ("-0.1", "1.01", "", "x"):
            self.fails(2, "usage", "trace", "x.m", f"--loss=split={share}")
        self.fails(2, "usage", "trace", "x.m", "--loss", "split")

    def test_strict_and_mismatch_exclude_each_other(self):
        self.assertIn("exclude", self.fails(2, "usage", "trace", "x.m", "--strict", "--mismatch-intensity", "0.5"))

    def test_folder_needs_csv(self):
        self.fails(2, "usage", "trace", "x.m", "--format", "json", "-o", self.folder)
        self.fails(2, "usage", "trace", "x.m", "--format", "table", "-o", self.path("new") + "/")

    def test_generate_needs_its_options(self):
        self.assertIn("--buses", self.fails(2, "usage", "generate", "-o", self.path("x.m")))
        self.assertIn("--output", self.fails(2, "usage", "generate", "--buses", "10"))
        for buses in ("0", "1", "10000001"):
            self.fails(2, "usage", "generate", "--buses", buses, "-o", self.path("x.m"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_case_is_not_written_to_standard_output(self):
        self.fails(2, "usage", "generate", "--buses", "10", "-o", "-")
        self.fails(2, "usage", "convert", "x.m", "-")

    def test_both_spellings_of_a_value(self):
        one = self.trace(CHAIN, "--loss", "split=0.25", "--flow-tol", "1e-3")["settings"]
        other = self.trace(CHAIN, "--loss=split=0.25", "--flow-tol=0.001")["settings"]
        self.assertEqual(one, other)
        self.assertEqual((one["loss"], one["loss_split"], one["flow_tol"]), ("split", 0.25, 0.001))

    def test_negative_number_as_a_value(self):
        self.assertEqual(self.trace(CHAIN, "--mismatch-intensity", "-0.5")["settings"]["mismatch_intensity"], -0.5)

    def test_double_dash_ends_options(self):
        self.write("--strict", "x")
        self.fails(1, "unknown-format", "trace", "--", "--strict", cwd=self.folder)


class Help(Command):
    def test_help_of_the_command(self):
        text = self.ok("--help")
        self.assertEqual(text, self.ok("help"))
        self.assertEqual(text, self.ok("-h"))
        for verb in VERBS:
            self.assertIn(f"\n  {verb}", text)

    def test_help_of_each_verb(self):
        for verb in VERBS:
            text = self.ok(verb, "--help")
            self.assertEqual(text, self.ok("help", verb))
            self.assertIn(f"usage: cef {verb}", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_help_names_the_contract(self):
        text = self.ok("trace", "--help")
        for option in ("--powerflow auto|given|ac|dc", "--factors", "--fuel-factors", "--missing-factor error|zero|VALUE",
                       "--loss sending|consumer|generator|split=A|prorata|half", "--mixing gross|netted", "--net-parallel",
                       "--flow-tol MW", "--balance-tol MW", "--strict", "--mismatch-intensity V",
                       "--negative-load-intensity V", "--format table|csv|json"):
            self.assertIn(option, text)

    def test_help_does_not_check_the_rest(self):
        self.ok("trace", "--help", "--nonsense")

    def test_help_of_an_unknown_verb(self):
        self.fails(2, "usage", "help", "nonsense")

    def test_manual_pages(self):
        self.assertIn("cef\\-trace (1)", self.ok("help", "--man"))
        for verb in VERBS:
            page = self.ok("help", "--man", verb)
            self.assertTrue(page.startswith(f".TH CEF\\-{verb} 1"), page[:40])
            for section in (".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH EXIT STATUS"):
                self.assertIn(section, page)

    def test_manual_page_has_every_option_of_help(self):
        text, page = self.ok("trace", "--help"), self.ok("help", "trace", "--man").replace("\\-", "-")
        options = [line.split()[-1 if line.startswith("  -h") else 0] for line in text.splitlines()
                   if line.startswith("  --")]
        self.assertGreater(len(options), 14)
        for option in options:
            self.assertIn(f"\n\\fB{option}\\fR", page)

    def test_version(self):
        lines = self.ok("--version").splitlines()
        self.assertRegex(lines[0], r"^cef \d+\.\d+\.\d+$")
        self.assertRegex(lines[1], r"^ABI \d+$")
        self.assertGreaterEqual(len(lines), 3)

    def test_explain_lists_and_explains_every_code(self):
        codes = [line.split()[0] for line in self.ok("explain").splitlines()]
        self.assertGreater(len(codes), 30)
        self.assertEqual(len(codes), len(set(codes)))
        for code in codes:
            self.assertTrue(self.ok("explain", code).startswith(code + "\n  "))

    def test_explain_unknown_code(self):
        self.assertIn("did you mean 'unsolved'?", self.fails(2, "usage", "explain", "unsolvd"))


class ExitCodes(Command):
    def test_no_such_file(self):
        self.assertIn("nowhere.m", self.fails(3, "cannot-open", "trace", self.path("nowhere.m")))
        self.fails(3, "cannot-open", "check", self.path("nowhere.m"))
        self.fails(3, "cannot-open", "convert", self.path("nowhere.m"), self.path("b.m"))

    def test_unknown_format(self):
        self.fails(1, "unknown-format", "trace", self.write("x.txt", "x"))

    def test_text_that_is_wrong_names_file_and_line(self):
        text = self.fails(1, "unknown-field", "trace", self.write("bad.yaml", CHAIN + "nonsense: 3\n"))
        self.assertIn("bad.yaml:8:", text)

    def test_unsolved_names_the_worst_bus(self):
        self.assertIn("bus 1", self.fails(1, "unsolved", "trace", self.write("short.yaml", SHORT)))

    def test_given_takes_flows_that_do_not_balance(self):
        self.ok("trace", self.write("short.yaml", SHORT), "--powerflow", "given")

    def test_given_refuses_missing_flows(self):
        self.fails(1, "unsolved", "trace", self.write("c.yaml", CHAIN.replace(", p_from: 60, p_to: -58", "")),
                   "--powerflow", "given")

    def test_a_case_that_says_too_little_stays_unsolved(self):
        text = self.fails(1, "unsolved", "trace", self.write("short.yaml", SHORT))
        self.assertIn("branch 1 states no x", text)
        for powerflow in ("ac", "dc"):
            self.assertIn("branch a states no x", self.fails(1, "missing-field", "trace", self.write("c.yaml", CHAIN),
                                                             "--powerflow", powerflow))

    def test_power_flow_that_diverges_names_the_bus(self):
        case = self.write("u.yaml", UNSOLVED.replace("p: 80", "p: 80000"))
        for verb in ("trace", "powerflow"):
            text = self.fails(1, "diverged", verb, case, "-o", self.path("out.json"))
            self.assertIn("bus 2", text)
            self.assertRegex(text, r"in \d+ iterations")
        self.assertFalse(os.path.exists(self.path("out.json")))

    def test_zero_impedance(self):
        self.assertIn("branch b", self.fails(1, "zero-impedance", "trace", self.write(
            "u.yaml", UNSOLVED.replace("{id: b, from: 1, to: 2, x: 0.2}", "{id: b, from: 1, to: 2, x: 0}"))))

    def test_power_flow_usage(self):
        for verb in ("trace", "powerflow"):
            for option in ("--start-from=warm", "--slack=all", "--tolerance=0", "--tolerance=-1", "--max-iterations=0",
                           "--max-iterations=1001", "--reactive-limits=yes"):
                self.fails(2, "usage", verb, "x.m", option)
        self.fails(2, "usage", "powerflow", "x.m", "--ac", "--dc")
        self.fails(2, "usage", "powerflow", "x.m", "--missing-factor=1")
        self.fails(2, "usage", "trace", "x.m", "--ac")

    def test_missing_factor(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", ""))
        self.assertIn("g2", self.fails(1, "missing-factor", "trace", case))

    def test_missing_factor_by_policy_is_told(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", ""))
        done = run("trace", case, "--missing-factor", "0.2", "--format", "json")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.decode().count("warning"), 1)
        result = json.loads(done.stdout)
        self.assertEqual(result["certificate"]["n_defaulted_factors"], 1)
        self.assertEqual(result["settings"]["missing_factor"], 0.2)
        self.close(result["bus"]["intensity"], [0.8, X2, X2, None])

    def test_strict_refuses_imbalance(self):
        self.assertIn("1", self.fails(1, "imbalance", "trace", self.write("short.yaml", SHORT), "--powerflow", "given",
                                      "--strict"))

    def test_unfed_loop(self):
        self.fails(1, "unfed-loop", "trace", self.write("u.yaml", UNFED))

    def test_uncertified_prints_nothing(self):
        case = self.write("t.yaml", TINY)
        for form in ("table", "csv", "json"):
            self.fails(5, "not-certified", "trace", case, "--format", form)
        self.fails(5, "not-certified", "trace", case, "-o", self.path("out.json"))
        self.fails(5, "not-certified", "trace", case, "-o", self.path("tables/"))
        self.assertEqual(os.listdir(self.folder), ["t.yaml"])

    def test_uncertified_on_demand_is_marked(self):
        case = self.write("t.yaml", TINY)
        done = run("trace", case, "--uncertified", "--format", "json")
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"error[not-certified]", done.stderr)
        result = json.loads(done.stdout)
        self.assertIs(result["certificate"]["certified"], False)
        self.assertIsNone(result["certificate"]["error_bound"])
        self.assertIs(result["settings"]["uncertified"], True)
        self.assertIn(b"NOT CERTIFIED", run("trace", case, "--uncertified").stdout)

    def test_intensity_out_of_range_is_usage(self):
        self.fails(2, "bad-argument", "trace", self.write("c.yaml", CHAIN), "--mismatch-intensity", "1e9")


class Output(Command):
    def full(self, *arguments):
        with open("/dev/full", "wb") as full:
            return self.fails(3, "cannot-write", *arguments, stdout=full)

    def test_full_disk_on_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        for arguments in (["trace", case], ["trace", case, "--format", "json"], ["trace", case, "--format=csv"],
                          ["check", case], ["check", case, "--format=json"], ["explain"], ["--version"], ["--help"],
                          ["help", "trace", "--man"]):
            self.assertIn("No space left", self.full(*arguments))

    def test_full_device_as_file(self):
        self.fails(3, "cannot-write", "trace", self.write("c.yaml", CHAIN), "-o", "/dev/full")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_closed_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        self.fails(3, "cannot-write", "trace", case, stdout=None, preexec_fn=lambda: os.close(1))

    def test_closed_standard_error_does_not_mix_into_data(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", ""))
        done = subprocess.run([CEF, "trace", case, "--missing-factor=0", "--format=json", "-o", self.path("o.json")],
                              preexec_fn=lambda: os.close(2), stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0)
        with open(self.path("o.json"), encoding="utf-8") as file:
            json.load(file)

    def test_reader_that_went_away(self):
        self.ok("generate", "--buses", "3000", "-o", self.path("g.yaml"))
        with subprocess.Popen([CEF, "trace", self.path("g.yaml"), "--format", "json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.read(10)
            process.stdout.close()
            errors = process.stderr.read()
            self.assertEqual(process.wait(), 3)
        self.assertEqual(errors, b"")

    def test_file_is_whole_and_alone(self):
        case = self.write("c.yaml", CHAIN)
        out = self.ok("trace", case, "--format", "json", "-o", self.path("out.json"))
        self.assertEqual(out, "")
        with open(self.path("out.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.ok("trace", case, "--format", "json"))
        self.assertEqual(self.leftovers(), [])
        umask = os.umask(0)
        os.umask(umask)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out.json")).st_mode), 0o666 & ~umask)

    def test_format_by_the_files_ending(self):
        case = self.write("c.yaml", CHAIN)
        self.ok("trace", case, "-o", self.path("out.json"))
        self.ok("trace", case, "-o", self.path("out.csv"))
        self.ok("trace", case, "-o", self.path("out.txt"))
        with open(self.path("out.json"), encoding="utf-8") as file:
            json.load(file)
        with open(self.path("out.csv"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("id,intensity,"))
        with open(self.path("out.txt"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("chain: 4 buses"))

    def test_dash_is_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        self.assertEqual(self.ok("trace", case, "-o", "-"), self.ok("trace", case))

    def test_failing_leaves_the_target_alone(self):
        target = self.write("out.json", "precious")
        self.fails(1, "unsolved", "trace", self.write("s.yaml", SHORT), "-o", target)
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual(self.leftovers(), [])

    def test_write_failure_leaves_the_target_alone(self):
        target = self.write("out.json", "precious")
        self.ok("generate", "--buses", "1000", "-o", self.path("g.yaml"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.fails(3, "cannot-write", "trace", self.path("g.yaml"), "--format", "json", "-o", target, preexec_fn=limit)
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual(self.leftovers(), [])

    def test_little_memory_ends_with_all_or_nothing(self):
        """Whatever is the limit the command ends, and leaves a whole file or none: OpenBLAS's threads do not hold it."""
        self.ok("generate", "--buses", "5000", "-o", self.path("g.yaml"))
        target, ends = self.path("out.json"), set()
        for megabytes in (48, 56, 64, 72, 96, 192, 1024) if "asan" not in os.environ.get("LIBCEF_BUILD_DIR", "") else ():
            limit = lambda n=megabytes << 20: resource.setrlimit(resource.RLIMIT_AS, (n, n))
            done = subprocess.run([CEF, "trace", self.path("g.yaml"), "--format", "json", "-o", target],
                                  preexec_fn=limit, capture_output=True, timeout=60, check=False)
            ends.add(done.returncode)
            if b"OpenBLAS blas_thread_init" in done.stderr and done.returncode < 0:
                continue  # OpenBLAS ended the process while it was loaded
            self.assertIn(done.returncode, (0, 4, 127), done.stderr)  # 127: its libraries did not fit
            self.assertEqual(os.path.exists(target), done.returncode == 0)
            self.assertEqual(self.leftovers(), [])
            if done.returncode == 0:
                with open(target, encoding="utf-8") as file:
                    self.assertTrue(json.load(file)["certificate"]["certified"])
                os.remove(target)
        self.assertTrue(not ends or 0 in ends)

    def test_write_failure_of_one_csv_leaves_all(self):
        self.ok("generate", "--buses", "1000", "-o", self.path("g.yaml"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.fails(3, "cannot-write", "trace", self.path("g.yaml"), "-o", self.path("tables/"), preexec_fn=limit)
        self.assertEqual(os.listdir(self.path("tables")), [])

    def test_no_folder_to_write_into(self):
        self.fails(3, "cannot-write", "trace", self.write("c.yaml", CHAIN), "-o", self.path("no/such/out.json"))

    def test_link_is_followed_and_mode_kept(self):
        target = self.write("real.json", "old")
        os.chmod(target, 0o640)
        os.symlink(target, self.path("link.json"))
        self.ok("trace", self.write("c.yaml", CHAIN), "-o", self.path("link.json"))
        self.assertTrue(os.path.islink(self.path("link.json")))
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o640)
        with open(target, encoding="utf-8") as file:
            json.load(file)

    def on_terminal(self, environment, *arguments):
        leader, follower = pty.openpty()
        done = run(*arguments, stdout=follower, env=environment)
        os.close(follower)
        text = b""
        try:
            while True:
                piece = os.read(leader, 65536)
                if not piece:
                    break
                text += piece
        except OSError:
            pass
        os.close(leader)
        self.assertEqual(done.returncode, 0)
        return text.decode()

    def test_colours_only_on_a_terminal_that_wants_them(self):
        case = self.write("c.yaml", CHAIN)
        self.assertNotIn("\033", self.ok("trace", case))
        self.assertIn("\033[", self.on_terminal({"TERM": "xterm", "NO_COLOR": ""}, "trace", case))
        self.assertNotIn("\033", self.on_terminal({"TERM": "xterm", "NO_COLOR": "1"}, "trace", case))
        self.assertNotIn("\033", self.on_terminal({"TERM": "dumb", "NO_COLOR": ""}, "trace", case))

    def test_control_bytes_do_not_reach_the_terminal(self):
        self.assertNotIn("\033", self.fails(3, "cannot-open", "trace", self.path("\033[31m.m")))
        self.assertNotIn("\033", self.fails(2, "usage", "trace", "x.m", "--\033[31m"))


class Json(Command):
    ORDER = {
        "bus": ["id", "intensity", "throughput", "imbalance", "error_bound", "flag"],
        "branch": ["id", "from", "to", "p_from", "p_to", "intensity", "carbon_from", "carbon_to", "carbon_loss"],
        "gen": ["id", "bus", "kind", "p", "intensity", "carbon", "carbon_loss"],
        "load": ["id", "bus", "kind", "p", "carbon"],
        "storage": ["id", "bus", "p", "intensity", "carbon"],
        "totals": ["generation", "load", "loss", "export", "storage", "mismatch"],
        "certificate": ["certified", "error_bound", "backward_error", "residual_bound", "conservation", "balance_mw",
                        "maximum_principle", "n_blocks", "largest_block", "loops", "n_undefined", "n_imbalanced",
                        "n_defaulted_factors", "n_negative_loss", "n_both_ends_fed"],
        "settings": None,
        "case": ["name", "sha256", "format", "n_bus", "n_branch", "n_gen", "n_load", "n_storage", "base_mva", "flows", "powerflow"],
        "libcef": ["version", "abi"],
    }

    def test_tables_and_columns_in_order(self):
        result = self.trace(CHAIN)
        self.assertEqual(list(result), list(self.ORDER))
        for table, columns in self.ORDER.items():
            if columns:
                self.assertEqual(list(result[table]), columns)
        for table in ("bus", "branch", "gen", "load", "storage"):
            self.assertEqual(len({len(column) for column in result[table].values()}), 1)

    def test_numbers_of_a_chain(self):
        result = self.trace(CHAIN)
        self.close(result["bus"]["intensity"], [0.8, X2, X2, None])
        self.close(result["bus"]["throughput"], [100, 108, 75, 0])
        self.close(result["bus"]["imbalance"], [0, 0, 0, 0])
        self.assertEqual(result["bus"]["flag"], ["ok", "ok", "ok", "undefined"])
        self.assertIsNone(result["bus"]["error_bound"][3])
        self.assertEqual(result["branch"]["p_from"], [60, -75])
        self.assertEqual(result["branch"]["p_to"], [-58, 78])
        self.close(result["branch"]["intensity"], [0.8, X2])
        self.close(result["branch"]["carbon_from"], [48, -75 * X2])
        self.close(result["branch"]["carbon_to"], [-46.4, 78 * X2])
        self.close(result["branch"]["carbon_loss"], [1.6, 3 * X2])
        self.close(result["gen"]["carbon"], [80, 10])
        self.close(result["load"]["carbon"], [32, 30 * X2, 75 * X2])
        totals = result["totals"]
        self.close(list(totals.values()), [90, 32 + 105 * X2, 1.6 + 3 * X2, 0, 0, 0])

    def test_certificate_of_a_chain(self):
        certificate = self.trace(CHAIN)["certificate"]
        self.assertIs(certificate["certified"], True)
        self.assertIs(certificate["maximum_principle"], True)
        self.assertLessEqual(certificate["error_bound"], 1e-12)
        self.assertEqual(certificate["loops"], [])
        self.assertEqual((certificate["n_blocks"], certificate["n_undefined"]), (0, 1))

    def test_case_and_libcef(self):
        result = self.trace(CHAIN)
        case = result["case"]
        self.assertEqual((case["name"], case["format"], case["base_mva"], case["flows"]), ("chain", "yaml", 100, "given"))
        self.assertEqual([case[f"n_{t}"] for t in ("bus", "branch", "gen", "load", "storage")], [4, 2, 2, 3, 0])
        self.assertRegex(case["sha256"], "^[0-9a-f]{64}$")
        self.assertEqual(case["powerflow"], {"method": None, "iterations": None, "mismatch": 0, "mismatch_mw": 0,
                                             "slack_mw": None, "unserved_mw": None})
        self.assertEqual("cef " + result["libcef"]["version"], self.ok("--version").splitlines()[0])
        self.assertIsInstance(result["libcef"]["abi"], int)

    def test_settings_are_echoed(self):
        settings = self.trace(CHAIN)["settings"]
        self.assertEqual(settings, {
            "powerflow": "auto", "factors": None, "fuel_factors": None, "missing_factor": "error",
            "negative_load_intensity": None, "loss": "sending", "loss_split": None, "mixing": "gross",
            "net_parallel": False, "flow_tol": 1e-6, "balance_tol": 0.1, "strict": False, "mismatch_intensity": None,
            "unfed_loop": "error", "negative_loss": "keep", "uncertified": False, "solve": {
                "start_from": "stored", "slack": "reference", "reactive_limits": False, "tolerance": 1e-8,
                "max_iterations": 30}})
        settings = self.trace(CHAIN, "--loss", "half", "--mixing", "netted", "--net-parallel", "--strict", "--unfed-loop",
                              "mark", "--negative-loss=source", "--missing-factor=zero", "--negative-load-intensity=0.3",
                              "--powerflow=given", "--fuel-factors=ipcc2006", "--start-from=flat", "--slack=capacity",
                              "--reactive-limits", "--tolerance=1e-6", "--max-iterations=7")["settings"]
        self.assertEqual(settings, {
            "powerflow": "given", "factors": None, "fuel_factors": "ipcc2006", "missing_factor": "zero",
            "negative_load_intensity": 0.3, "loss": "half", "loss_split": None, "mixing": "netted",
            "net_parallel": True, "flow_tol": 1e-6, "balance_tol": 0.1, "strict": True, "mismatch_intensity": None,
            "unfed_loop": "mark", "negative_loss": "source", "uncertified": False, "solve": {
                "start_from": "flat", "slack": "capacity", "reactive_limits": True, "tolerance": 1e-6,
                "max_iterations": 7}})

    def test_ids_are_numbers_only_if_all_are(self):
        result = self.trace(CHAIN)
        self.assertEqual(result["bus"]["id"], [1, 2, 3, 4])
        self.assertEqual(result["branch"]["id"], ["a", "b"])
        self.assertEqual(result["branch"]["from"], [1, 3])
        self.assertEqual(result["gen"]["id"], ["g1", "g2"])
        self.assertEqual(result["gen"]["bus"], [1, 2])
        mixed = self.trace(CHAIN.replace("{id: g1", "{id: 7"))
        self.assertEqual(mixed["gen"]["id"], ["7", "g2"])
        text = self.trace(CHAIN.replace("{id: 4}", "{id: '04'}"))
        self.assertEqual(text["bus"]["id"], ["1", "2", "3", "04"])
        self.assertEqual(text["branch"]["from"], ["1", "3"])
        self.assertEqual(text["load"]["bus"], ["1", "2", "3"])

    def test_ids_are_escaped(self):
        result = self.trace(CHAIN.replace("{id: g1", "{id: 'a\"b\\\\c \u00e9'"))
        self.assertEqual(result["gen"]["id"], ["a\"b\\\\c \u00e9", "g2"])

    def test_negative_loads_and_generators(self):
        result = self.trace(SIGNS)
        self.close(result["bus"]["intensity"], [0.5, X20, X30])
        gen = result["gen"]
        self.assertEqual(gen["id"], [1, 2, 3, 8])
        self.assertEqual(gen["bus"], [10, 20, 30, 20])
        self.assertEqual(gen["kind"], ["gen", "gen", "gen", "load"])
        self.assertEqual(gen["p"], [100, -10, 0, 20])
        self.close(gen["intensity"], [0.5, X20, None, 0.1])
        self.close(gen["carbon"], [50, -10 * X20, 0, 2])
        self.assertEqual(gen["carbon_loss"], [0, 0, 0, 0])
        load = result["load"]
        self.assertEqual((load["id"], load["bus"], load["kind"]), ([7, 9, 11], [30, 10, 20], ["load"] * 3))
        self.close(load["carbon"], [62 * X30, 15, 15 * X20])

    def test_storage(self):
        result = self.trace(SIGNS)
        storage = result["storage"]
        self.assertEqual((storage["id"], storage["bus"], storage["p"]), (["s1", "s2"], [30, 30], [5, -8]))
        self.close(storage["intensity"], [0.3, X30])
        self.close(storage["carbon"], [1.5, -8 * X30])

    def test_withdrawing_units_count_as_load(self):
        totals = self.trace(SIGNS)["totals"]
        self.close([totals["generation"], totals["load"], totals["storage"]],
                   [52, 62 * X30 + 15 + 25 * X20, 8 * X30 - 1.5])

    def test_totals_balance(self):
        for text in (CHAIN, SIGNS, RING):
            for loss in ("sending", "consumer", "generator", "split=0.4", "prorata", "half"):
                t = self.trace(text, "--loss", loss)["totals"]
                self.close([t["generation"]], [t["load"] + t["loss"] + t["export"] + t["storage"] + t["mismatch"]])

    def test_ids_of_units_and_negative_loads_together(self):
        result = self.trace(SIGNS.replace("{id: 8,", "{id: x8,"))
        self.assertEqual(result["gen"]["id"], ["1", "2", "3", "x8"])
        self.assertEqual(result["load"]["id"], ["7", "9", "11"])

    def test_unused_text_id_of_a_load_leaves_units_numeric(self):
        result = self.trace(SIGNS.replace("{id: 7,", "{id: x7,"))
        self.assertEqual(result["gen"]["id"], [1, 2, 3, 8])

    def test_loop_is_named_with_what_circulates(self):
        result = self.trace(RING)
        x2 = 0.625 * RING_X1 + 0.075
        self.close(result["bus"]["intensity"], [RING_X1, x2, x2])
        certificate = result["certificate"]
        self.assertEqual((certificate["n_blocks"], certificate["largest_block"]), (1, 3))
        self.assertEqual(certificate["loops"], [{"buses": [1, 2, 3], "mw": 10}])

    def test_what_circulates_is_netted_with_the_circuits(self):
        text = RING.replace("{id: 3, from: 3, to: 1, p_from: 10, p_to: -10}",
                            "{id: 3, from: 3, to: 1, p_from: 14, p_to: -14}, {id: 4, from: 1, to: 3, p_from: 4, p_to: -4}")
        self.assertEqual(self.trace(text)["certificate"]["loops"], [{"buses": [1, 2, 3], "mw": 4}])
        self.assertEqual(self.trace(text, "--net-parallel")["certificate"]["loops"], [{"buses": [1, 2, 3], "mw": 10}])

    def test_what_circulates_is_the_received_power(self):
        text = RING.replace("p_from: 10, p_to: -10", "p_from: 10, p_to: -9").replace("p: 60,", "p: 61,")
        self.assertEqual(self.trace(text)["certificate"]["loops"], [{"buses": [1, 2, 3], "mw": 9}])

    def test_loop_buses_are_ids(self):
        text = RING.replace("{id: 3}]", "{id: c}]").replace("to: 3,", "to: c,").replace("from: 3,", "from: c,").replace(
            "bus: 3,", "bus: c,")
        self.assertEqual(self.trace(text)["certificate"]["loops"], [{"buses": ["1", "2", "c"], "mw": 10}])

    def test_unfed_loop_marked(self):
        result = self.trace(UNFED, "--unfed-loop", "mark")
        self.assertEqual(result["bus"]["flag"], ["ok", "unfed", "unfed"])
        self.close(result["bus"]["intensity"], [0.5, None, None])
        self.assertEqual([b is None for b in result["branch"]["intensity"]], [True, True])

    def test_netting_removes_opposite_circuits(self):
        result = self.trace(UNFED, "--net-parallel")
        self.assertEqual(result["bus"]["flag"], ["ok", "undefined", "undefined"])
        self.assertEqual(result["certificate"]["n_blocks"], 0)

    def test_mismatch_unit(self):
        result = self.trace(SHORT, "--powerflow", "given", "--mismatch-intensity", "0.8")
        gen = result["gen"]
        self.assertEqual((gen["id"], gen["bus"], gen["kind"]), (["g", "1"], [1, 1], ["gen", "mismatch"]))
        self.close(gen["p"], [50, 10])
        self.close(gen["intensity"], [0.5, 0.8])
        self.close(gen["carbon"], [25, 8])
        self.assertEqual(result["bus"]["flag"], ["mismatch", "ok"])
        self.close(result["bus"]["intensity"], [0.55, 0.55])

    def test_other_units_come_by_bus(self):
        text = """libcef: 1
buses: [{id: 1}, {id: 2}]
branches: [{id: 1, from: 1, to: 2, p_from: 60, p_to: -60}]
generators: [{id: g, bus: 2, p: 1, intensity: 0.5}, {id: h, bus: 1, p: 40, intensity: 0.5}]
loads: [{id: n2, bus: 2, p: -5, intensity: 0.1}, {id: n1, bus: 1, p: -10, intensity: 0.2}, {id: l, bus: 2, p: 66}]
"""
        gen = self.trace(text, "--powerflow", "given", "--mismatch-intensity", "0.8")["gen"]
        self.assertEqual(gen["id"], ["g", "h", "n1", "1", "n2"])
        self.assertEqual(gen["kind"], ["gen", "gen", "load", "mismatch", "load"])
        self.close(gen["carbon"], [0.5, 20, 2, 8, 0.5])

    def test_imbalance_is_flagged(self):
        result = self.trace(SHORT, "--powerflow", "given")
        self.assertEqual(result["bus"]["flag"], ["imbalanced", "ok"])
        self.close(result["bus"]["imbalance"], [-10, 0])
        self.assertEqual(result["certificate"]["n_imbalanced"], 1)

    def test_maximum_principle_is_not_claimed_for_consumers(self):
        self.assertIsNone(self.trace(CHAIN, "--loss", "consumer")["certificate"]["maximum_principle"])

    def test_generator_losses(self):
        result = self.trace(CHAIN, "--loss", "generator")
        self.close([sum(result["gen"]["carbon_loss"])], [1.6 + 3 * X2])

    def test_no_minus_zero(self):
        text = SIGNS.replace("bus: 30, p: 0}", "bus: 30, p: -0.0}")
        for token in self.ok("trace", self.write("s.yaml", text), "--format", "json").replace(",", " ").split():
            self.assertNotIn(token.strip("[]{}"), ("-0", "-0.0", "NaN", "nan", "inf"))


class Csv(Command):
    def test_bus_table_on_standard_output(self):
        rows = list(csv.DictReader(self.ok("trace", self.write("c.yaml", CHAIN), "--format", "csv").splitlines()))
        self.assertEqual(list(rows[0]), Json.ORDER["bus"])
        self.assertEqual([row["id"] for row in rows], ["1", "2", "3", "4"])
        self.assertEqual(rows[3]["intensity"], "")

    def test_folder_has_one_file_a_table(self):
        case = self.write("c.yaml", CHAIN)
        self.ok("trace", case, "--format", "csv", "-o", self.path("tables/"))
        names = sorted(os.listdir(self.path("tables")))
        self.assertEqual(names, ["branch.csv", "bus.csv", "certificate.csv", "gen.csv", "load.csv", "loops.csv",
                                 "storage.csv", "totals.csv"])
        result = self.trace(CHAIN)
        for table in ("bus", "branch", "gen", "load", "storage"):
            with open(self.path(f"tables/{table}.csv"), encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            self.assertEqual(rows[0], list(result[table]))
            for number, row in enumerate(rows[1:]):
                for key, field in zip(rows[0], row):
                    value = result[table][key][number]
                    self.assertEqual("" if value is None else value if isinstance(value, str) else float(value),
                                     float(field) if isinstance(value, (int, float)) else field)

    def test_totals_and_certificate_are_one_row(self):
        self.ok("trace", self.write("r.yaml", RING), "-o", self.folder)
        with open(self.path("certificate.csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual((len(rows), rows[0]["certified"], rows[0]["n_blocks"]), (1, "true", "1"))
        with open(self.path("totals.csv"), encoding="utf-8") as file:
            self.assertEqual(list(csv.DictReader(file))[0]["generation"], "36")
        with open(self.path("loops.csv"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "loop,bus,mw\n1,1,10\n1,2,10\n1,3,10\n")

    def test_fields_are_quoted(self):
        text = self.ok("trace", self.write("c.yaml", CHAIN.replace("{id: 4}", "{id: 'a,\"b'}")), "--format", "csv")
        self.assertEqual(list(csv.reader(text.splitlines()))[4][0], "a,\"b")


class Table(Command):
    def test_small_case_shows_every_bus(self):
        text = self.ok("trace", self.write("c.yaml", CHAIN))
        self.assertIn("0.800000", text)
        self.assertIn("0.522222", text)
        self.assertIn("undefined", text)
        self.assertIn("\ncertified\n", text)
        self.assertRegex(text, r"generation +150\.000 +90\.000 +100\.00 +0\.600000")
        self.assertRegex(text, r"load +145\.000 ")
        self.assertRegex(text, r"loss +5\.000 ")
        self.assertIn("generation", text)

    def test_large_case_shows_the_extremes(self):
        self.ok("generate", "--buses", "300", "-o", self.path("g.yaml"))
        text = self.ok("trace", self.path("g.yaml"))
        self.assertIn("The 20 highest and 20 lowest", text)
        self.assertLess(len(text.splitlines()), 80)

    def test_loop_in_words(self):
        self.assertIn("3 buses, 10.000 MW around: 1 2 3", self.ok("trace", self.write("r.yaml", RING)))

    def test_no_negative_zero(self):
        self.assertNotIn("-0.000", self.ok("trace", self.write("s.yaml", SIGNS)))


class PowerFlow(Command):
    def solve(self, text, *options):
        return json.loads(self.ok("powerflow", self.write("case.yaml", text), "--format", "json", *options))

    def test_json_is_the_contract(self):
        result = self.solve(UNSOLVED, "--ac")
        self.assertEqual(list(result), ["bus", "branch", "gen", "info", "settings", "case", "libcef"])
        self.assertEqual(list(result["bus"]), ["id", "vm", "va"])
        self.assertEqual(list(result["branch"]), ["from", "to", "p_from", "q_from", "p_to", "q_to"])
        self.assertEqual(list(result["gen"]), ["bus", "p", "q"])
        self.assertEqual(list(result["info"])[:3], ["iterations", "mismatch", "converged"])
        self.assertEqual((result["branch"]["from"], result["gen"]["bus"]), ([1, 1], [1, 2, 1]))
        self.assertIs(result["info"]["converged"], True)
        self.assertLess(result["info"]["mismatch"], 1e-8)
        self.assertEqual(result["info"]["method"], "ac")

    def test_dc(self):
        """85 MW less the 20 MW of g2: 32.5 MW a line. g1 and g3 share what the schedule misses, 5 MW, as 200 : 100.
        theta2 = -0.325 0.2 rad."""
        result = self.solve(UNSOLVED, "--dc")
        for key, sign in (("p_from", 1), ("p_to", -1)):
            for p in result["branch"][key]:
                self.assertAlmostEqual(p, sign * 32.5, 9)
        for p, expected in zip(result["gen"]["p"], [60 + 10 / 3, 20, 5 / 3]):
            self.assertAlmostEqual(p, expected, 9)
        self.assertEqual(result["bus"]["va"][0], 0)
        self.assertAlmostEqual(result["bus"]["va"][1], -0.065 * 180 / 3.141592653589793, 9)
        self.assertEqual(result["info"]["loss_mw"], 0)

    def test_ac_satisfies_the_line_equation(self):
        """P = V1 V2 sin(theta1 - theta2) / x of each line, no losses; bus 2 is pq."""
        result = self.solve(UNSOLVED)
        vm, va = result["bus"]["vm"], result["bus"]["va"]
        p = 100 * vm[0] * vm[1] * math.sin((va[0] - va[1]) * 3.141592653589793 / 180) / 0.2
        self.assertAlmostEqual(result["branch"]["p_from"][0], p, 8)
        self.assertAlmostEqual(2 * p, 80 + 5 * vm[1] ** 2 - 20, 8)
        self.assertAlmostEqual(sum(result["gen"]["p"]), 80 + 5 * vm[1] ** 2, 8)

    def test_slack(self):
        """5 MW are missing in DC: by capacity 200 : 50 : 100, by apf 0 : 3 : 1."""
        for slack, shares in (("reference", (200, 0, 100)), ("capacity", (200, 50, 100)), ("factors", (0, 3, 1))):
            p = self.solve(UNSOLVED, "--dc", "--slack", slack)["gen"]["p"]
            for got, scheduled, share in zip(p, (60, 20, 0), shares):
                self.assertAlmostEqual(got, scheduled + 5 * share / sum(shares), 9)

    def test_dead_bus(self):
        done = run("powerflow", self.write("u.yaml", UNSOLVED), "--format", "json")
        self.assertIn(b"7 MW of load is not served", done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["bus"]["vm"][2], result["bus"]["va"][2]), (0, None))
        self.assertEqual((result["info"]["n_dead_buses"], result["info"]["unserved_mw"]), (1, 7))

    def test_reactive_limits(self):
        """A second bus that holds 1.1 per unit takes far more than 1 MVAr: at the limit it gives just that."""
        text = UNSOLVED.replace("{id: 2, gs: 5}", "{id: 2, gs: 5, type: pv}").replace(
            "p: 20,", "p: 20, vg: 1.1, qmin: -1, qmax: 1,")
        free, held = self.solve(text), self.solve(text, "--reactive-limits")
        self.assertGreater(free["gen"]["q"][1], 50)
        self.assertAlmostEqual(free["bus"]["vm"][1], 1.1, 12)
        self.assertAlmostEqual(held["gen"]["q"][1], 1, 9)
        self.assertLess(held["bus"]["vm"][1], 1.0)
        self.assertEqual((free["info"]["n_pv_switched"], held["info"]["n_pv_switched"]), (0, 1))

    def test_csv(self):
        case = self.write("u.yaml", UNSOLVED)
        rows = list(csv.DictReader(self.ok("powerflow", case, "--format", "csv").splitlines()))
        self.assertEqual(list(rows[0]), ["id", "vm", "va"])
        self.assertEqual(rows[2]["va"], "")
        self.ok("powerflow", case, "-o", self.path("out/"))
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["branch.csv", "bus.csv", "gen.csv", "info.csv"])
        with open(self.path("out/info.csv"), encoding="utf-8") as file:
            self.assertEqual(next(csv.DictReader(file))["converged"], "true")

    def test_table(self):
        text = self.ok("powerflow", self.write("u.yaml", UNSOLVED))
        self.assertIn("AC power flow", text)
        self.assertIn("dead", text)
        self.assertIn("converged", text)

    def test_trace_solves_what_is_not_solved(self):
        """DC: 65 MW @ g1 (190 of 3) and g3 (5 of 3) arrive at bus 2, where g2 adds 20 MW @ 0.3."""
        case = self.write("u.yaml", UNSOLVED)
        x1 = ((60 + 10 / 3) * 0.8 + 5 / 3 * 0.1) / 65
        result = json.loads(self.ok("trace", case, "--powerflow", "dc", "--format", "json"))
        self.assertEqual((result["case"]["flows"], result["case"]["powerflow"]["method"]), ("dc", "dc"))
        self.assertAlmostEqual(result["bus"]["intensity"][0], x1, 12)
        self.assertAlmostEqual(result["bus"]["intensity"][1], (65 * x1 + 6) / 85, 12)
        self.assertIsNone(result["bus"]["intensity"][2])
        self.assertAlmostEqual(result["gen"]["p"][0], 60 + 10 / 3, 9)
        result = json.loads(self.ok("trace", case, "--format", "json"))
        self.assertEqual((result["case"]["flows"], result["settings"]["powerflow"]), ("ac", "auto"))
        self.assertLess(result["case"]["powerflow"]["mismatch"], 1e-8)
        self.assertGreater(result["case"]["powerflow"]["iterations"], 0)
        self.assertIs(result["certificate"]["certified"], True)
        self.assertLess(result["certificate"]["balance_mw"], 1e-6)
        self.assertIn("flows: AC power flow", self.ok("trace", case))

    def test_trace_takes_no_noise_for_flow(self):
        """Rounding of powers near 1e12 MW is far above 1e-6 MW."""
        text = UNSOLVED.replace("libcef: 1\n", "libcef: 1\nbase_mva: 1e12\n").replace("p: 80,", "p: 777777777777.7,")
        case = self.write("u.yaml", text)
        result = json.loads(self.ok("trace", case, "--format=json"))
        accuracy = result["case"]["powerflow"]["mismatch_mw"]
        self.assertGreater(accuracy, 1e-6)
        self.assertEqual(result["settings"]["flow_tol"], accuracy)
        own = json.loads(self.ok("trace", case, "--flow-tol=1e-9", "--format=json"))
        self.assertEqual(own["settings"]["flow_tol"], 1e-9)
        small = json.loads(self.ok("trace", self.write("s.yaml", UNSOLVED), "--format=json"))
        self.assertEqual(small["settings"]["flow_tol"], 1e-6)

    def test_trace_by_the_cases_own_flows_or_by_solved_ones(self):
        """CHAIN balances: its flows are used unless a power flow is asked for, which needs x."""
        text = CHAIN.replace("from: 1, to: 2,", "from: 1, to: 2, x: 0.1,").replace("from: 3, to: 2,", "from: 3, to: 2, x: 0.1,")
        case = self.write("c.yaml", text)
        self.assertEqual(json.loads(self.ok("trace", case, "--format=json"))["case"]["flows"], "given")
        dc = json.loads(self.ok("trace", case, "--powerflow=dc", "--format=json"))
        self.assertEqual(dc["case"]["flows"], "dc")
        self.assertAlmostEqual(dc["totals"]["loss"], 0, 12)

    def test_slack_unit_that_comes_to_run_needs_a_factor(self):
        text = UNSOLVED.replace("p: 0, capacity: 100, intensity: 0.1", "p: 0, capacity: 100")
        self.assertIn("g3", self.fails(1, "missing-factor", "trace", self.write("u.yaml", text)))

    def test_shunt_that_no_load_stands_for(self):
        text = UNSOLVED.replace(", {id: s, bus: 2, p: 5, kind: shunt}", "")
        self.assertIn("bus 2 states gs 5", self.fails(1, "missing-field", "powerflow", self.write("u.yaml", text)))


class Periods(Command):
    """cef powerflow --profiles on UNSOLVED: loads with Pd > 0 are l and d, three units, one shunt."""

    def npy(self, name, rows, **header):
        columns = len(rows[0])
        values = {"descr": "'<f8'", "fortran_order": "False", "shape": f"({len(rows)}, {columns})", **header}
        text = "{" + ", ".join(f"'{key}': {value}" for key, value in values.items()) + ", }"
        text += " " * (-(len(text) + 11) % 64) + "\n"
        os.makedirs(self.path("in"), exist_ok=True)
        with open(self.path(f"in/{name}.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())
            for row in rows:
                file.write(struct.pack(f"<{columns}d", *row))

    def load(self, name):
        with open(self.path(f"out/{name}.npy"), "rb") as file:
            data = file.read()
        start = 10 + struct.unpack("<H", data[8:10])[0]
        self.assertEqual((data[:8], start % 64), (b"\x93NUMPY\x01\x00", 0))
        header = eval(data[10:start])  # our own file
        kind = {"<f8": "d", "<i4": "i"}[header["descr"]]
        values = [value[0] for value in struct.iter_unpack("<" + kind, data[start:])]
        self.assertEqual(len(values), math.prod(header["shape"]))
        if len(header["shape"]) == 1:
            return values
        columns = header["shape"][1]
        return [values[k * columns:(k + 1) * columns] for k in range(header["shape"][0])]

    def solve(self, *options):
        case = self.write("case.yaml", UNSOLVED)
        return run("powerflow", case, "--profiles", self.path("in"), "-o", self.path("out"), *options)

    def test_dc(self):
        """Two lines carry the load and 5 MW of shunt less the 20 MW of g2."""
        loads = [[50 + t, 7] for t in range(150)]
        self.npy("load_p", loads)
        done = self.solve("--dc")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(os.listdir(self.path("out"))), sorted(f"{n}.npy" for n in (
            "bus_vm", "bus_va", "branch_p_from", "branch_p_to", "gen_p", "load_p", "shunt_p", "period_status")) +
            ["summary.json"])
        for t, (row, gen) in enumerate(zip(self.load("branch_p_from"), self.load("gen_p"))):
            for p in row:
                self.assertAlmostEqual(p, (50 + t + 5 - 20) / 2, 9)
            self.assertAlmostEqual(sum(gen), 50 + t + 5, 9)
        self.assertEqual(self.load("period_status"), [0] * 150)
        self.assertEqual(self.load("load_p"), [[load, 0] for load, _ in loads])  # d is dead
        self.assertEqual(self.load("shunt_p"), [[5]] * 150)

    def test_ac_is_what_single_solves_give_and_does_not_depend_on_threads(self):
        gens = [[60 + t % 7, 20 - t % 5, 0] for t in range(200)]
        self.npy("gen_p", gens)
        self.npy("load_q", [[t % 11, 0] for t in range(200)])
        self.assertEqual(self.solve("--threads", "1").returncode, 0)
        one = {name: self.load(name) for name in ("bus_vm", "branch_p_from", "gen_p")}
        self.assertEqual(self.solve("--threads", "4").returncode, 0)
        for name, values in one.items():
            self.assertEqual(values, self.load(name))
        t = 137
        text = UNSOLVED.replace("p: 60", f"p: {gens[t][0]}").replace("p: 20", f"p: {gens[t][1]}").replace("q: 10", f"q: {t % 11}")
        single = json.loads(self.ok("powerflow", self.write("t.yaml", text), "--format=json"))
        for got, expected in zip(one["bus_vm"][t], single["bus"]["vm"]):
            self.assertAlmostEqual(got, expected, 11)
        for got, expected in zip(one["gen_p"][t], single["gen"]["p"]):
            self.assertAlmostEqual(got, expected, 9)
        with open(self.path("out/summary.json"), encoding="utf-8") as file:
            info = json.load(file)["info"]
        self.assertEqual((info["n_periods"], info["n_failed"]), (200, 0))
        self.assertLess(info["mismatch"], 1e-8)

    def test_a_period_that_fails_is_marked_and_the_others_go_on(self):
        self.npy("load_p", [[80, 7], [80000, 7], [80, 7], [math.nan, 7], [80, 7]])
        done = self.solve()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"2 of 5 periods failed and are marked; the first is 1", done.stderr)
        status = self.load("period_status")
        self.assertEqual([bool(s) for s in status], [False, True, False, True, False])
        self.assertEqual(status[1], -42)  # CEF_ERR_DIVERGED
        flows = self.load("branch_p_from")
        self.assertTrue(all(math.isnan(p) for p in flows[1] + flows[3]))
        for p, other in zip(flows[0] + flows[0], flows[2] + flows[4]):
            self.assertAlmostEqual(p, other, 9)

    def test_all_failed(self):
        self.npy("load_p", [[80000, 7]] * 3)
        self.assertEqual(self.solve().returncode, 1)

    def test_profiles_that_are_wrong(self):
        def refused(code, diagnostic):
            case = self.write("case.yaml", UNSOLVED)
            text = self.fails(code, diagnostic, "powerflow", case, "--profiles", self.path("in"), "-o", self.path("out"))
            self.assertFalse(os.path.exists(self.path("out")))
            return text
        os.makedirs(self.path("in"))
        refused(1, "missing-field")
        self.npy("load_p", [[80]])
        self.assertIn("2 loads with Pd > 0", refused(1, "row-length"))
        self.npy("load_p", [[80, 7]])
        self.npy("gen_p", [[60, 20, 0], [60, 20, 0]])
        refused(1, "row-length")
        for header in ({"descr": "'<f4'"}, {"fortran_order": "True"}, {"shape": "(1, 4)"}, {"shape": "(3,)"},
                       {"shape": "(99999999999999999999, 3)"}, {"shape": "(4611686018427387905, 3)"}, {"descr": "[]"}):
            self.npy("gen_p", [[60, 20, 0]], **header)
            refused(1, "syntax")
        for text in (b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff" + b" " * 99, b"x" * 200):
            with open(self.path("in/gen_p.npy"), "wb") as file:
                file.write(text)
            refused(1, "syntax")

    def test_usage(self):
        for options in (["--profiles=in"], ["--profiles=in", "-o=x", "--format=csv"],
                        ["--profiles=in", "-o=x", "--threads=0"], ["--profiles=in", "-o=x", "--threads=257"],
                        ["--profiles=in", "-o=x", "--start-from=flat"]):
            self.fails(2, "usage", "powerflow", "x.m", *options)

    def test_a_full_disk(self):
        self.npy("load_p", [[80, 7]] * 2000)
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        done = run("powerflow", self.write("case.yaml", UNSOLVED), "--profiles", self.path("in"), "-o", self.path("out"),
                   preexec_fn=limit)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(os.listdir(self.path("out")), [])


class Check(Command):
    def test_traceable(self):
        text = self.ok("check", self.write("c.yaml", CHAIN))
        self.assertIn("4 buses, 2 branches, 2 generators, 3 loads", text)
        self.assertTrue(text.endswith("\ntraceable\n"))

    def test_json(self):
        result = json.loads(self.ok("check", self.write("c.yaml", CHAIN), "--format", "json"))
        self.assertEqual(list(result), ["traceable", "flows", "factors", "n_out_of_service", "case", "libcef"])
        self.assertIs(result["traceable"], True)
        self.assertEqual((result["factors"]["n_running"], result["factors"]["n_lacking"]), (2, 0))

    def test_unsolved(self):
        done = run("check", self.write("s.yaml", SHORT), "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"error[unsolved]", done.stderr)
        flows = json.loads(done.stdout)["flows"]
        self.assertEqual((flows["given"], flows["usable"], flows["worst_bus"], flows["worst_imbalance"]),
                         (True, False, 1, -10))
        self.assertIn("bus 1", flows["reason"])
        self.assertIs(flows["solvable"], False)

    def test_unsolved_but_solvable(self):
        case = self.write("u.yaml", UNSOLVED)
        result = json.loads(self.ok("check", case, "--format", "json"))
        self.assertEqual((result["traceable"], result["flows"]["usable"], result["flows"]["solvable"]), (True, False, True))
        self.assertIn("solves an AC power flow first", self.ok("check", case))

    def test_flows_missing(self):
        done = run("check", self.write("c.yaml", CHAIN.replace(", p_from: 60, p_to: -58", "")), "--format=json")
        self.assertEqual(done.returncode, 1)
        flows = json.loads(done.stdout)["flows"]
        self.assertEqual((flows["given"], flows["usable"], flows["worst_bus"]), (False, False, None))

    def test_lacking_factors_are_counted(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", "").replace(", intensity: 0.8", ""))
        done = run("check", case, "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"error[missing-factor]", done.stderr)
        factors = json.loads(done.stdout)["factors"]
        self.assertEqual((factors["n_running"], factors["n_lacking"]), (2, 2))
        self.ok("check", case, "--missing-factor", "0.5")

    def test_csv(self):
        rows = list(csv.DictReader(self.ok("check", self.write("c.yaml", CHAIN), "--format", "csv").splitlines()))
        self.assertEqual((rows[0]["traceable"], rows[0]["n_running"], rows[0]["n_lacking"]), ("true", "2", "0"))


class ConvertGenerate(Command):
    def test_same_options_same_file(self):
        for target in ("g.yaml", "g"):
            for name in ("a", "b"):
                os.makedirs(self.path(name), exist_ok=True)
                self.ok("generate", "--buses", "200", "--seed", "9", "-o", self.path(f"{name}/{target}"))
        for file in ("g.yaml", "g/buses.csv", "g/branches.csv", "g/generators.csv", "g/loads.csv"):
            with open(self.path(f"a/{file}"), "rb") as one, open(self.path(f"b/{file}"), "rb") as other:
                self.assertEqual(one.read(), other.read())

    def test_seed_kind_and_numbering_matter(self):
        seen = set()
        for arguments in ([], ["--seed", "2"], ["--kind", "feeder"], ["--numbering", "random"]):
            self.ok("generate", "--buses", "200", *arguments, "-o", self.path("g.yaml"))
            with open(self.path("g.yaml"), "rb") as file:
                seen.add(file.read())
        self.assertEqual(len(seen), 4)

    def test_generated_grids_are_certified(self):
        for kind in ("transmission", "feeder"):
            for numbering in ("natural", "random"):
                self.ok("generate", "--buses", "500", "--kind", kind, "--numbering", numbering, "-o", self.path("g.yaml"))
                result = json.loads(self.ok("trace", self.path("g.yaml"), "--fuel-factors", "ipcc2006", "--format", "json"))
                self.assertIs(result["certificate"]["certified"], True)
                self.assertEqual(result["certificate"]["balance_mw"], 0)
                self.assertEqual(len(result["bus"]["id"]), 500)

    def test_formats_carry_the_same_grid(self):
        self.ok("generate", "--buses", "150", "-o", self.path("g.yaml"))
        first = json.loads(self.ok("trace", self.path("g.yaml"), "--fuel-factors=ipcc2006", "--format=json"))
        before = self.path("g.yaml")
        for name in ("csv", "i.yaml"):
            self.ok("convert", before, self.path(name))
            before = self.path(name)
            again = json.loads(self.ok("trace", before, "--fuel-factors=ipcc2006", "--format=json"))
            self.assertEqual(again["bus"]["intensity"], first["bus"]["intensity"])
            self.assertEqual(again["branch"]["p_from"], first["branch"]["p_from"])

    def test_matpower_and_back(self):
        first = self.trace(RING)
        self.ok("convert", self.path("case.yaml"), self.path("ring.m"))
        self.ok("convert", self.path("ring.m"), self.path("again.yaml"))
        for name in ("ring.m", "again.yaml"):
            again = json.loads(self.ok("trace", self.path(name), "--format", "json"))
            for table in ("bus", "branch", "gen", "load", "totals"):
                self.assertEqual(again[table], first[table])

    def test_what_a_format_cannot_hold_is_refused(self):
        self.fails(1, "unsupported", "convert", self.write("s.yaml", SIGNS), self.path("s.m"))
        self.assertEqual(os.listdir(self.folder), ["s.yaml"])

    def test_generated_formats_trace(self):
        for name in ("g.yaml", "g"):
            self.ok("generate", "--buses", "50", "-o", self.path(name))
            self.ok("trace", self.path(name), "--fuel-factors", "ipcc2006")

    def test_no_half_case(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.fails(3, "cannot-write", "generate", "--buses", "1000", "-o", self.path("g.yaml"), preexec_fn=limit)
        self.assertEqual(os.listdir(self.folder), [])

    def test_unknown_ending(self):
        self.fails(1, "unknown-format", "generate", "--buses", "10", "-o", self.path("g.txt"))
        self.assertEqual(os.listdir(self.folder), [])


@unittest.skipUnless(CASES, "LIBCEF_CASES is not set")
class RealCases(Command):
    def traced(self, name, *arguments):
        text = self.ok("trace", os.path.join(CASES, name), "--fuel-factors", "ipcc2006", "--format", "json", *arguments)
        result = json.loads(text)
        self.assertIs(result["certificate"]["certified"], True)
        for x, p in zip(result["bus"]["intensity"], result["bus"]["throughput"]):
            self.assertEqual(x is None, p == 0)
        return result

    def test_case_ACTIVSg200(self):
        result = self.traced("case_ACTIVSg200.m")
        self.assertEqual(result["case"]["n_bus"], 200)
        self.assertEqual(result["bus"]["id"], list(range(1, 201)))

    def test_case_ACTIVSg2000(self):
        self.assertEqual(self.traced("case_ACTIVSg2000.m")["case"]["n_bus"], 2000)

    def test_case_ACTIVSg10k_names_the_loop_of_13(self):
        result = self.traced("case_ACTIVSg10k.m")
        certificate = result["certificate"]
        self.assertEqual(certificate["largest_block"], 13)
        self.assertEqual(max(len(loop["buses"]) for loop in certificate["loops"]), 13)
        self.assertEqual(len(certificate["loops"]), certificate["n_blocks"])
        self.assertEqual(certificate["n_negative_loss"], 122)
        for loop in certificate["loops"]:
            self.assertGreater(loop["mw"], 0)

    def test_case_totals_balance_under_every_policy(self):
        for loss in ("sending", "consumer", "generator", "split=0.5", "prorata", "half"):
            done = run("trace", os.path.join(CASES, "case_ACTIVSg200.m"), "--fuel-factors=ipcc2006", "--format=json",
                       f"--loss={loss}")
            self.assertEqual(done.returncode, 0, done.stderr)
            t = json.loads(done.stdout)["totals"]
            out = t["load"] + t["loss"] + t["export"] + t["storage"] + t["mismatch"]
            self.assertLess(abs(t["generation"] - out), 1e-9 * t["generation"])

    def test_case_without_factors_names_the_first_unit(self):
        self.fails(1, "missing-factor", "trace", os.path.join(CASES, "case_ACTIVSg200.m"))

    def test_case_unsolved_is_solved_and_certified(self):
        for name in ("case9241pegase.m", "case2869pegase.m", "case300.m", "case118.m"):
            result = json.loads(self.ok("trace", os.path.join(CASES, name), "--missing-factor=0.5", "--format=json"))
            self.assertIs(result["certificate"]["certified"], True)
            self.assertEqual(result["case"]["flows"], "ac")
            self.assertLess(result["case"]["powerflow"]["mismatch"], 1e-8)
            defined = [x for x in result["bus"]["intensity"] if x is not None]
            self.assertGreater(len(defined), 0.9 * len(result["bus"]["intensity"]))
            for x in defined:
                self.assertLess(abs(x - 0.5), 0.5e-12)

    def test_case_unsolved_is_refused_as_given(self):
        self.fails(1, "unsolved", "trace", os.path.join(CASES, "case9241pegase.m"), "--powerflow=given",
                   "--missing-factor=0.5")

    def test_case14_loses_13_393_MW(self):
        result = json.loads(self.ok("powerflow", os.path.join(CASES, "case14.m"), "--ac", "--format=json"))
        self.assertAlmostEqual(result["info"]["loss_mw"], 13.393, 3)
        lost = sum(result["branch"]["p_from"]) + sum(result["branch"]["p_to"])
        self.assertAlmostEqual(lost, result["info"]["loss_mw"], 9)

    def test_case14_with_ten_times_the_load_diverges(self):
        with open(os.path.join(CASES, "case14.m"), encoding="utf-8") as file:
            text = file.read()
        start = text.index("mpc.bus = [")
        end = text.index("];", start)
        rows = []
        for row in text[start:end].split("\n"):
            cells = row.split("\t")
            if len(cells) > 12:  # a leading tab
                cells[3:5] = [str(10 * float(cell)) for cell in cells[3:5]]
            rows.append("\t".join(cells))
        case = self.write("x10.m", text[:start] + "\n".join(rows) + text[end:])
        self.assertIn("bus ", self.fails(1, "diverged", "trace", case, "--missing-factor=0.5"))

    def test_case_check(self):
        result = json.loads(self.ok("check", os.path.join(CASES, "case_ACTIVSg200.m"), "--fuel-factors=ipcc2006",
                                    "--format=json"))
        self.assertIs(result["flows"]["usable"], True)
        self.assertEqual(result["factors"]["n_lacking"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
