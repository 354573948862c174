# SPDX-License-Identifier: Apache-2.0
"""What the tests of cef meters share: running it, comparing it with cef trace within its own bounds."""
import json
import os

from command import Command, run

IEEE14 = os.path.join(os.environ["LIBCEF_SOURCE_DIR"], "examples", "ieee14.yaml")
QUALITIES = ["measured", "other-end", "kirchhoff", "least-squares", "similar-day", "last-value", "interval", "quarantined",
             "undefined"]
FAULTS = ["--loss-rate", "0.3", "--duplicate", "0.2", "--delay", "3", "--restart", "0.3", "--frozen", "0.2", "--skew", "4"]


class Meters(Command):
    def meters(self, case, *arguments, code=0):
        done = run("meters", case, "--format", "json", *arguments)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return json.loads(done.stdout)

    def compare(self, found, case, *arguments):
        """Every value is within its bound (and trace's) of what cef trace gives; returns the widest bound."""
        wanted = json.loads(self.ok("trace", case, "--format", "json", *arguments))["bus"]
        bus = found["bus"]
        self.assertEqual(bus["id"], wanted["id"])
        for x, bound, quality, w, error in zip(bus["intensity"], bus["bound"], bus["quality"], wanted["intensity"], wanted["error_bound"]):
            self.assertEqual(x is None, w is None)
            self.assertEqual(x is None, bound is None)
            self.assertEqual(x is None, quality == "undefined")
            if x is not None:
                self.assertLessEqual(abs(x - w), bound + error * abs(w) + 1e-300, (x, w, bound))
        return max((b for b in bus["bound"] if b is not None), default=0.0)

    def exact(self, found, case, *arguments):
        self.assertTrue(found["info"]["certified"])
        promise = 1e-9 * max(abs(found["info"]["e_min"]), abs(found["info"]["e_max"]))
        self.assertLessEqual(self.compare(found, case, *arguments), promise)

    def grid(self, buses=300, seed=3):
        self.ok("generate", "--buses", str(buses), "--seed", str(seed), "-o", self.path("grid.yaml"))
        return self.path("grid.yaml")
