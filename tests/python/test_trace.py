# SPDX-License-Identifier: Apache-2.0
"""The numbers: Bialek's four buses under two policies, a loop worked by hand, the certificate, reuse."""

import math
import unittest

import numpy as np

import libcef
from support import BIALEK_POINT, LOOP_YAML, bialek

# docs/theory, "Numbers to reproduce", 9 digits.
BIALEK_SENDING = [0.875, 0.644364162, 0.836908413, 0.735640536]
BIALEK_CONSUMER = [0.875, 0.649421965, 0.864458775, 0.752561837]
DIGITS = 5e-10


class Bialek(unittest.TestCase):
    def test_sending(self):
        result = libcef.trace(bialek(), **BIALEK_POINT)
        np.testing.assert_allclose(result.bus_intensity, BIALEK_SENDING, rtol=0, atol=DIGITS)
        self.assertAlmostEqual(result.certificate.total_loss, 11.649369, delta=5e-7)
        self.assertAlmostEqual(result.certificate.total_generation, 400 * 0.875 + 114 * 0.525, places=10)

    def test_consumer(self):
        result = libcef.trace(bialek(), **BIALEK_POINT, loss_policy="consumer")
        np.testing.assert_allclose(result.bus_intensity, BIALEK_CONSUMER, rtol=0, atol=DIGITS)
        self.assertIsNone(result.certificate.maximum_principle)

    def test_outputs_agree_with_each_other(self):
        result = libcef.trace(bialek(), **BIALEK_POINT)
        np.testing.assert_allclose(result.load_carbon, result.bus_intensity[[2, 3]] * [300, 200], rtol=1e-15)
        np.testing.assert_allclose(result.gen_carbon, [350.0, 59.85], rtol=1e-15)
        np.testing.assert_array_equal(result.bus_throughput, [400.0, 173.0, 300.0, 283.0])
        np.testing.assert_array_equal(result.branch_intensity, result.bus_intensity[[0, 0, 0, 1, 3]])
        balance = result.gen_carbon.sum() - result.load_carbon.sum() - result.branch_carbon_loss.sum()
        self.assertLess(abs(balance), 1e-10)
        np.testing.assert_array_equal(result.storage_carbon, [])

    def test_the_certificate(self):
        certificate = libcef.trace(bialek(), **BIALEK_POINT).certificate
        self.assertIs(certificate.certified, True)
        self.assertIs(certificate.maximum_principle, True)
        self.assertIs(certificate.range_exceeded, False)
        self.assertTrue(0.0 < certificate.error_bound < 1e-13)
        self.assertLess(certificate.conservation, 1e-13)
        self.assertEqual((certificate.n_blocks, certificate.n_undefined, certificate.n_imbalanced), (0, 0, 0))

    def test_a_snapshot_object_and_keywords_that_win(self):
        point = libcef.Snapshot(**{**BIALEK_POINT, "gen_intensity": [0.0, 0.0]})
        result = libcef.trace(bialek(), point, gen_intensity=[1.0, 1.0])
        np.testing.assert_allclose(result.bus_intensity, 1.0, rtol=1e-14)


class Loops(unittest.TestCase):
    def test_a_loop_of_three(self):
        result = libcef.trace(libcef.read_text(LOOP_YAML, "yaml"))
        np.testing.assert_allclose(result.bus_intensity, 0.5, rtol=1e-14)
        self.assertEqual(len(result.loops), 1)
        np.testing.assert_array_equal(result.loops[0], [0, 1, 2])
        self.assertTrue(np.all(result.bus_flags & libcef.BusFlag.IN_LOOP))
        self.assertEqual((result.certificate.n_blocks, result.certificate.largest_block), (1, 3))

    def test_no_loops(self):
        self.assertEqual(libcef.trace(bialek(), **BIALEK_POINT).loops, [])

    def test_an_unfed_loop_can_be_marked(self):
        ring = libcef.from_arrays(n_bus=3, branch_from=[0, 1, 2], branch_to=[1, 2, 0])
        result = libcef.trace(ring, branch_p_from=[5.0, 5.0, 5.0], on_unfed_loop="mark")
        self.assertTrue(np.all(np.isnan(result.bus_intensity)))
        self.assertTrue(np.all(result.bus_flags & libcef.BusFlag.LOOP_UNFED))


class Dead(unittest.TestCase):
    def test_a_bus_without_power_is_nan_and_flagged(self):
        network = libcef.from_arrays(n_bus=2, gen_bus=[0], load_bus=[0])
        result = libcef.trace(network, gen_p=[1.0], gen_intensity=[0.4], load_p=[1.0])
        self.assertEqual(result.bus_intensity[0], 0.4)
        self.assertTrue(math.isnan(result.bus_intensity[1]))
        self.assertEqual(result.bus_flags[1] & libcef.BusFlag.UNDEFINED, 1)


class Reuse(unittest.TestCase):
    def test_results_do_not_depend_on_what_was_solved_before(self):
        solver = libcef.Solver(bialek())
        first = solver.solve(**BIALEK_POINT)
        ends = {"branch_p_from": BIALEK_POINT["branch_p_to"], "branch_p_to": BIALEK_POINT["branch_p_from"]}
        other = solver.solve(**{**BIALEK_POINT, **ends})
        again = solver.solve(**BIALEK_POINT)
        self.assertFalse(np.array_equal(first.bus_throughput, other.bus_throughput))
        for name in libcef.OUTPUTS:
            np.testing.assert_array_equal(getattr(first, name), getattr(again, name), name)

    def test_a_failed_snapshot_leaves_the_solver_usable(self):
        solver = libcef.Solver(bialek())
        with self.assertRaises(libcef.SnapshotError):
            solver.solve(**{**BIALEK_POINT, "load_p": [math.inf, 0.0]})
        np.testing.assert_allclose(solver.solve(**BIALEK_POINT).bus_intensity, BIALEK_SENDING, rtol=0, atol=DIGITS)


if __name__ == "__main__":
    unittest.main()
