#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef trace: the JSON contract and the CSV tables, on grids worked by hand."""
import csv
import os
import unittest

from command import CHAIN, Command, RING, RING_X1, SHORT, SIGNS, UNFED, X2, X20, X30


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
