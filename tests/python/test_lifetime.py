# SPDX-License-Identifier: Apache-2.0
"""Handles die in any order, once; several threads may trace at the same time."""

import copy
import gc
import itertools
import pickle
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

import numpy as np

import libcef
from libcef import solver as solver_module
from support import BIALEK_POINT, BIALEK_WIRING, LOOP_YAML, bialek


class Order(unittest.TestCase):
    def test_every_order_of_destruction(self):
        for order in itertools.permutations(("case", "network", "solver")):
            case = libcef.read_text(LOOP_YAML, "yaml")
            case.price()
            owned = {"case": case, "network": case.network, "solver": libcef.Solver(case.network)}
            point = case.snapshot()
            del case
            for name in order:
                if "solver" in owned:
                    np.testing.assert_allclose(owned["solver"].solve(point).bus_intensity, 0.5, rtol=1e-14)
                del owned[name]
                gc.collect()

    def test_a_solver_outlives_its_closed_network_and_case(self):
        network = bialek()
        solver = libcef.Solver(network)
        network.close()
        self.assertEqual(solver.solve(**BIALEK_POINT).bus_intensity[0], 0.875)
        with libcef.read_text(LOOP_YAML, "yaml") as case:
            case.price()
            solver, point = libcef.Solver(case.network), case.snapshot()
        np.testing.assert_allclose(solver.solve(point).bus_intensity, 0.5, rtol=1e-14)

    def test_a_network_keeps_its_case_alive(self):
        network = libcef.read_text(LOOP_YAML, "yaml").network
        gc.collect()
        np.testing.assert_array_equal(network.columns()["branch_to"], [1, 2, 0])

    def test_cycles_are_collected(self):
        solver = libcef.Solver(bialek())
        solver.me = solver
        alive = solver._destroy
        del solver
        gc.collect()
        self.assertFalse(alive.alive)

    def test_a_case_is_freed_without_waiting_for_the_collector(self):
        gc.disable()
        try:
            case = libcef.read_text(LOOP_YAML, "yaml")
            finalizer = case._destroy
            self.assertEqual(case.network.n_bus, 3)
            del case
            self.assertFalse(finalizer.alive)
        finally:
            gc.enable()

    def test_results_outlive_everything(self):
        result = libcef.trace(bialek(), **BIALEK_POINT)
        gc.collect()
        self.assertEqual(result.bus_intensity[0], 0.875)

    def test_the_end_of_the_interpreter(self):
        code = (
            "import libcef\n"
            f"network = libcef.from_arrays(**{BIALEK_WIRING!r})\n"
            "solver = libcef.Solver(network)\n"
            "class Late:\n"
            "    def __del__(self): network.close(); solver.close(); print('closed')\n"
            "late = Late(); late.me = late\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Closing(unittest.TestCase):
    def test_closed_handles_refuse(self):
        network, case = bialek(), libcef.read_text(LOOP_YAML, "yaml")
        solver, borrowed = libcef.Solver(network), case.network
        for handle in (solver, network, case):
            handle.close()
            handle.close()
            self.assertTrue(handle.closed)
        calls = (
            lambda: solver.solve(**BIALEK_POINT),
            network.columns,
            lambda: libcef.Solver(network),
            case.price,
            case.snapshot,
            lambda: case.ids("bus"),
            borrowed.columns,
            lambda: libcef.Solver(borrowed),
            lambda: case.network,
        )
        for call in calls:
            with self.assertRaisesRegex(libcef.ArgumentError, "closed"):
                call()

    def test_no_copies(self):
        network, case = bialek(), libcef.read_text(LOOP_YAML, "yaml")
        for handle in (network, libcef.Solver(network), case):
            for copying in (copy.copy, copy.deepcopy, pickle.dumps):
                with self.assertRaisesRegex(TypeError, "copied or pickled"):
                    copying(handle)

    def test_with(self):
        with bialek() as network, libcef.Solver(network) as solver:
            solver.solve(**BIALEK_POINT)
        self.assertTrue(network.closed and solver.closed)

    def test_close_waits_for_a_call_in_progress(self):
        network = bialek()
        with network._use():
            network.close()
            self.assertTrue(network._destroy.alive)
        self.assertFalse(network._destroy.alive)


class Threads(unittest.TestCase):
    N_THREADS, N_SOLVES = 4, 200

    def run_threads(self, work):
        failures = []

        def guarded(k):
            try:
                work(k)
            except Exception as error:  # reported below, on the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=guarded, args=(k,)) for k in range(self.N_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def check(self, solver, scale):
        point = {**BIALEK_POINT, "gen_intensity": BIALEK_POINT["gen_intensity"] * scale}
        expected = libcef.trace(bialek(), **point).bus_intensity
        for _ in range(self.N_SOLVES):
            np.testing.assert_array_equal(solver.solve(**point).bus_intensity, expected)

    def test_a_solver_for_each_thread_on_one_network(self):
        network = bialek()
        self.run_threads(lambda k: self.check(libcef.Solver(network), 1.0 + k))

    def test_one_solver_shared_takes_turns(self):
        solver = libcef.Solver(bialek())
        self.run_threads(lambda k: self.check(solver, 1.0 + k))

    def test_the_library_sees_one_thread_at_a_time(self):
        solver, real, inside, most = libcef.Solver(bialek()), solver_module.core.cef_solver_solve, [], []

        def slow(*arguments):
            inside.append(None)
            most.append(len(inside))
            time.sleep(0.01)
            status = real(*arguments)
            inside.pop()
            return status

        with mock.patch.object(solver_module, "core", mock.Mock(cef_solver_solve=slow)):
            self.run_threads(lambda k: solver.solve(**BIALEK_POINT))
        self.assertEqual(most, [1] * self.N_THREADS)

    def test_closing_while_others_solve(self):
        solver = libcef.Solver(bialek())

        def work(k):
            for _ in range(self.N_SOLVES):
                try:
                    self.assertEqual(solver.solve(**BIALEK_POINT).bus_intensity[0], 0.875)
                except libcef.ArgumentError:
                    return
                if k == 0:
                    solver.close()

        self.run_threads(work)
        self.assertTrue(solver.closed)


if __name__ == "__main__":
    unittest.main()
