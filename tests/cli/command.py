# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: running it, small grids, checks of exit codes.

The command is named by LIBCEF_COMMAND (or CEF_BIN). Expected numbers are worked by hand in the comments.
"""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

CEF = os.path.abspath(os.environ.get("LIBCEF_COMMAND") or os.environ.get("CEF_BIN") or "cef")
CASES = os.environ.get("LIBCEF_CASES")
VERBS = ["trace", "meters", "powerflow", "series", "check", "convert", "generate", "explain", "help"]
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
