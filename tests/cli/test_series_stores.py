#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series: stores that carry carbon, slices that are put together."""
import math
import os
import subprocess
import unittest

from command import CEF, run
from series import LOADS, Series, load, npy, scaled

# One bus: 100 MW of load, a unit at 0.8 and one at 0.2 that share it, and a store.
STORES = """libcef: 1
name: stores
buses: [{id: 1}]
branches: [{id: a, from: 1, to: 1, p_from: 0, p_to: 0}]
generators: [{id: g, bus: 1, p: 60, intensity: 0.8}, {id: h, bus: 1, p: 40, intensity: 0.2}]
loads: [{id: l, bus: 1, p: 100}]
storage:
  - {id: s, bus: 1, p: 0, energy: 10, intensity: 0.5, capacity: 600, efficiency_charge: 0.9, efficiency_discharge: 0.9}
  - {id: t, bus: 1, p: 0, capacity: 500}
"""


class Stores(Series):
    def setUp(self):
        super().setUp()
        self.case = self.write("stores.yaml", STORES)

    def plan(self, periods, **others):
        """Powers of g and the stores: the load is always met."""
        wave = [8.0 * math.sin(t / 9.0 + 2.5) for t in range(periods)]
        store = [[p if p < 0 else 0.7 * p, -3.0 if t % 40 < 20 else 2.0] for t, p in enumerate(wave)]
        gens = [[100 - sum(p) - (30 + t % 21), 30 + t % 21] for t, p in enumerate(store)]
        os.makedirs(self.path("in"), exist_ok=True)
        npy(self.path("in/branch_p_from.npy"), [[0.0]] * periods)
        npy(self.path("in/gen_p.npy"), gens)
        npy(self.path("in/load_p.npy"), others.get("load_p") or [[100.0]] * periods)
        npy(self.path("in/storage_p.npy"), others.get("storage_p") or store)
        return store, gens

    def test_carbon_is_carried_in_time(self):
        """By hand: x = carbon in / power in; C+ = C + dt (x charge - w discharge), w = C / W / 0.9, W+ likewise."""
        store, gens = self.plan(300)
        document = self.good("--balance-tol", "1e-6")
        rows, x = load(self.path("out/storage_carbon.npy")), load(self.path("out/bus_intensity.npy"))
        energy, carbon, efficiency = [10.0, 0.0], [10.0 * 0.5 * 0.9, 0.0], [0.9, 1.0]
        drawn, delivered, before = [0.0] * 2, [0.0] * 2, list(carbon)
        for t in range(300):
            price = [c / (w * e) if w > 0 else 0.0 for c, w, e in zip(carbon, energy, efficiency)]
            into = [(gens[t][0], 0.8), (gens[t][1], 0.2)] + [(p, w) for p, w in zip(store[t], price) if p > 0]
            bus = sum(p * e for p, e in into) / sum(p for p, _ in into)
            self.assertAlmostEqual(x[t][0], bus, 11)
            for k, p in enumerate(store[t]):
                rate = p * (price[k] if p > 0 else bus)
                self.assertAlmostEqual(rows[t][k], rate, 9)
                carbon[k] -= rate * 0.25
                energy[k] -= 0.25 * (p / efficiency[k] if p > 0 else p * efficiency[k])
                delivered[k] += max(rate, 0) * 0.25
                drawn[k] += max(-rate, 0) * 0.25
        table = document["storage"]
        for key, values in (("energy_end", energy), ("carbon_end", carbon), ("carbon_start", before), ("carbon_drawn", drawn),
                            ("carbon_delivered", delivered)):
            for got, wanted in zip(table[key], values):
                self.assertAlmostEqual(got, wanted, 8, key)
        self.assertLess(document["certificate"]["horizon"], 1e-12)
        totals = document["totals"]
        self.assertAlmostEqual(totals["generation"] + sum(table["carbon_start"]),
                               totals["load"] + totals["loss"] + sum(table["owner_loss"]) + sum(table["carbon_end"]), 7)

    def test_models_differ_and_are_part_of_the_settings(self):
        self.plan(200)
        found = {}
        self.write("stores.yaml", STORES.replace("{id: t, bus: 1, p: 0, ", "{id: t, bus: 1, p: 0, intensity: 0.3, "))
        for model in ("conserving", "tank", "static", "load"):
            document = self.good("--storage", model, out=model)
            self.assertEqual(document["settings"]["storage"], model)
            found[model] = document["totals"]["load"]
        self.assertEqual(len(set(found.values())), 4)
        self.refused(1, "series-changed", "--storage", "tank", out="conserving")

    def test_resumed_from_any_block(self):
        """The state of the stores is in the record: the manifest is set back, the rest is done again to the same bytes."""
        self.plan(1000)
        self.good()
        whole = self.bytes_of()
        with open(self.path("out/manifest.json"), encoding="utf-8") as file:
            manifest = file.read()
        for done in (0, 1, 7, 10):
            self.write("out/manifest.json", manifest.replace('"done": 11}', f'"done": {done}}}'))
            with open(self.path("out/bus_intensity.npy"), "r+b") as file:
                file.seek(128 + 96 * done * 8)
                file.write(b"\0" * (1000 - 96 * done) * 8)
            with open(self.path("out/series.sums"), "r+b") as file:
                file.truncate(os.path.getsize(self.path("out/series.sums")) // 11 * done)
            self.good()
            self.same_bytes(whole, self.bytes_of())

    def test_slices_are_refused(self):
        self.plan(200)
        self.assertIn("couples", self.refused(1, "series-slice", "--rows", "0:96"))
        self.good("--rows", "0:200")

    def test_a_store_that_is_asked_for_too_much(self):
        store = [[0.0, 0.0] for _ in range(250)]
        store[120] = [0.0, 5.0]
        self.plan(250, storage_p=store)
        text = self.refused(5, "not-certified")
        self.assertIn("1 of 250 periods are not certified", text)
        self.assertIn("the first is 120: ", text)
        document = self.summary()
        self.assertEqual(document["info"]["first_failure_code"], "store-empty")
        self.assertIn("t", document["info"]["first_failure"])
        self.assertIsNone(document["certificate"]["horizon"])

    def test_a_store_that_states_no_intensity(self):
        """Needed where energy is held at the start, and under static; the message says what is missing, not that NaN is."""
        self.plan(5)
        self.write("stores.yaml", STORES.replace("energy: 10, intensity: 0.5", "energy: 10"))
        for options in ([], ["--storage", "tank"], ["--storage", "static"]):
            text = self.refused(1, "missing-field", *options)
            self.assertIn("store s states no intensity", text)
            self.assertIn("State intensity", text)
        self.good("--storage", "load", "--overwrite")
        self.write("stores.yaml", STORES.replace("energy: 10, intensity: 0.5", "energy: 0"))
        self.plan(5, storage_p=[[-1.0, 0.0]] * 5)
        self.good("--overwrite", "--balance-tol", "50")

    def test_a_failed_period_leaves_unknown_what_it_charged(self):
        loads = [[100.0]] * 250
        loads[30] = [math.nan]
        store = [[-4.0 if t == 30 else 2.0 if t == 150 else 0.0, 0.0] for t in range(250)]
        self.plan(250, load_p=loads, storage_p=store)
        self.refused(5, "not-certified")
        status = load(self.path("out/period_status.npy"))
        self.assertEqual([t for t, s in enumerate(status) if s], [30, 150])


class Slices(Series):
    def setUp(self):
        super().setUp()
        self.profiles(500)
        self.settings = ["--start", "2016-01-31T00:00:00Z", "--keep", "all"]
        self.good(*self.settings, out="whole")

    def slice(self, rows, out, *options):
        self.good("--rows", rows, *self.settings, *options, out=out)

    def merge(self, *folders, out="merged", options=()):
        return run("series", "--merge", *map(self.path, folders), "-o", self.path(out), *options)

    def not_merged(self, word, *folders, code=1, diagnostic="series-slice", **more):
        done = self.merge(*folders, **more)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, code, text)
        self.assertIn(f"error[{diagnostic}]", text)
        self.assertIn(word, text)

    def test_merged_slices_are_the_bytes_of_one_run(self):
        self.slice("192:288", "b", "--threads", "2")
        self.slice("0:192", "a", "--threads", "1")
        self.slice("288:500", "c")
        self.assertEqual(len(load(self.path("b/bus_intensity.npy"))), 96)
        self.assertEqual((self.summary("b")["info"]["first"], self.summary("b")["info"]["end"]), (192, 288))
        done = self.merge("b", "c", "a")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("merged"))
        self.assertEqual(self.merge("a", "b", "c").returncode, 0)  # again
        before = os.stat(self.path("merged/bus_intensity.npy")).st_mtime_ns
        self.assertEqual(self.series(*self.settings, out="merged").returncode, 0)  # it is that run
        self.assertEqual(os.stat(self.path("merged/bus_intensity.npy")).st_mtime_ns, before)

    def test_two_processes_at_once(self):
        processes = [subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path(out), "--rows", rows,
                                       *self.settings]) for out, rows in (("a", "0:288"), ("b", "288:500"))]
        self.assertEqual([process.wait() for process in processes], [0, 0])
        self.assertEqual(self.merge("a", "b").returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("merged"))

    def test_failed_periods_are_merged_too(self):
        rows = scaled(LOADS, 500)
        rows[299][1] = math.nan
        npy(self.path("in/load_p.npy"), rows)
        self.refused(5, "not-certified", *self.settings, "--overwrite", out="whole")
        self.slice("0:192", "a")
        self.refused(5, "not-certified", "--rows", "192:500", *self.settings, out="b")
        self.assertEqual(self.merge("a", "b").returncode, 5)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("merged"))

    def test_slices_that_do_not_fit(self):
        self.slice("0:192", "a")
        self.slice("96:288", "overlap")
        self.slice("288:500", "c")
        self.not_merged("begins at period 288, expected 192", "a", "c")
        self.not_merged("begins at period 96, expected 192", "a", "overlap", "c")
        self.not_merged("a slice is missing", "a")
        self.not_merged("begins at period 288", "c")
        self.not_merged("begins at period 0, expected 192", "a", "a")
        self.good("--rows", "192:500", "--start", "2016-01-31T00:00:00Z", "--keep", "none", out="other")
        self.not_merged("keep", "a", "other")
        self.not_merged("not a folder of results", "a", "in")
        self.not_merged("not a folder of results", "a", "nowhere")
        self.assertFalse(os.path.exists(self.path("merged")))

    def test_copies_of_the_inputs_may_be_of_another_time(self):
        self.slice("0:192", "a")
        os.utime(self.path("in/gen_p.npy"), (5, 5))
        self.slice("192:500", "b")
        self.assertEqual(self.merge("a", "b").returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("merged"))

    def test_merge_takes_no_settings(self):
        self.slice("0:500", "a")
        self.not_merged("--hours is not for it", "a", options=["--hours", "1"], code=2, diagnostic="usage")
        self.assertEqual(run("series", "--merge", "-o", self.path("x")).returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
