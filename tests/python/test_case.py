# SPDX-License-Identifier: Apache-2.0
"""Cases: what they say, pricing, tracing, writing, generated grids."""

import os
import tempfile
import unittest

import numpy as np

import libcef
from support import LOOP_YAML


class Text(unittest.TestCase):
    def setUp(self):
        self.case = libcef.read_text(LOOP_YAML, "yaml", name="loop.yaml")

    def test_describe(self):
        info = self.case.describe()
        self.assertEqual((info.name, info.format), ("a loop of three", "yaml"))
        self.assertEqual((info.n_bus, info.n_branch, info.n_gen, info.n_load, info.n_storage), (3, 3, 1, 2, 0))
        self.assertIs(info.has_flows, True)
        self.assertIs(info.numeric_bus, False)
        self.assertEqual(len(info.sha256), 64)

    def test_texts(self):
        self.assertEqual(self.case.ids("bus"), ["a", "b", "c"])
        self.assertEqual(self.case.ids("branch"), ["ab", "bc", "ca"])
        self.assertEqual((self.case.ids("gen"), self.case.ids("load"), self.case.ids("storage")), (["g"], ["lb", "lc"], []))
        self.assertEqual((self.case.fuels, self.case.zones), (["coal"], ["north", "", ""]))
        self.assertEqual(self.case.owners, ["steelworks", ""])
        with self.assertRaisesRegex(libcef.ArgumentError, "no table 'meter'"):
            self.case.ids("meter")

    def test_snapshot_is_a_copy(self):
        point = self.case.snapshot()
        np.testing.assert_array_equal(point.load_p, [60.0, 40.0])
        point.load_p[:] = 0.0
        np.testing.assert_array_equal(self.case.snapshot().load_p, [60.0, 40.0])

    def test_price_and_trace(self):
        self.assertFalse(self.case.priced)
        info = self.case.price()
        self.assertEqual((info.n_from_case, info.n_defaulted), (1, 0))
        self.assertTrue(self.case.priced)
        np.testing.assert_allclose(libcef.trace(self.case).load_carbon, [30.0, 20.0], rtol=1e-14)

    def test_arrays_of_the_caller_replace_the_cases(self):
        result = libcef.trace(self.case, gen_intensity=[0.25])
        np.testing.assert_allclose(result.bus_intensity, 0.25, rtol=1e-14)

    def test_missing_factors(self):
        case = libcef.read_text(LOOP_YAML.replace("intensity: 0.5, ", ""), "yaml")
        self.assertEqual(case.price(missing=0.7).n_from_missing, 1)
        np.testing.assert_array_equal(case.snapshot().gen_intensity, [0.7])
        case.price(missing="zero")
        np.testing.assert_array_equal(case.snapshot().gen_intensity, [0.0])
        self.assertEqual(case.price(fuel_factors="ipcc2006").n_from_fuel, 1)
        # docs/theory: coal 94600 kgCO2/TJ at an efficiency of 0.38
        np.testing.assert_allclose(case.snapshot().gen_intensity, 94600 * 3.6e-6 / 0.38, rtol=1e-12)
        with self.assertRaisesRegex(libcef.ArgumentError, "missing is 'guess'"):
            case.price(missing="guess")

    def test_the_network_of_a_case(self):
        network = self.case.network
        self.assertEqual((network.n_bus, network.n_branch), (3, 3))
        np.testing.assert_array_equal(network.columns()["branch_to"], [1, 2, 0])

    def test_write_and_read_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "copy.yaml")
            self.case.write(path)
            copy = libcef.read(path)
        self.assertEqual(copy.ids("branch"), self.case.ids("branch"))
        np.testing.assert_array_equal(libcef.trace(copy).bus_intensity, libcef.trace(self.case).bus_intensity)

    def test_empty_text_is_refused(self):
        with self.assertRaises(libcef.ParseError):
            libcef.read_text("", "yaml")
        with self.assertRaises(libcef.CefError):
            libcef.read_text(LOOP_YAML, "toml")

    def test_a_zero_byte_in_a_path_is_refused(self):
        for call in (libcef.read, self.case.write, lambda path: self.case.price(factors=path)):
            with self.assertRaisesRegex(libcef.ArgumentError, "zero byte"):
                call("case.yaml\0.m")


class Real(unittest.TestCase):
    @unittest.skipUnless(os.environ.get("LIBCEF_CASES"), "LIBCEF_CASES names no folder of cases")
    def test_case_activsg10k(self):
        case = libcef.read(os.path.join(os.environ["LIBCEF_CASES"], "case_ACTIVSg10k.m"))
        case.price(fuel_factors="ipcc2006")
        result = libcef.trace(case)
        self.assertTrue(result.certificate.certified)
        self.assertEqual([len(loop) for loop in result.loops], [13])
        dead = result.bus_throughput == 0.0
        np.testing.assert_array_equal(np.isnan(result.bus_intensity), dead)
        self.assertEqual(result.certificate.n_undefined, np.count_nonzero(dead))


class Generated(unittest.TestCase):
    def test_a_generated_grid_is_certified(self):
        case = libcef.generate(300, seed=7)
        result = libcef.trace(case)
        self.assertTrue(result.certificate.certified)
        self.assertEqual(len(result.bus_intensity), 300)
        self.assertEqual(case.describe().format, "grid")

    def test_the_seed_decides(self):
        powers = [libcef.generate(100, seed=seed).snapshot().gen_p for seed in (3, 3, 4)]
        np.testing.assert_array_equal(powers[0], powers[1])
        self.assertFalse(np.array_equal(powers[0], powers[2]))

    def test_numpy_integers_are_sizes(self):
        self.assertEqual(libcef.generate(np.int32(50), seed=np.uint64(2)).describe().n_bus, 50)
        self.assertEqual(libcef.from_arrays(n_bus=np.int64(3)).n_bus, 3)

    def test_refusals(self):
        for arguments in ({"n_bus": 1}, {"n_bus": -1}, {"n_bus": 10, "kind": "island"}, {"n_bus": 10, "seed": -1}):
            with self.assertRaises(libcef.ArgumentError):
                libcef.generate(**arguments)


if __name__ == "__main__":
    unittest.main()
