#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series: profiles of every form, and what is refused."""
import contextlib
import os
import resource
import shutil
import subprocess
import unittest

from command import UNSOLVED, run
from series import FLOWS_FROM, FLOWS_TO, GENS, GRID, LOADS, RESULTS, SHUNTS, Series, load, npy, scaled


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

    def test_misspelled_profiles_are_named(self):
        """They are not read; without a word the losses, or the stores, would be left out."""
        self.profiles(2)
        for name, meant in (("branch_p_too.npy", "branch_p_to.npy"), ("Gen_p.csv", "gen_p.csv"), ("gen_intensities.npy", "gen_intensity.npy"),
                            ("loads_p.npy", "load_p.npy")):
            path = self.write("in/" + name, "")
            done = self.series("--overwrite")
            self.assertIn(f"in/{name} is no profile and is not read; did you mean {meant}?", done.stderr.decode())
            self.assertEqual(done.returncode, 0)
            os.remove(path)
        for name in ("load_q.npy", "bus_vm.npy", "period_status.npy", "loads.csv", "storage.csv", "gen_p.txt", "notes.csv"):
            self.write("in/" + name, "")
        self.assertEqual(self.series("--overwrite").stderr, b"")

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
        self.case = self.write("u.yaml", UNSOLVED)
        os.makedirs(self.path("in"))
        npy(self.path("in/load_p.npy"), [[50 + t % 60, 7] for t in range(150)])
        self.assertEqual(run("powerflow", self.case, "--dc", "--profiles", self.path("in"), "-o", self.path("flows")).returncode, 0)
        document = self.good(profiles="flows")
        self.assertEqual(document["info"]["n_failed"], 0)
        self.assertLess(document["certificate"]["balance_mw"], 1e-6)


class Usage(Series):
    def test_usage(self):
        self.profiles(100)
        self.assertIn("--output is missing", run("series", self.case, "--profiles", self.path("in")).stderr.decode())
        self.assertIn("--profiles is missing", run("series", self.case, "-o", self.path("out")).stderr.decode())
        self.assertEqual(run("series", "-o", "x", "--profiles", "y").returncode, 2)
        for options in (["--hours", "0"], ["--hours", "-1"], ["--hours", "9000"], ["--threads", "0"], ["--threads", "257"],
                        ["--strict", "--mismatch-intensity", "1"], ["another"], ["--rows", "1:100"], ["--rows", "0:50"],
                        ["--rows", "96:96"], ["--rows", "0:192"], ["--rows", "x"], ["--rows", "0:96x"], ["--rows", "-96:96"],
                        ["--merge"], ["--format", "xml"], ["--format", "json", "--format", "csv"]):
            self.refused(2, "usage", *options)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_codes_are_explained(self):
        for code in ("series-changed", "series-locked", "series-damaged", "series-slice", "file-changed"):
            self.ok("explain", code)


class Refusals(Series):
    def test_other_inputs_or_settings(self):
        self.profiles(200)
        whole = self.good() and self.bytes_of()
        for options, word in ((["--loss", "half"], '"loss": "half"'), (["--hours", "1"], '"hours": 1'),
                              (["--start", "2016-01-01T00:00:00Z"], '"start"'), (["--keep", "none"], '"keep"'),
                              (["--missing-factor", "0.3"], "intensities"), (["--rows", "0:96"], '"rows": [0, 96]')):
            said = self.refused(1, "series-changed", *options)
            self.assertIn(word, said)
            self.assertRegex(said, r': there "\S.*, here "\S')
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
