# SPDX-License-Identifier: Apache-2.0
"""Power flow of cases that are not solved, and tracing them. Numbers worked by hand in the comments."""

import math
import os
import unittest

import numpy as np

import libcef
from support import LOOP_YAML

# Two lines of x = 0.2 from bus 1 to bus 2, no losses. 80 MW of load and 5 MW of shunt at bus 2; bus 3 is dead.
UNSOLVED = """libcef: 1
name: unsolved
buses: [{id: 1, type: ref}, {id: 2, gs: 5}, {id: 3}]
branches: [{id: a, from: 1, to: 2, x: 0.2}, {id: b, from: 1, to: 2, x: 0.2}]
generators: [{id: g1, bus: 1, p: 60, capacity: 200, intensity: 0.8}, {id: g2, bus: 2, p: 20, capacity: 50, intensity: 0.3, apf: 1}]
loads: [{id: l, bus: 2, p: 80, q: 10}, {id: d, bus: 3, p: 7}, {id: s, bus: 2, p: 5, kind: shunt}]
"""


def unsolved(text=UNSOLVED):
    return libcef.read_text(text, "yaml", name="unsolved.yaml")


class Solve(unittest.TestCase):
    def test_dc(self):
        """85 - 20 MW over two lines; theta = -0.325 0.2 rad; the reference's unit runs at 65."""
        flow = libcef.powerflow(unsolved(), "dc")
        np.testing.assert_allclose(flow.branch_p_from, [32.5, 32.5], rtol=1e-12)
        np.testing.assert_allclose(flow.branch_p_to, -flow.branch_p_from, rtol=0)
        np.testing.assert_allclose(flow.gen_p, [65.0, 20.0], rtol=1e-12)
        np.testing.assert_allclose(flow.bus_va[:2], [0.0, -math.degrees(0.065)], rtol=1e-12)
        self.assertEqual((flow.method, flow.info.converged, list(flow.bus_type)), ("dc", True, [3, 1, 0]))

    def test_ac(self):
        flow = libcef.powerflow(unsolved())
        vm, va = flow.bus_vm, np.radians(flow.bus_va)
        self.assertAlmostEqual(flow.branch_p_from[0], 100 * vm[0] * vm[1] * math.sin(va[0] - va[1]) / 0.2, 9)
        self.assertAlmostEqual(flow.gen_p.sum(), 80 + 5 * vm[1] ** 2, 8)
        np.testing.assert_allclose(flow.load_p, [80.0, 0.0, 5 * vm[1] ** 2], rtol=1e-12)
        self.assertLess(flow.accuracy_mw, 1e-6)
        self.assertEqual((flow.info.n_dead_buses, flow.info.unserved_mw), (1, 7.0))

    def test_slack(self):
        case = unsolved()
        np.testing.assert_allclose(libcef.powerflow(case, "dc", slack="capacity").gen_p, [64.0, 21.0], rtol=1e-12)
        np.testing.assert_allclose(libcef.powerflow(case, "dc", slack="factors").gen_p, [60.0, 25.0], rtol=1e-12)

    def test_the_case_is_not_changed(self):
        case = unsolved()
        libcef.powerflow(case)
        self.assertFalse(case.describe().has_flows)
        self.assertTrue(np.all(np.isnan(case.snapshot().branch_p_from)))

    def test_arguments(self):
        case = unsolved()
        for options in ({"method": "newton"}, {"start": "previous"}, {"slack": "all"}, {"max_iterations": 0},
                        {"tolerance": 0.0}, {"tolerance": math.nan}):
            with self.assertRaises(libcef.ArgumentError, msg=str(options)):
                libcef.powerflow(case, **options)
        with self.assertRaises(libcef.ArgumentError):
            libcef.trace(case, powerflow="newton")

    def test_divergence(self):
        with self.assertRaises(libcef.DivergedError) as caught:
            libcef.powerflow(unsolved(UNSOLVED.replace("p: 80", "p: 80000")))
        self.assertEqual((caught.exception.code, caught.exception.element, caught.exception.index), ("diverged", "bus", 1))

    def test_a_case_that_says_too_little(self):
        with self.assertRaises(libcef.ParseError) as caught:
            libcef.powerflow(libcef.read_text(LOOP_YAML, "yaml"))
        self.assertEqual((caught.exception.code, caught.exception.name), ("missing-field", "ab"))


class Trace(unittest.TestCase):
    def test_auto_solves_what_is_not_solved(self):
        result = libcef.trace(unsolved())
        self.assertEqual((result.flows, result.powerflow.method), ("ac", "ac"))
        self.assertTrue(result.certificate.certified)
        self.assertAlmostEqual(result.bus_intensity[0], 0.8, 14)
        into = -result.powerflow.branch_p_to.sum()
        self.assertAlmostEqual(result.bus_intensity[1], (into * 0.8 + 6.0) / (into + 20.0), 12)
        self.assertTrue(math.isnan(result.bus_intensity[2]))

    def test_own_flows_are_used_where_they_balance(self):
        result = libcef.trace(libcef.read_text(LOOP_YAML, "yaml"))
        self.assertEqual((result.flows, result.powerflow), ("given", None))

    def test_dc(self):
        result = libcef.trace(unsolved(), powerflow="dc", outputs=["bus_intensity"])
        self.assertEqual(result.flows, "dc")
        self.assertAlmostEqual(result.bus_intensity[1], (65 * 0.8 + 6) / 85, 12)

    def test_given(self):
        with self.assertRaises(libcef.UnsolvedError):
            libcef.trace(unsolved(), powerflow="given")
        self.assertEqual(libcef.trace(libcef.read_text(LOOP_YAML, "yaml"), powerflow="given").flows, "given")

    def test_applied_flows_are_the_cases(self):
        case = unsolved()
        flow = libcef.powerflow(case, "dc")
        case.apply_flows(flow)
        self.assertTrue(case.describe().has_flows)
        np.testing.assert_array_equal(case.snapshot().branch_p_from, flow.branch_p_from)
        result = libcef.trace(case)
        self.assertEqual(result.flows, "given")
        self.assertAlmostEqual(result.bus_intensity[1], (65 * 0.8 + 6) / 85, 12)

    def test_flows_of_the_wrong_size(self):
        flow = libcef.powerflow(unsolved(), "dc")
        flow.gen_p = flow.gen_p[:1]
        with self.assertRaises(libcef.ArgumentError):
            unsolved().apply_flows(flow)


@unittest.skipUnless(os.environ.get("LIBCEF_CASES"), "LIBCEF_CASES is not set")
class CaseFiles(unittest.TestCase):
    def test_pegase_with_one_factor(self):
        case = libcef.read(os.path.join(os.environ["LIBCEF_CASES"], "case9241pegase.m"))
        case.apply_flows(libcef.powerflow(case))
        case.price(missing=0.5)
        result = libcef.trace(case)
        self.assertTrue(result.certificate.certified)
        defined = result.bus_intensity[~np.isnan(result.bus_intensity)]
        self.assertGreater(len(defined), 8000)
        np.testing.assert_allclose(defined, 0.5, rtol=1e-12)


if __name__ == "__main__":
    unittest.main()
