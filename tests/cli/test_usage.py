#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command cef: its command line, its help, its exit codes."""
import json
import os
import unittest

from command import CHAIN, Command, LATER, SHORT, TINY, UNFED, UNSOLVED, VERBS, X2, run


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
            self.assertIn("A from 0 to 1", self.fails(2, "usage", "trace", "x.m", f"--loss=split={share}"))
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
        for library in ("AMD", "KLU", "libyaml"):
            self.assertIn(library, lines[2])
        self.assertEqual(len(lines), 3)

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
