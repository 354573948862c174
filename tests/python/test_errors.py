# SPDX-License-Identifier: Apache-2.0
"""One exception per status class, carrying the error as data."""

import ctypes
import math
import os
import pickle
import tempfile
import unittest
from unittest import mock

import libcef
from libcef import _abi, errors, solver
from support import BIALEK_POINT, BIALEK_WIRING, LOOP_YAML, bialek

BASES = {
    "ArgumentError": ValueError,
    "MemoryError_": MemoryError,
    "IoError": OSError,
    "UnsupportedError": NotImplementedError,
}


class Classes(unittest.TestCase):
    def test_every_status_raises_its_class_with_every_field(self):
        for status, kind in errors.CLASSES.items():
            struct = _abi.cef_error(
                id=42, value=1.5, status=status, element=_abi.GEN, index=7, line=12, code=b"a-code", name=b"g7", message=b"why"
            )
            with self.assertRaises(kind) as caught:
                errors.check(status, struct)
            error = caught.exception
            self.assertIs(type(error), kind)
            self.assertIsInstance(error, libcef.CefError)
            found = (error.status, error.code, error.element, error.index, error.id, error.name, error.value, error.line)
            self.assertEqual(found, (status, "a-code", "gen", 7, 42, "g7", 1.5, 12))
            self.assertEqual((error.message, str(error)), ("why", "why [a-code]"))

    def test_success_raises_nothing(self):
        errors.check(_abi.OK, _abi.cef_error())

    def test_an_unknown_status_is_the_base_class(self):
        self.assertIs(type(errors.from_c(-77, _abi.cef_error(status=-77))), libcef.CefError)

    def test_pythons_own_classes_catch_them(self):
        for name, base in BASES.items():
            self.assertTrue(issubclass(getattr(libcef, name), base), name)

    def test_they_travel_between_processes(self):
        for kind in set(errors.CLASSES.values()):
            error = kind("why", -1, "a-code", "bus", 3, 9, "nine", 0.25, 4)
            copy = pickle.loads(pickle.dumps(error))
            self.assertIs(type(copy), kind)
            self.assertEqual(vars(copy), vars(error))

    def test_every_class_is_public(self):
        for kind in set(errors.CLASSES.values()):
            self.assertIn(kind.__name__, libcef.__all__)

    def test_explain(self):
        self.assertIn("bus", libcef.explain("unknown-bus"))
        self.assertIsNone(libcef.explain("no-such-code"))


