# SPDX-License-Identifier: Apache-2.0
"""What the tests of cef series share: a small grid, its profiles, arrays in and out."""
import array
import json
import math
import os
import random
import struct

from command import Command, run

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


class Series(Command):
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
