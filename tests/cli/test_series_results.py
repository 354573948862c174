#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series: every period is compared with cef trace of it."""
import math
import os
import subprocess
import unittest

from command import CEF
from series import FLOWS_FROM, FLOWS_TO, GRID, LOADS, RESULTS, SHUNTS, Series, factor, load, npy, scaled


class Results(Series):
    def test_every_period_is_what_trace_gives(self):
        """Within 1e-12 (loops of a block share one elimination); a period outside loops has the same bits."""
        periods = 120
        self.profiles(periods)
        self.good("--keep", "all", "--threads", "2", "--balance-tol", "50")
        rows = {name: load(self.path(f"out/{name}.npy")) for name in RESULTS + ["shunt_carbon", "gen_carbon",
                "bus_throughput", "branch_carbon_from", "branch_carbon_to"]}
        for t in (0, 1, 95, 96, 119):
            s = factor(t)
            text = GRID
            for name, values in (("p_from", FLOWS_FROM), ("p_to", FLOWS_TO)):
                for value in values:
                    text = text.replace(f"{name}: {value}", f"{name}: {value * s!r}")
            for element, p in (("g1, bus: 1", 80), ("g2, bus: 2", 40), ("l1, bus: 1", 40), ("l2, bus: 2", 24),
                               ("l3, bus: 3", 9), ("l4, bus: 4", 30), ("sh, bus: 2", 5)):
                text = text.replace(f"{element}, p: {p}", f"{element}, p: {p * s!r}")
            single = self.trace(text, "--powerflow", "given", "--balance-tol", "50")
            self.near(rows["bus_intensity"][t], single["bus"]["intensity"])
            self.near(rows["bus_throughput"][t], single["bus"]["throughput"])
            for key in ("carbon_from", "carbon_to", "carbon_loss"):
                self.near(rows[f"branch_{key}"][t], single["branch"][key])
            kinds = single["load"]["kind"]
            self.near(rows["load_carbon"][t], [c for c, k in zip(single["load"]["carbon"], kinds) if k == "load"])
            self.near(rows["shunt_carbon"][t], [c for c, k in zip(single["load"]["carbon"], kinds) if k == "shunt"])
            self.near(rows["gen_carbon"][t], single["gen"]["carbon"][:3])
        self.assertEqual(rows["period_status"], [0] * periods)

    def near(self, got, wanted):
        self.assertEqual(len(got), len(wanted))
        for g, w in zip(got, wanted):
            if w is None:
                self.assertTrue(math.isnan(g))
            else:
                self.assertLessEqual(abs(g - w), 1e-12 * max(1.0, abs(w)), f"{got} {wanted}")

    def test_sums_are_those_of_the_arrays(self):
        periods, hours = 200, 0.25
        self.profiles(periods)
        document = self.good("--keep", "all", "--balance-tol", "50")
        rows = {name: load(self.path(f"out/{name}.npy")) for name in ("bus_intensity", "bus_throughput", "load_carbon",
                "shunt_carbon", "gen_carbon", "branch_carbon_loss")}
        def total(name, k):
            return math.fsum(row[k] for row in rows[name]) * hours
        for bus in range(4):
            energy = total("bus_throughput", bus)
            emissions = math.fsum(x[bus] * p[bus] for x, p in zip(rows["bus_intensity"], rows["bus_throughput"])) * hours
            self.close([document["bus"]["energy"][bus], document["bus"]["emissions"][bus],
                        document["bus"]["intensity"][bus]], [energy, emissions, emissions / energy])
        weight = math.fsum(factor(t) for t in range(periods)) * hours
        self.close(document["load"]["energy"][:5], [p * weight for p in LOADS + SHUNTS])
        self.close(document["load"]["emissions"][:4], [total("load_carbon", k) for k in range(4)])
        self.close(document["gen"]["emissions"][:2], [total("gen_carbon", k) for k in range(2)])
        self.assertEqual(document["load"]["kind"], ["load"] * 4 + ["shunt", "export", "load"])
        self.assertEqual(document["owner"]["id"], ["mill", "town"])
        self.close(document["owner"]["emissions"], [total("load_carbon", 0) + total("load_carbon", 2), total("load_carbon", 1)])
        self.close(document["owner"]["energy"], [49 * weight, 24 * weight])
        zone = document["zone"]
        self.assertEqual(zone["id"], ["north", "south"])
        self.close(zone["load_emissions"], [total("load_carbon", 0) + total("load_carbon", 1) + total("shunt_carbon", 0),
                                            total("load_carbon", 2) + total("load_carbon", 3)])
        self.close(zone["generation_energy"], [120 * weight, 5 * hours * periods])  # pv injects
        self.close(zone["export_energy"], [0, 14 * hours * periods])
        totals = document["totals"]
        self.close([sum(zone["load_emissions"]), sum(zone["generation_emissions"]), sum(zone["export_emissions"])],
                   [totals["load"], totals["generation"], totals["export"]])
        self.close([totals["loss"]], [math.fsum(map(math.fsum, rows["branch_carbon_loss"])) * hours])
        self.close([totals["load"] + totals["loss"] + totals["export"] + totals["storage"] + totals["mismatch"]],
                   [totals["generation"]])

    def test_hours_and_months(self):
        """40 days from the last day of January, 6 hours each: four hours of the day, three months, 2016 is a leap year."""
        self.profiles(160)
        document = self.good("--hours", "6", "--start", "2016-01-31T02:00:00+02:00", "--balance-tol", "50")
        self.assertEqual(document["info"]["start"], "2016-01-31T00:00:00Z")
        self.assertEqual(document["month"]["id"], ["2016-01", "2016-02", "2016-03"])
        by_month, by_hour = [0.0] * 3, [0.0] * 24
        for t in range(160):
            energy = (108 * factor(t)) * 6  # with the shunt
            by_hour[t % 4 * 6] += energy
            by_month[0 if t < 4 else 1 if t < 4 * 30 else 2] += energy
        self.close(document["month"]["load_energy"], by_month)
        self.close(document["hour"]["load_energy"], by_hour)
        for table in ("hour", "month"):
            self.close([math.fsum(document[table]["load_emissions"]), math.fsum(document[table]["generation_emissions"])],
                       [document["totals"]["load"], document["totals"]["generation"]])
        self.assertIsNone(document["hour"]["load_intensity"][1])
        self.assertNotIn("hour", self.good("--balance-tol", "50", out="other"))

    def test_start_is_a_time_with_its_offset(self):
        self.profiles(4)
        for text in ("2016-01-01", "2016-01-01T00:00:00", "2016-02-30T00:00:00Z", "2015-02-29T00:00:00Z",
                     "2016-01-01T24:00:00Z", "2016-01-01T00:00:00.5Z", "2016-01-01T00:00:00.Z", "2016-01-01T00:00:00+1:00",
                     "2016-01-01T00:00:00Zx", "yesterday", "2016-13-01T00:00:00Z"):
            self.refused(2, "usage", f"--start={text}")
        for text in ("2016-02-29T23:59:59Z", "2016-01-01t00:00:00z", "2016-01-01T00:00:00.000-11:30"):
            self.good(f"--start={text}", "--overwrite", "--balance-tol", "50")

    def test_threads_do_not_matter(self):
        self.profiles(700)
        self.good("--threads", "1", "--keep", "all", out="one")
        for threads in ("2", "3", "7"):
            self.good("--threads", threads, "--keep", "all", out=f"t{threads}")
            self.same_bytes(self.bytes_of("one"), self.bytes_of(f"t{threads}"))

    def test_nan_rows_mark_their_periods_and_the_others_go_on(self):
        self.profiles(250)
        self.good(out="whole")
        rows = scaled(LOADS, 250)
        rows[3][1] = rows[200][0] = math.nan
        npy(self.path("in/load_p.npy"), rows)
        text = self.refused(5, "not-certified", "--threads", "2")
        self.assertIn("2 of 250 periods are not certified", text)
        self.assertIn("the first is 3: ", text)
        status = load(self.path("out/period_status.npy"))
        self.assertEqual([t for t, s in enumerate(status) if s], [3, 200])
        self.assertEqual(status[3], -21)  # CEF_ERR_SNAPSHOT
        for name in RESULTS[:3]:
            whole, other = load(self.path(f"whole/{name}.npy")), load(self.path(f"out/{name}.npy"))
            for t in range(250):
                if t in (3, 200):
                    self.assertTrue(all(map(math.isnan, other[t])))
                else:
                    self.near(other[t], whole[t])
        document = self.summary()
        self.assertEqual((document["info"]["n_failed"], document["info"]["first_failed"], document["info"]["n_solved"]),
                         (2, 3, 248))
        self.assertIs(document["certificate"]["certified"], False)
        self.assertIn("l2", document["info"]["first_failure"])
        self.assertEqual(document["info"]["first_failure_code"], "not-finite")
        self.assertLess(document["totals"]["load_energy"], self.summary("whole")["totals"]["load_energy"])
        self.refused(5, "not-certified")  # again, from what is there

    def test_all_failed(self):
        self.profiles(3, branch_p_from=[[math.nan] * 4] * 3)
        self.refused(5, "not-certified")
        self.assertIsNone(self.summary()["certificate"]["error_bound"])

    def test_what_is_kept(self):
        self.profiles(100)
        standard = self.good("--balance-tol", "50", out="standard")
        self.assertEqual(sorted(self.bytes_of("standard")), sorted(f"{n}.npy" for n in RESULTS) + ["summary.json"])
        none = self.good("--balance-tol", "50", "--keep", "none", out="none")
        self.assertEqual(sorted(self.bytes_of("none")), ["period_status.npy", "summary.json"])
        self.assertEqual(none, standard)
        self.good("--keep", "gen_carbon,bus_throughput", out="two")
        self.assertEqual(sorted(self.bytes_of("two")), ["bus_throughput.npy", "gen_carbon.npy", "period_status.npy",
                                                        "summary.json"])
        for keep in ("gen", "bus_intensity;gen_carbon", "all,x", "bus_intensity,", ",all", "none,all", "all,none"):
            self.assertIn("--keep cannot be", self.refused(2, "usage", "--keep", keep, out="x"))
        self.assertFalse(os.path.exists(self.path("x")))

    def test_stores_as_the_case_states_them(self):
        text = GRID + "storage: [{id: s, bus: 2, p: 4, intensity: 0.5}, {id: t, bus: 3, p: -3}]\n"
        self.case = self.write("store.yaml", text)
        self.profiles(100)
        self.good("--balance-tol", "50")
        carbon, x = load(self.path("out/storage_carbon.npy")), load(self.path("out/bus_intensity.npy"))
        for t in range(100):
            self.near(carbon[t], [2.0, -3 * x[t][2]])

    def test_memory_does_not_grow_with_the_periods(self):
        """Peak memory of one block and of a year of quarters of an hour."""
        self.profiles(35040)
        def peak(out, *options):
            process = subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path(out),
                                        "--threads", "1", *options])
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            return usage.ru_maxrss
        day, year = peak("day", "--rows", "0:96"), peak("year")
        self.assertLess(year, day + 512, f"{day} KiB, {year} KiB")

    def test_losses_consumer_one_by_one(self):
        self.profiles(130)
        document = self.good("--loss", "consumer", "--balance-tol", "50", "--threads", "2")
        self.assertEqual(document["settings"]["loss"], "consumer")
        self.assertEqual(document["totals"]["loss"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
