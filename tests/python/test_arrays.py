# SPDX-License-Identifier: Apache-2.0
"""Arrays in and out: no copies where none are needed, exact conversions where they are, refusals with the name."""

import ctypes
import unittest

import numpy as np

import libcef
from libcef import _arrays
from support import BIALEK_POINT, BIALEK_WIRING, bialek


def address(array):
    return array.__array_interface__["data"][0]


class Conversion(unittest.TestCase):
    def test_float64_is_passed_as_it_is(self):
        array = np.arange(5.0)
        self.assertIs(_arrays.doubles(array, "x"), array)
        self.assertEqual(ctypes.cast(_arrays.pointer(array), ctypes.c_void_p).value, address(array))

    def test_read_only_input_is_passed_as_it_is(self):
        array = np.arange(5.0)
        array.flags.writeable = False
        self.assertIs(_arrays.doubles(array, "x"), array)

    def test_indices_of_the_right_width_are_passed_as_they_are(self):
        for dtype, pointer_type in ((np.int32, ctypes.c_int32), (np.int64, ctypes.c_int64)):
            array = np.arange(5, dtype=dtype)
            self.assertIs(_arrays.integers(array, "x", dtype), array)
            self.assertIs(_arrays.pointer(array)._type_, pointer_type)

    def test_other_layouts_are_converted(self):
        expected = np.arange(0.0, 10.0, 2.0)
        for array in (np.arange(10.0)[::2], expected.astype(">f8"), expected.astype(np.float32), expected.astype(int)):
            converted = _arrays.doubles(array, "x")
            self.assertTrue(converted.flags.carray and converted.dtype == np.float64)
            np.testing.assert_array_equal(converted, expected)

    def test_unaligned_memory_is_copied(self):
        raw = np.frombuffer(b"\0" + np.arange(3.0).tobytes(), np.float64, 3, 1)
        self.assertFalse(raw.flags.aligned)
        self.assertTrue(_arrays.doubles(raw, "x").flags.aligned)

    def test_numbers_that_do_not_fit_are_refused(self):
        with self.assertRaisesRegex(libcef.ArgumentError, "x holds a number outside"):
            _arrays.integers([2**31], "x", np.int32)

    def test_what_is_no_number_is_refused(self):
        for values in (["a"], [1j], [None], np.array([True])):
            with self.assertRaisesRegex(libcef.ArgumentError, "x has dtype"):
                _arrays.doubles(values, "x")
        with self.assertRaisesRegex(libcef.ArgumentError, "x has dtype"):
            _arrays.integers([1.0], "x", np.int32)
        with self.assertRaisesRegex(libcef.ArgumentError, "masked"):
            _arrays.doubles(np.ma.masked_array([1.0, 2.0], [False, True]), "x")

    def test_shape(self):
        with self.assertRaisesRegex(libcef.ArgumentError, "x has 2 dimensions"):
            _arrays.doubles(np.zeros((2, 2)), "x")
        with self.assertRaisesRegex(libcef.ArgumentError, "x has 3 entries, the network has 2"):
            _arrays.doubles(np.zeros(3), "x", 2)


class ThroughTheSolver(unittest.TestCase):
    def setUp(self):
        self.solver = libcef.Solver(bialek())

    def seen_by_the_library(self, **arrays):
        """The snapshot and solution structs of one call."""
        seen, call = {}, self.solver._call

        def spy(snapshot, solution):
            for struct in (snapshot, solution):
                for name, _ in struct._fields_[1:]:
                    seen[name] = ctypes.cast(getattr(struct, name), ctypes.c_void_p).value
            return call(snapshot, solution)

        self.solver._call = spy
        return seen, self.solver.solve(**arrays)

    def test_the_library_reads_and_writes_the_callers_memory(self):
        seen, result = self.seen_by_the_library(**BIALEK_POINT)
        for name, array in BIALEK_POINT.items():
            self.assertEqual(seen[name], address(array), name)
        for name in libcef.OUTPUTS:
            array = getattr(result, name)
            if array.size:
                self.assertEqual(seen[name], address(array), name)

    def test_only_what_is_wanted_is_asked_for(self):
        seen, result = self.seen_by_the_library(**BIALEK_POINT, outputs=["bus_intensity"])
        self.assertEqual([name for name in libcef.OUTPUTS if seen[name]], ["bus_intensity"])
        self.assertIsNone(result.load_carbon)
        self.assertEqual(len(result.bus_intensity), 4)

    def test_out_is_overwritten_in_place(self):
        out = libcef.new_result(self.solver.network, ["bus_intensity", "bus_flags"])
        before = address(out.bus_intensity)
        out.bus_intensity[:] = -1.0
        self.assertIs(self.solver.solve(libcef.Snapshot(**BIALEK_POINT), out=out), out)
        self.assertEqual(address(out.bus_intensity), before)
        self.assertEqual(out.bus_intensity[0], 0.875)

    def test_unfit_out_arrays_are_refused(self):
        read_only = np.empty(4)
        read_only.flags.writeable = False
        for array in (np.empty(3), np.empty(4, np.float32), np.empty(8)[::2], read_only, [0.0] * 4):
            out = libcef.Result(bus_intensity=array)
            with self.assertRaisesRegex(libcef.ArgumentError, "out.bus_intensity"):
                self.solver.solve(**BIALEK_POINT, out=out)

    def test_every_length_is_checked(self):
        for name, array in BIALEK_POINT.items():
            with self.assertRaisesRegex(libcef.ArgumentError, name):
                self.solver.solve(**{**BIALEK_POINT, name: array[:-1]})

    def test_converted_inputs_give_the_same_bits(self):
        exact = self.solver.solve(**BIALEK_POINT)
        lists = self.solver.solve(**{name: list(array) for name, array in BIALEK_POINT.items()})
        np.testing.assert_array_equal(exact.bus_intensity, lists.bus_intensity)

    def test_inputs_are_left_alone(self):
        copies = {name: array.copy() for name, array in BIALEK_POINT.items()}
        self.solver.solve(**BIALEK_POINT)
        for name, array in BIALEK_POINT.items():
            np.testing.assert_array_equal(array, copies[name])


class Columns(unittest.TestCase):
    def test_the_network_gives_its_columns_back(self):
        columns = bialek().columns()
        for name, values in BIALEK_WIRING.items():
            np.testing.assert_array_equal(columns[name], values)
        self.assertEqual(columns["bus_id"].dtype, np.int64)

    def test_ids_default_to_positions(self):
        network = libcef.from_arrays(n_bus=3, load_bus=[1, 2], load_kind=[libcef.LoadKind.DEMAND, libcef.LoadKind.EXPORT])
        self.assertEqual((network.n_bus, network.n_load, network.n_gen), (3, 2, 0))
        np.testing.assert_array_equal(network.columns()["load_kind"], [0, 2])

    def test_lengths_must_agree(self):
        with self.assertRaisesRegex(libcef.ArgumentError, "branch_to has 1 entries"):
            libcef.from_arrays(n_bus=2, branch_from=[0, 1], branch_to=[1])
        with self.assertRaisesRegex(libcef.ArgumentError, "bus_id has 2 entries"):
            libcef.from_arrays(n_bus=3, bus_id=[1, 2])
        with self.assertRaisesRegex(libcef.ArgumentError, "needs bus_id or n_bus"):
            libcef.from_arrays()


if __name__ == "__main__":
    unittest.main()
