#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef powerflow, of one case and of many periods."""
import csv
import json
import math
import os
import resource
import struct
import unittest

from command import CHAIN, Command, UNSOLVED, run


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
        self.npy("gen_p", [[60, 20, 0]], shape="(4611686018427387905, 3)")
        self.assertIn("no file holds as many numbers", refused(1, "syntax"))
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