class FromTheLibrary(unittest.TestCase):
    """Each class that a caller can cause, caused."""

    def failure(self, kind, call, *arguments, **keywords):
        with self.assertRaises(kind) as caught:
            call(*arguments, **keywords)
        return caught.exception

    def test_network_error_names_the_branch(self):
        wiring = {**BIALEK_WIRING, "branch_to": [1, 2, 3, 9, 2]}
        error = self.failure(libcef.NetworkError, libcef.from_arrays, **wiring)
        self.assertEqual((error.code, error.element, error.index), ("unknown-bus", "branch", 3))

    def test_network_error_names_the_duplicate(self):
        error = self.failure(libcef.NetworkError, libcef.from_arrays, bus_id=[5, 6, 5])
        self.assertEqual((error.code, error.element, error.id), ("duplicate-id", "bus", 5))

    def test_no_bus(self):
        self.assertEqual(self.failure(libcef.NetworkError, libcef.from_arrays, n_bus=0).code, "empty-network")

    def test_snapshot_error_names_the_unit(self):
        point = {**BIALEK_POINT, "gen_p": [400.0, math.nan]}
        error = self.failure(libcef.SnapshotError, libcef.trace, bialek(), **point)
        self.assertEqual((error.code, error.element, error.index), ("not-finite", "gen", 1))
        self.assertIn("has power NaN (not finite)", error.message)

    def test_argument_error_for_a_missing_array(self):
        point = {name: array for name, array in BIALEK_POINT.items() if name != "load_p"}
        self.assertEqual(self.failure(libcef.ArgumentError, libcef.trace, bialek(), **point).status, _abi.ERR_ARGUMENT)

    def test_argument_error_for_a_setting_out_of_range(self):
        self.failure(libcef.ArgumentError, libcef.Solver, bialek(), loss_policy="split", loss_split=1.5)

    def test_balance_error_names_the_bus_and_the_megawatts(self):
        point = {**BIALEK_POINT, "load_p": [300.0, 150.0]}
        error = self.failure(libcef.BalanceError, libcef.trace, bialek(), **point, on_imbalance="error")
        self.assertEqual((error.code, error.element, error.index, error.id), ("imbalance", "bus", 3, 4))
        self.assertAlmostEqual(abs(error.value), 50.0)

    def test_singular_error_of_a_loop_that_no_unit_feeds(self):
        ring = libcef.from_arrays(n_bus=3, branch_from=[0, 1, 2], branch_to=[1, 2, 0])
        error = self.failure(libcef.SingularError, libcef.trace, ring, branch_p_from=[5.0, 5.0, 5.0])
        self.assertEqual((error.code, error.element), ("unfed-loop", "bus"))

    def test_factor_error_names_the_unit(self):
        case = libcef.read_text(LOOP_YAML.replace("intensity: 0.5, ", ""), "yaml")
        error = self.failure(libcef.FactorError, libcef.trace, case)
        self.assertEqual((error.code, error.element, error.name), ("missing-factor", "gen", "g"))

    def test_unsolved_error_names_the_worst_bus(self):
        case = libcef.read_text(LOOP_YAML.replace("p: 60", "p: 10"), "yaml")
        error = self.failure(libcef.UnsolvedError, libcef.trace, case)
        self.assertEqual((error.code, error.element, error.name), ("unsolved", "bus", "b"))

    def test_parse_error_has_the_line(self):
        error = self.failure(libcef.ParseError, libcef.read_text, LOOP_YAML.replace("p: 100", "p: lots"), "yaml")
        self.assertEqual((error.code, error.line), ("bad-number", 8))

    def test_io_error(self):
        with tempfile.TemporaryDirectory() as folder:
            error = self.failure(libcef.IoError, libcef.read, os.path.join(folder, "none.yaml"))
        self.assertEqual(error.code, "cannot-open")

    def test_certificate_error_carries_the_result(self):
        class Uncertain:
            """The library, but never sure."""

            def __getattr__(self, name):
                return getattr(solver_core, name)

            @staticmethod
            def cef_solver_solve(*arguments):
                status = solver_core.cef_solver_solve(*arguments)
                return _abi.ERR_CERTIFICATE if status == _abi.OK else status

        solver_core = solver.core
        with mock.patch.object(solver, "core", Uncertain()):
            error = self.failure(libcef.CertificateError, libcef.trace, bialek(), **BIALEK_POINT)
        self.assertEqual(error.result.bus_intensity[0], 0.875)
        self.assertIsInstance(error.result.certificate, libcef.Certificate)

    def test_memory_error(self):
        def refuse(*arguments):
            ctypes.cast(arguments[-1], ctypes.POINTER(_abi.cef_error)).contents.code = b"memory"
            return _abi.ERR_MEMORY

        with mock.patch("libcef.network.core", mock.Mock(cef_network_create=refuse)):
            self.assertEqual(self.failure(MemoryError, libcef.from_arrays, n_bus=1).code, "memory")


class Keywords(unittest.TestCase):
    def test_unknown_keywords_are_type_errors(self):
        with self.assertRaisesRegex(TypeError, "flow_tolerance"):
            libcef.Solver(bialek(), flow_tolerance=1.0)
        with self.assertRaisesRegex(TypeError, "gen_q"):
            libcef.Solver(bialek()).solve(**BIALEK_POINT, gen_q=[0.0])

    def test_bad_values_name_the_setting(self):
        for settings in ({"loss_policy": "half-half"}, {"flow_tol": "small"}, {"net_parallel": 3}, {"balance_tol": True}):
            with self.assertRaisesRegex(libcef.ArgumentError, next(iter(settings))):
                libcef.Solver(bialek(), **settings)

    def test_a_share_without_its_policy_is_refused(self):
        for settings in ({"loss_split": 0.5}, {"loss_split": 0.5, "loss_policy": "consumer"}):
            with self.assertRaisesRegex(libcef.ArgumentError, "loss_split is the share of loss_policy 'split'"):
                libcef.Solver(bialek(), **settings)

    def test_a_dict_is_no_snapshot(self):
        """Its arrays would not be looked at."""
        with self.assertRaisesRegex(TypeError, "snapshot is a dict"):
            libcef.Solver(bialek()).solve({"branch_p_to": [0.0] * 5}, **BIALEK_POINT)

    def test_unknown_outputs(self):
        with self.assertRaisesRegex(libcef.ArgumentError, "bus_colour"):
            libcef.trace(bialek(), **BIALEK_POINT, outputs=["bus_colour"])


if __name__ == "__main__":
    unittest.main()
