#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series: many periods into a folder. Every period is compared with cef trace of it; what is resumed, sliced or solved by
other numbers of threads is compared byte by byte.
"""
import array
import contextlib
import json
import math
import os
import pty
import random
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import test_cli
from test_cli import CEF, run

# Two zones, two owners, a shunt, an export, a negative load and a store; a ring 1 -> 2 -> 3 -> 1 carries a loop of flow.
GRID = """libcef: 1
name: small
buses: [{id: 1, zone: north}, {id: 2, zone: north}, {id: 3, zone: south}, {id: 4, zone: south}]
branches:
  - {id: a, from: 1, to: 2, p_from: 50, p_to: -49}
  - {id: b, from: 2, to: 3, p_from: 60, p_to: -59}
  - {id: c, from: 3, to: 1, p_from: 10, p_to: -10}
  - {id: d, from: 3, to: 4, p_from: 40, p_to: -39}
generators: [{id: g1, bus: 1, p: 80, intensity: 0.9}, {id: g2, bus: 2, p: 40, intensity: 0.2}, {id: g3, bus: 4, p: 0}]
loads:
  - {id: l1, bus: 1, p: 40, owner: mill}
  - {id: l2, bus: 2, p: 24, owner: town}
  - {id: l3, bus: 3, p: 9, owner: mill}
  - {id: l4, bus: 4, p: 30}
  - {id: sh, bus: 2, p: 5, kind: shunt}
  - {id: ex, bus: 4, p: 14, kind: export}
  - {id: pv, bus: 4, p: -5, intensity: 0.05}
