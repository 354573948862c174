#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef check, convert, generate; the shared cases."""
import csv
import json
import os
import resource
import unittest

from command import CASES, CHAIN, Command, RING, SHORT, SIGNS, UNSOLVED, run


class Check(Command):
    def test_traceable(self):
        text = self.ok("check", self.write("c.yaml", CHAIN))
        self.assertIn("4 buses, 2 branches, 2 generators, 3 loads", text)
        self.assertTrue(text.endswith("\ntraceable\n"))

    def test_json(self):
        result = json.loads(self.ok("check", self.write("c.yaml", CHAIN), "--format", "json"))
        self.assertEqual(list(result), ["traceable", "flows", "factors", "trace_error", "n_out_of_service", "case", "libcef"])
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

    def test_what_only_tracing_finds(self):
        done = run("check", self.write("l.yaml", UNFED), "--format", "json")
        result = json.loads(done.stdout)
        self.assertEqual((done.returncode, result["traceable"], result["trace_error"]["code"]), (1, False, "unfed-loop"))
        self.assertIn(b"error[unfed-loop]", done.stderr)
        self.assertIn("not traceable", run("check", self.path("l.yaml")).stdout.decode())

    def test_lacking_factors_are_counted(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", "").replace(", intensity: 0.8", ""))
        done = run("check", case, "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"error[missing-factor]", done.stderr)
        factors = json.loads(done.stdout)["factors"]
        self.assertEqual((factors["n_running"], factors["n_lacking"]), (2, 2))
        self.ok("check", case, "--missing-factor", "0.5")

    def test_the_ending_says_the_format(self):
        case = self.write("c.yaml", CHAIN)
        for name, form in (("a.json", "json"), ("a.csv", "csv"), ("a.txt", "table")):
            self.ok("check", case, "-o", self.path(name))
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(file.read(), self.ok("check", case, "--format", form))

    def test_csv(self):
        rows = list(csv.DictReader(self.ok("check", self.write("c.yaml", CHAIN), "--format", "csv").splitlines()))
        self.assertEqual((rows[0]["traceable"], rows[0]["n_running"], rows[0]["n_lacking"]), ("true", "2", "0"))


# 5 MW go round between two buses that no unit feeds.
UNFED = """libcef: 1
name: unfed
buses: [{id: alpha}, {id: beta}, {id: gamma}]
branches: [{id: a, from: alpha, to: beta, p_from: 5, p_to: -5}, {id: b, from: beta, to: alpha, p_from: 5, p_to: -5}]
generators: [{id: gas, bus: gamma, p: 100, intensity: 0.5}]
loads: [{id: l1, bus: gamma, p: 100}]
"""


class Names(Command):
    """What the library knows by position is said with the case's ids."""

    def test_buses_of_an_unfed_loop(self):
        case = self.write("l.yaml", UNFED)
        for verb, *options in (("trace",), ("trace", "--loss", "consumer"), ("meters",)):
            said = self.fails(1, "unfed-loop", verb, case, *options)
            self.assertIn("buses alpha beta;", said)

    def test_many_buses_of_an_unfed_loop(self):
        n = 40
        buses = ", ".join(f"{{id: bus-{k}}}" for k in range(n + 1))
        arcs = ", ".join(f"{{id: a{k}, from: bus-{k}, to: bus-{(k + 1) % n}, p_from: 5, p_to: -5}}" for k in range(n))
        case = self.write("ring.yaml", f"libcef: 1\nname: ring\nbuses: [{buses}]\nbranches: [{arcs}]\n"
                          f"generators: [{{id: g, bus: bus-{n}, p: 1, intensity: 0.5}}]\nloads: [{{id: l, bus: bus-{n}, p: 1}}]\n")
        self.assertIn("over 40 buses and no generation reaches them: buses bus-0 bus-1 bus-2 bus-3 bus-4 bus-5 bus-6 bus-7 and 32 more;",
                      self.fails(1, "unfed-loop", "trace", case))

    def test_units_buses_and_branches(self):
        case = self.write("g.yaml", UNFED.replace("intensity: 0.5", "intensity: 1e-300"))
        for verb in ("trace", "meters"):
            self.assertIn("generator gas: ", self.fails(1, "out-of-range", verb, case))
        case = self.write("i.yaml", UNFED.replace("p_to: -5}]", "p_to: -4}]"))
        self.assertIn("bus alpha: ", self.fails(1, "imbalance", "trace", case, "--powerflow", "given", "--strict"))


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