"""
FLOWS_FROM, FLOWS_TO = [50, 60, 10, 40], [-49, -59, -10, -39]
GENS, LOADS, SHUNTS = [80, 40, 0], [40, 24, 9, 30], [5]
RESULTS = ["bus_intensity", "branch_carbon_loss", "load_carbon", "period_status"]


def npy(path, rows, kind="d", version=1, **header):
    columns = len(rows[0]) if rows and isinstance(rows[0], (list, tuple)) else None
    shape = f"({len(rows)}, {columns})" if columns is not None else f"({len(rows)},)"
    values = {"descr": {"d": "'<f8'", "f": "'<f4'"}[kind], "fortran_order": "False", "shape": shape, **header}
    text = "{" + ", ".join(f"'{key}': {value}" for key, value in values.items()) + ", }"
    prefix = 10 if version == 1 else 12
    text += " " * (-(len(text) + prefix + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text.encode())
        for row in rows:
            array.array(kind, row if columns is not None else [row]).tofile(file)


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    header = eval(data[10:start])  # our own file
    values = array.array({"<f8": "d", "<i4": "i"}[header["descr"]], data[start:]).tolist()
    if len(header["shape"]) == 1:
        return values
    rows, columns = header["shape"]
    assert len(values) == rows * columns
    return [values[k * columns:(k + 1) * columns] for k in range(rows)]


def factor(t):
    return round(1 + 0.4 * math.sin(t / 7.0), 6) + random.Random(t).random() / 8


def scaled(values, periods):
    return [[value * factor(t) for value in values] for t in range(periods)]


class Series(test_cli.Command):
    def profiles(self, periods, folder="in", **others):
        os.makedirs(self.path(folder), exist_ok=True)
        rows = {"branch_p_from": FLOWS_FROM, "branch_p_to": FLOWS_TO, "gen_p": GENS, "load_p": LOADS, "shunt_p": SHUNTS}
        for name, values in rows.items():
            npy(self.path(f"{folder}/{name}.npy"), others.get(name) or scaled(values, periods))

    def setUp(self):
        super().setUp()
        # The export and the negative load have no profile: they are scaled by a case that leaves them out.
        self.case = self.write("grid.yaml", GRID)

    def series(self, *options, out="out", profiles="in", **more):
        return run("series", self.case, "--profiles", self.path(profiles), "-o", self.path(out), *options, **more)

    def good(self, *options, **more):
        done = self.series(*options, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return self.summary(more.get("out", "out"))

    def summary(self, out="out"):
        with open(self.path(f"{out}/summary.json"), encoding="utf-8") as file:
            return json.load(file)

    def refused(self, code, diagnostic, *options, **more):
        done = self.series(*options, **more)
        text = done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, code, text)
        self.assertIn(f"cef: error[{diagnostic}]: ", text)
        self.assertIn("  hint: run 'cef ", text)
        return text

    def bytes_of(self, out="out", names=None):
        found = {}
        for name in sorted(names or [n for n in os.listdir(self.path(out)) if n.endswith(".npy") or n == "summary.json"]):
            with open(self.path(f"{out}/{name}"), "rb") as file:
                found[name] = file.read()
        return found

    def same_bytes(self, one, other):
        self.assertEqual(sorted(one), sorted(other))
        for name, data in one.items():
            self.assertTrue(data == other[name], f"{name} differs")


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
        for keep in ("gen", "bus_intensity;gen_carbon", "all,x"):
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


class Inputs(Series):
    def test_floats(self):
        """What floats hold exactly gives the bits of doubles."""
        exact = [[value * (1 + t % 8 / 8) for value in FLOWS_FROM] for t in range(200)]
        self.profiles(200, branch_p_from=exact)
        self.good(out="double")
        npy(self.path("in/branch_p_from.npy"), exact, kind="f")
        self.good(out="float")
        self.same_bytes(self.bytes_of("double"), self.bytes_of("float"))

    def test_header_versions(self):
        self.profiles(10)
        self.good(out="one")
        for version in (2, 3):
            npy(self.path("in/gen_p.npy"), scaled(GENS, 10), version=version)
            self.good(out=f"v{version}")
            self.same_bytes(self.bytes_of("one"), self.bytes_of(f"v{version}"))

    def csv(self, name, head, rows):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path(f"in/{name}.npy"))
        with open(self.path(f"in/{name}.csv"), "w", encoding="utf-8") as file:
            file.write(head + "\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows))

    def test_csv(self):
        self.profiles(100)
        self.good(out="npy")
        self.csv("load_p", "l1,l2,\"l3\",l4", scaled(LOADS, 100))
        self.csv("branch_p_from", "a,b,c,d\r", scaled(FLOWS_FROM, 100))
        self.csv("shunt_p", "sh", scaled(SHUNTS, 100))
        self.good(out="csv")
        self.same_bytes(self.bytes_of("npy"), self.bytes_of("csv"))

    def test_csv_that_is_wrong(self):
        self.profiles(2)
        rows = scaled(LOADS, 2)
        for head, lines, code, word in (("l1,l2,l4,l3", rows, "unknown-field", "'l4'"), ("l1,l2,l3", rows, "row-length", ":2"),
                                        ("l1,l2,l3,l4", [rows[0], rows[1][:3]], "row-length", ":3"),
                                        ("l1,l2,l3,l4", rows + rows, "row-length", "4 periods"),
                                        ("l1,l2,l3,\"l4", rows, "syntax", "quote"), ("", [], "row-length", "columns"),
                                        ("l1,l2,l3,l4", [[1, 2, 3, "x"]], "bad-number", ":2")):
            self.csv("load_p", head, lines)
            self.assertIn(word, self.refused(1, code))
            self.assertFalse(os.path.exists(self.path("out")))
        self.csv("load_p", "l1,l2,l3,l4", rows)
        npy(self.path("in/load_p.npy"), rows)
        self.refused(1, "duplicate-field")

    def test_csv_without_a_value(self):
        self.profiles(2)
        for cell in ("", "nan", "NaN", "null"):
            os.path.exists(self.path("in/load_p.npy")) and os.remove(self.path("in/load_p.npy"))
            self.write("in/load_p.csv", f"l1,l2,l3,l4\n40,24,9,30\n40,{cell},9,30\n")
            self.refused(5, "not-certified", "--overwrite")
            self.assertEqual(load(self.path("out/period_status.npy")), [0, -21])

    def test_profiles_that_are_wrong(self):
        self.profiles(4)
        good = scaled(GENS, 4)
        for header in ({"descr": "'>f8'"}, {"descr": "'<i8'"}, {"descr": "'<i4'"}, {"fortran_order": "True"}, {"descr": "[]"},
                       {"shape": "(4, 4)"}, {"shape": "(12,)"}, {"shape": "(2, 2, 3)"}, {"shape": "(-4, 3)"},
                       {"shape": "(99999999999999999999, 3)"}, {"shape": "(4611686018427387905, 3)"}, {"more": "1"}):
            npy(self.path("in/gen_p.npy"), good, **header)
            self.assertIn("gen_p", self.refused(1, "syntax"))
            self.assertFalse(os.path.exists(self.path("out")))
        npy(self.path("in/gen_p.npy"), good)
        with open(self.path("in/gen_p.npy"), "rb") as file:
            whole = file.read()
        for data in (whole[:-8], whole[:-1], whole + b"\0", whole[:100], whole[:9], b"", b"\x93NUMPY\x01\x00\xff\xff" + whole[10:],
                     b"\x93NUMPY\x04\x00" + whole[8:], b"x" * 200, whole[:127] + b"x" + whole[128:]):
            with open(self.path("in/gen_p.npy"), "wb") as file:
                file.write(data)
            self.refused(1, "syntax")
        npy(self.path("in/gen_p.npy"), scaled(GENS[:2], 4))
        self.assertIn("2 columns", self.refused(1, "row-length"))
        npy(self.path("in/gen_p.npy"), scaled(GENS, 3))
        self.assertIn("3 periods", self.refused(1, "row-length"))
        npy(self.path("in/gen_p.npy"), good)
        os.remove(self.path("in/branch_p_from.npy"))
        self.assertIn("branch_p_from", self.refused(1, "missing-field"))
        self.assertFalse(os.path.exists(self.path("out")))

    def test_without_the_other_end_there_are_no_losses(self):
        self.profiles(4)
        os.remove(self.path("in/branch_p_to.npy"))
        self.assertAlmostEqual(self.good("--balance-tol", "50")["totals"]["loss"], 0, 12)

    def test_intensities_of_their_own(self):
        self.profiles(200)
        self.good(out="case")
        npy(self.path("in/gen_intensity.npy"), [0.9, 0.2, 0.0])
        self.good(out="fixed")
        npy(self.path("in/gen_intensity.npy"), [[0.9, 0.2, 0.0]] * 200)
        self.good(out="rows")
        for name in RESULTS:
            self.same_bytes(self.bytes_of("case", [f"{name}.npy"]), self.bytes_of("fixed", [f"{name}.npy"]))
            self.same_bytes(self.bytes_of("case", [f"{name}.npy"]), self.bytes_of("rows", [f"{name}.npy"]))
        npy(self.path("in/gen_intensity.npy"), [[0.9 * t, 0.2, 0.0] for t in range(200)])
        self.good(out="moving")
        self.assertNotEqual(load(self.path("moving/bus_intensity.npy"))[0], load(self.path("case/bus_intensity.npy"))[0])

    def test_unit_that_comes_to_run_needs_a_factor(self):
        rows = scaled(GENS, 300)
        rows[290][2] = 7.0
        self.profiles(300, gen_p=rows)
        text = self.refused(1, "missing-factor", "--balance-tol", "50")
        self.assertIn("generator g3 runs in period 290 (7 MW)", text)
        self.good("--missing-factor", "0.4", "--balance-tol", "50", "--overwrite", "--keep", "gen_carbon")
        self.assertEqual(load(self.path("out/gen_carbon.npy"))[290][2], 7.0 * 0.4)

    def test_loads_as_all_rows(self):
        rows = [LOADS + SHUNTS + [14, -5]] * 3
        self.profiles(3, load_p=rows, branch_p_from=[FLOWS_FROM] * 3, branch_p_to=[FLOWS_TO] * 3, gen_p=[GENS] * 3)
        os.remove(self.path("in/shunt_p.npy"))
        self.assertEqual(self.good()["load"]["energy"], [0.75 * p for p in rows[0]])

    def test_profiles_of_a_power_flow(self):
        """cef powerflow --profiles makes what cef series takes."""
        self.case = self.write("u.yaml", test_cli.UNSOLVED)
        os.makedirs(self.path("in"))
        npy(self.path("in/load_p.npy"), [[50 + t % 60, 7] for t in range(150)])
        self.assertEqual(run("powerflow", self.case, "--dc", "--profiles", self.path("in"), "-o", self.path("flows")).returncode, 0)
        document = self.good(profiles="flows")
        self.assertEqual(document["info"]["n_failed"], 0)
        self.assertLess(document["certificate"]["balance_mw"], 1e-6)


class Usage(Series):
    def test_usage(self):
        self.profiles(100)
        self.assertIn("--output is missing", test_cli.run("series", self.case, "--profiles", self.path("in")).stderr.decode())
        self.assertIn("--profiles is missing", test_cli.run("series", self.case, "-o", self.path("out")).stderr.decode())
        self.assertEqual(run("series", "-o", "x", "--profiles", "y").returncode, 2)
        for options in (["--hours", "0"], ["--hours", "-1"], ["--hours", "9000"], ["--threads", "0"], ["--threads", "257"],
                        ["--strict", "--mismatch-intensity", "1"], ["another"], ["--rows", "1:100"], ["--rows", "0:50"],
                        ["--rows", "96:96"], ["--rows", "0:192"], ["--rows", "x"], ["--rows", "0:96x"], ["--rows", "-96:96"],
                        ["--merge"], ["--format", "json"]):
            self.refused(2, "usage", *options)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_codes_are_explained(self):
        for code in ("series-changed", "series-locked", "series-damaged", "series-slice", "file-changed"):
            self.ok("explain", code)


def one_loop(n):
    """A grid of one loop: a ring and chords, balanced at every bus; elimination inside it is what takes time."""
    dice = random.Random(n)
    arcs = [(k, (k + 1) % n, 100.0) for k in range(n)] + [(k, (k + dice.randrange(2, n - 1)) % n, 40.0) for k in range(2 * n)
                                                          if k % n == k or k % 2]
    arcs = [(i % n, j, p) for i, j, p in arcs]
    surplus = [0.0] * n
    for i, j, p in arcs:
        surplus[i] += p
        surplus[j] -= p
    gens = [(k, s + 10) for k, s in enumerate(surplus) if s >= 0]
    loads = [(k, 10.0 if s >= 0 else -s) for k, s in enumerate(surplus)]
    lines = ["libcef: 1", "buses: [" + ", ".join(f"{{id: {k}}}" for k in range(n)) + "]", "branches:"]
    lines += [f"  - {{from: {i}, to: {j}, p_from: {p}}}" for i, j, p in arcs] + ["generators:"]
    lines += [f"  - {{id: {k}, bus: {k}, p: {p}, intensity: {k % 7 / 8}}}" for k, p in gens] + ["loads:"]
    lines += [f"  - {{id: {k}, bus: {k}, p: {p}}}" for k, p in loads]
    return "\n".join(lines) + "\n", [p for *_, p in arcs], [p for _, p in gens], [p for _, p in loads]


class Long(Series):
    """A loop of 120 buses, solved one by one: long enough to be ended half-way."""
    BUSES, PERIODS = 120, 2880
    OPTIONS = ["--loss", "half", "--threads", "1"]

    @classmethod
    def setUpClass(cls):
        cls.store = tempfile.mkdtemp(prefix="cef-series-")
        cls.addClassCleanup(shutil.rmtree, cls.store, ignore_errors=True)
        case = os.path.join(cls.store, "grid.yaml")
        text, flows, gens, loads = one_loop(cls.BUSES)
        with open(case, "w", encoding="utf-8") as file:
            file.write(text)
        os.makedirs(os.path.join(cls.store, "in"))
        for name, values in (("branch_p_from", flows), ("gen_p", gens), ("load_p", loads)):
            npy(os.path.join(cls.store, "in", f"{name}.npy"), scaled(values, cls.PERIODS))
        done = run("series", case, "--profiles", os.path.join(cls.store, "in"), "-o", os.path.join(cls.store, "whole"),
                   *cls.OPTIONS)
        assert done.returncode == 0, done.stderr

    def setUp(self):
        super().setUp()
        self.case = os.path.join(self.store, "grid.yaml")
        os.symlink(os.path.join(self.store, "in"), self.path("in"))
        os.symlink(os.path.join(self.store, "whole"), self.path("whole"))

    def start(self, *options, out="out", **more):
        return subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path(out), *self.OPTIONS,
                                 *options], stderr=subprocess.PIPE, **more)

    def done_blocks(self, out="out"):
        try:
            with open(self.path(f"{out}/manifest.json"), encoding="utf-8") as file:
                return json.load(file)["done"]
        except FileNotFoundError:
            return 0

    def wait_for_blocks(self, process, least, out="out"):
        """Until a commit says so; ends with the process. Commits are 0.2 s apart and the whole run may be shorter than
        that: it runs in bursts, and stands still in between."""
        burst = 0.008
        while process.poll() is None and self.done_blocks(out) < least:
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.21)
            process.send_signal(signal.SIGCONT)
            time.sleep(burst)
            burst *= 1.5  # a build with sanitizers takes longer to begin

    def start_and_hold(self, least, out="out"):
        """A run that is stopped (SIGSTOP) after its first commits and before its end, however slow this machine is."""
        for _ in range(30):
            process = self.start(out=out)
            self.wait_for_blocks(process, least, out)
            process.send_signal(signal.SIGSTOP)
            if process.poll() is None and self.done_blocks(out) < self.PERIODS // 96 // 2:
                return process
            self.end(process, signal.SIGKILL)
            shutil.rmtree(self.path(out))
        self.fail("the run was never seen half-way")

    def end(self, process, number):
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        text = process.communicate()[1].decode()
        return process.returncode, text

    def test_killed_at_any_moment_and_resumed_to_the_same_bytes(self):
        dice, killed = random.Random(20161231), 0
        for attempt in range(40):
            process = self.start()
            before = self.done_blocks()
            if attempt % 2 == 0:
                self.wait_for_blocks(process, before + 1)
            time.sleep(dice.random() * 0.15)
            code, text = self.end(process, signal.SIGKILL)
            self.assertIn(code, (0, -signal.SIGKILL), text)
            self.assertGreaterEqual(self.done_blocks(), before)
            if code == 0:
                break
            killed += 1
            self.assertFalse(os.path.exists(self.path("out/summary.json")))
        self.assertGreaterEqual(killed, 2)
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_a_finished_block_is_not_done_again(self):
        """What stands in the arrays of finished blocks stays: a mark put there survives the resumed run."""
        process = self.start_and_hold(2)
        self.end(process, signal.SIGKILL)
        done = self.done_blocks()
        self.assertGreater(done, 0)
        self.assertLess(done, self.PERIODS // 96)
        with open(self.path("out/bus_intensity.npy.part"), "r+b") as file:
            file.seek(128 + (96 * done - 1) * self.BUSES * 8)
            file.write(struct.pack("<d", 12345.0))
            file.seek(128 + 96 * done * self.BUSES * 8)
            file.write(struct.pack("<d", 12345.0))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        rows, whole = load(self.path("out/bus_intensity.npy")), load(self.path("whole/bus_intensity.npy"))
        self.assertEqual(rows[96 * done - 1][0], 12345.0)
        self.assertEqual(rows[96 * done][0], whole[96 * done][0])

    def test_signals_end_it_between_blocks(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            out = f"out{int(number)}"
            process = self.start_and_hold(1, out)
            code, text = self.end(process, number)
            self.assertEqual(code, 128 + number, text)
            self.assertRegex(text, r"interrupted: \d+ of 30 blocks of 96 periods are finished; the same command goes on")
            done = self.done_blocks(out)
            self.assertIn(f" {done} of 30", text)
            self.assertFalse(os.path.exists(self.path(f"{out}/summary.json")))
            self.assertEqual(self.series(*self.OPTIONS, out=out).returncode, 0)
            self.same_bytes(self.bytes_of("whole"), self.bytes_of(out))

    def test_other_threads_may_go_on(self):
        process = self.start_and_hold(1)
        self.end(process, signal.SIGKILL)
        self.assertEqual(self.series("--loss", "half", "--threads", "3").returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_a_finished_run_is_left_as_it_is(self):
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        before = os.stat(self.path("out/bus_intensity.npy"))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        after = os.stat(self.path("out/bus_intensity.npy"))
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        os.remove(self.path("out/summary.json"))  # killed while it was named
        os.rename(self.path("out/load_carbon.npy"), self.path("out/load_carbon.npy.part"))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_two_at_once_are_refused(self):
        process = self.start_and_hold(1)
        self.refused(3, "series-locked", *self.OPTIONS)
        self.refused(3, "series-locked", *self.OPTIONS, "--overwrite")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def copy_inputs(self):
        os.remove(self.path("in"))
        shutil.copytree(os.path.join(self.store, "in"), self.path("in"))

    def test_cut_short_while_it_is_read(self):
        self.copy_inputs()
        process = self.start_and_hold(1)
        os.truncate(self.path("in/load_p.npy"), 5000)
        process.send_signal(signal.SIGCONT)
        text = process.communicate()[1].decode()
        self.assertEqual(process.returncode, 3, text)
        self.assertIn("error[file-changed]", text)
        self.assertFalse(os.path.exists(self.path("out/summary.json")))

    def test_written_while_it_is_read(self):
        self.copy_inputs()
        process = self.start_and_hold(1)
        with open(self.path("in/load_p.npy"), "r+b") as file:
            file.seek(5000)
            file.write(b"12345678")
        process.send_signal(signal.SIGCONT)
        text = process.communicate()[1].decode()
        self.assertEqual(process.returncode, 3, text)
        self.assertIn("error[file-changed]", text)
        self.refused(1, "series-changed", *self.OPTIONS)

    def test_progress_only_on_a_terminal(self):
        self.assertEqual(self.series(*self.OPTIONS, out="quiet").stderr, b"")
        leader, follower = pty.openpty()
        process = subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path("out"),
                                    *self.OPTIONS], stderr=follower, env={**os.environ, "NO_COLOR": "1"})
        os.close(follower)
        text = b""
        with contextlib.suppress(OSError):
            while True:
                piece = os.read(leader, 4096)
                if not piece:
                    break
                text += piece
        os.close(leader)
        self.assertEqual(process.wait(), 0)
        self.assertIn(b"of 2880 periods, ", text)
        self.assertIn(b" a second, ", text)
        self.assertIn(b" s left", text)
        self.assertNotIn(b"\x1b[3", text)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))


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

    def test_a_failed_period_leaves_unknown_what_it_charged(self):
        loads = [[100.0]] * 250
        loads[30] = [math.nan]
        store = [[-4.0 if t == 30 else 2.0 if t == 150 else 0.0, 0.0] for t in range(250)]
        self.plan(250, load_p=loads, storage_p=store)
        self.refused(5, "not-certified")
        status = load(self.path("out/period_status.npy"))
        self.assertEqual([t for t, s in enumerate(status) if s], [30, 150])


class Refusals(Series):
    def test_other_inputs_or_settings(self):
        self.profiles(200)
        whole = self.good() and self.bytes_of()
        for options, word in ((["--loss", "half"], '"loss": "half"'), (["--hours", "1"], '"hours": 1'),
                              (["--start", "2016-01-01T00:00:00Z"], '"start"'), (["--keep", "none"], '"keep"'),
                              (["--missing-factor", "0.3"], "intensities"), (["--rows", "0:96"], '"rows": [0, 96]')):
            self.assertIn(word, self.refused(1, "series-changed", *options))
        self.write("grid.yaml", GRID.replace("intensity: 0.2", "intensity: 0.3"))
        self.refused(1, "series-changed")
        self.write("grid.yaml", GRID)
        os.utime(self.path("in/gen_p.npy"), (1, 1))
        self.assertIn("gen_p", self.refused(1, "series-changed"))
        npy(self.path("in/gen_p.npy"), scaled(GENS, 200), kind="f")
        self.refused(1, "series-changed")
        self.profiles(201)
        self.assertIn('"rows": [0, 201]', self.refused(1, "series-changed"))
        self.same_bytes(whole, self.bytes_of())
        self.good("--overwrite")
        self.assertEqual(len(load(self.path("out/period_status.npy"))), 201)

    def test_factors_count_by_their_content(self):
        self.profiles(100)
        factors = self.write("f.csv", "gen,bus,intensity\ng1,1,0.5\n")
        self.good("--factors", factors)
        self.write("f.csv", "gen,bus,intensity\ng1,1,0.6\n")
        self.assertIn("intensities", self.refused(1, "series-changed", "--factors", factors))

    def test_results_without_a_manifest(self):
        self.profiles(100)
        os.makedirs(self.path("out"))
        self.write("out/summary.json", "mine")
        self.write("out/notes.txt", "mine too")
        self.assertIn("no manifest", self.refused(1, "series-changed"))
        self.good("--overwrite")
        with open(self.path("out/notes.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine too")

    def test_damage_is_seen(self):
        self.profiles(300)
        def fresh():
            self.good("--overwrite")
        fresh()
        for name, change in (("series.sums", lambda p: os.truncate(p, 1000)), ("series.sums", self.flip),
                             ("bus_intensity.npy", os.remove), ("bus_intensity.npy", lambda p: os.truncate(p, 1000)),
                             ("load_carbon.npy", lambda p: self.flip(p, 20)), ("series.sums", os.remove)):
            change(self.path(f"out/{name}"))
            self.refused(3, "series-damaged")
            shutil.rmtree(self.path("out"))
            fresh()
        self.write("out/manifest.json", "{}")
        self.refused(1, "series-changed")
        with open(self.path("out/manifest.json"), "wb") as file:
            file.write(os.urandom(3000))
        self.refused(1, "series-changed")

    def flip(self, path, place=2000):
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)
            file.seek(place)
            file.write(bytes([byte[0] ^ 1]))

    def test_a_full_disk_by_limit(self):
        self.profiles(2000)
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.refused(3, "cannot-write", preexec_fn=limit)
        self.assertFalse(os.path.exists(self.path("out")))
        os.makedirs(self.path("out"))
        self.refused(3, "cannot-write", preexec_fn=limit)
        self.assertEqual([n for n in os.listdir(self.path("out")) if n != ".lock"], [])

    def test_a_full_disk(self):
        self.profiles(4000)
        os.makedirs(self.path("disk"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", self.path("disk")], check=False,
                                 stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            self.skipTest("a small file system cannot be mounted here")
        try:
            text = self.refused(3, "cannot-write", out="disk/out")
            self.assertIn("No space left", text)
            self.assertEqual(os.listdir(self.path("disk")), [])
        finally:
            subprocess.run(["umount", self.path("disk")], check=True)

    def test_a_folder_that_cannot_be(self):
        self.profiles(4)
        self.write("file", "")
        for out in ("file", "file/x", "no/such/folder"):
            self.refused(3, "cannot-write", out=out)


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
