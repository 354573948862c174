#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench_powerflow beside lightsim2grid and pandapower, taking turns in one run on one thread each.

usage: powerflow_peers.py BENCH_PROGRAM [--json FILE] [--revision TEXT] [--repetitions N] [--sizes ..]

The peers are installed from PyPI into a virtual environment of this interpreter (folder peers/ beside the results). Where
they cannot be had, libcef's own figures are printed and the comparison is skipped with a message. All read the same tables
of the .m files of LIBCEF_CASES (lightsim2grid by its MATPOWER reader, else by the pandapower net; pandapower by its
converter), start at the stored voltages and stop at 1e-8 per unit.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import time

PEERS = ["lightsim2grid", "pandapower", "numba"]
ENVIRONMENT = os.path.abspath("peers")
CASES = ["case2869pegase.m", "case9241pegase.m", "case_ACTIVSg10k.m"]
PROMISED = CASES[:2]  # the figures of the issue; the other case is for information
TOLERANCE, MOST_ITERATIONS, ROUNDS = 1e-8, 30, 3


# ---- outside the environment ----

def environment_python():
    """The interpreter of the virtual environment with the peers, or None and the reason."""
    python = os.path.join(ENVIRONMENT, "bin", "python")
    try:
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True, capture_output=True, text=True)
        probe = subprocess.run([python, "-c", "import lightsim2grid, pandapower, numba"], capture_output=True)
        if probe.returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True, capture_output=True, text=True)
        return python, ""
    except (OSError, subprocess.CalledProcessError) as error:
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return None, lines[-1] if lines else "unknown reason"


def without_peers(arguments, reason):
    print(f"powerflow_peers: lightsim2grid and pandapower cannot be had ({reason}): comparison skipped")
    return subprocess.run(arguments, check=False).returncode


# ---- the case, as tables ----

def read_tables(path):
    import numpy
    with open(path, encoding="utf-8", errors="replace") as file:
        text = "\n".join(line.split("%", 1)[0] for line in file)
    case = {"version": "2", "baseMVA": float(re.search(r"mpc\.baseMVA\s*=\s*([-+.\deE]+)", text).group(1))}
    for name, columns in (("bus", 13), ("gen", 21), ("branch", 13)):
        rows = re.search(rf"mpc\.{name}\s*=\s*\[(.*?)\]", text, re.DOTALL).group(1)
        table = numpy.array([row.split() for row in re.split(r"[;\n]", rows) if row.strip()], dtype=float)
        case[name] = numpy.hstack([table[:, :columns], numpy.zeros((len(table), max(0, columns - table.shape[1])))])
    return case


def pandapower_net(case):
    try:
        from pandapower.converter.pypower.from_ppc import from_ppc
    except ImportError:
        from pandapower.converter import from_ppc
    return from_ppc({name: table.copy() if hasattr(table, "copy") else table for name, table in case.items()}, f_hz=50)


# ---- the peers ----

class LightSim:
    """Newton time as lightsim2grid counts it: first with everything to be analysed anew, then with what it keeps."""

    def __init__(self, case, net):
        import numpy
        from lightsim2grid import network
        read = getattr(network, "init_from_matpower", None)
        self.grid = read(case) if read else network.init_from_pandapower(net)
        bus = case["bus"]
        self.start = bus[:, 7] * numpy.exp(1j * numpy.pi / 180.0 * bus[:, 8])
        if self.grid.total_bus() > len(bus):
            self.start = numpy.concatenate([self.start, numpy.ones(self.grid.total_bus() - len(bus), complex)])

    def solve(self, anew):
        if anew:
            self.grid.tell_solver_need_reset()
        state = self.grid.ac_pf(self.start.copy(), MOST_ITERATIONS, TOLERANCE)
        if len(state) == 0:
            raise RuntimeError("lightsim2grid did not converge")
        return self.grid.get_computation_time()

    def iterations(self):
        return self.grid.get_solver().get_nb_iter()


class PandaPower:
    """Seconds of runpp as a user waits for it, and of the Newton iterations inside it as pandapower counts them."""

    def __init__(self, case, net):
        self.net = net
        self.options = {"algorithm": "nr", "init_vm_pu": case["bus"][:, 7].copy(), "init_va_degree": case["bus"][:, 8].copy(),
                        "calculate_voltage_angles": True, "tolerance_mva": TOLERANCE * case["baseMVA"],
                        "max_iteration": MOST_ITERATIONS, "numba": True, "lightsim2grid": False}

    def solve(self):
        import pandapower
        start = time.perf_counter()
        pandapower.runpp(self.net, **self.options)
        return time.perf_counter() - start, self.net._ppc["et"]

    def iterations(self):
        return self.net._ppc["iterations"]

    def loss_mw(self):
        return sum(self.net[table].pl_mw.sum() for table in ("res_line", "res_trafo", "res_impedance") if len(self.net[table]))


class Subject:
    """One case in both peers, and the seconds measured."""

    def __init__(self, folder, name):
        case = read_tables(os.path.join(folder, name))
        net = pandapower_net(case)
        self.name = name
        self.lightsim, self.pandapower = LightSim(case, net), PandaPower(case, net)
        self.seconds = {key: [] for key in ("lightsim_first", "lightsim_again", "pandapower", "pandapower_newton")}
        self.turn(0)  # compiles, loads

    def turn(self, repetitions):
        for kept in range(repetitions + 1):
            first, again = self.lightsim.solve(True), self.lightsim.solve(False)
            whole, newton = self.pandapower.solve()
            if kept:
                for key, value in zip(self.seconds, (first, again, whole, newton)):
                    self.seconds[key].append(value)


# ---- the run ----

def bench_once(arguments, path, quiet):
    """One run of the program; its cases by name."""
    run = subprocess.run([*arguments, "--json", path], stdout=subprocess.PIPE if quiet else None, text=True, check=True)
    with open(path, encoding="utf-8") as file:
        return json.load(file), run


def merge(into, result):
    for ours, more in zip(into["cases"], result["cases"]):
        for key, values in more["seconds"].items():
            ours["seconds"][key] += values


def verdict(what, ratio, reached, target, promised):
    word = ("reached" if reached else "MISSED") if promised else "for information"
    print(f"    {what:<58} {ratio:7.2f}   {word} ({target})")


def report(ours, subject):
    t = {key: statistics.median(values) for key, values in {**ours["seconds"], **subject.seconds}.items()}
    promised = subject.name in PROMISED
    lightsim, panda = subject.lightsim, subject.pandapower
    print(f"\n{subject.name}: {ours['n_bus']} buses; iterations: libcef {ours['iterations']}, lightsim2grid "
          f"{lightsim.iterations()}, pandapower {panda.iterations()}; losses differ by "
          f"{abs(panda.loss_mw() - ours['loss_mw']):.1e} MW from pandapower's (whose converter changes some cases)")
    for what, key in (("libcef, Newton, first", "newton_first"), ("libcef, Newton, again", "newton_again"),
                      ("libcef, polished, all outputs, again", "whole_again"), ("lightsim2grid, Newton, first", "lightsim_first"),
                      ("lightsim2grid, Newton, again", "lightsim_again"), ("pandapower, Newton", "pandapower_newton"),
                      ("pandapower, runpp", "pandapower")):
        print(f"    {what:<44} {1e3 * t[key]:10.3f} ms")
    ratios = {"newton_first_over_lightsim": t["newton_first"] / t["lightsim_first"],
              "newton_again_over_lightsim": t["newton_again"] / t["lightsim_again"],
              "pandapower_over_libcef": t["pandapower"] / t["whole_again"],
              "pandapower_newton_over_libcef": t["pandapower_newton"] / t["newton_first"],
              "trace_adds_first": t["trace_first"] / t["whole_first"], "trace_adds_again": t["trace_again"] / t["whole_again"]}
    for key in ("first", "again"):
        ratio = ratios[f"newton_{key}_over_lightsim"]
        verdict(f"Newton, {key}: libcef / lightsim2grid", ratio, ratio <= 1.5, "at most 1.5", promised)
    verdict("runpp / libcef polished with outputs", ratios["pandapower_over_libcef"], ratios["pandapower_over_libcef"] >= 10,
            "at least 10", promised)
    verdict("Newton, first: pandapower / libcef", ratios["pandapower_newton_over_libcef"], True, "-", False)
    for key in ("first", "again"):
        ratio = 100 * ratios[f"trace_adds_{key}"]
        verdict(f"tracing adds to an AC solve, {key}, per cent", ratio, ratio <= 5, "at most 5", promised)
    ours["peers"] = {"seconds": subject.seconds, **ratios}


def compare(arguments, path, folder):
    import importlib.metadata
    import logging
    import warnings
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)  # the converter's remarks on tables that it reads otherwise
    repetitions = next((int(b) for a, b in zip(arguments, arguments[1:]) if a == "--repetitions"), 9)
    each = max(1, -(-repetitions // ROUNDS))
    arguments = [a for k, a in enumerate(arguments) if a != "--repetitions" and arguments[k - 1] != "--repetitions"]
    arguments += ["--repetitions", str(each)]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PEERS)
    print(f"peers: {versions}; medians of {each * ROUNDS}, taking turns in {ROUNDS} rounds\n")
    names = [name for name in CASES if os.path.exists(os.path.join(folder, name))]
    subjects = {name: Subject(folder, name) for name in names}
    result = None
    for _ in range(ROUNDS):
        now, _ = bench_once(arguments, path, result is not None)
        if result:
            merge(result, now)
        result = result or now
        for subject in subjects.values():
            subject.turn(each)
    for ours in result["cases"]:
        if ours["case"] in subjects:
            report(ours, subjects[ours["case"]])
    result["peers"], result["repetitions"] = versions, each * ROUNDS
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    return 0


def main():
    arguments = sys.argv[1:]
    folder = os.environ.get("LIBCEF_CASES")
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    if os.environ.get("LIBCEF_PEERS") == "inside":
        path = next((b for a, b in zip(arguments, arguments[1:]) if a == "--json"), "bench_powerflow.json")
        arguments = [a for k, a in enumerate(arguments) if a != "--json" and arguments[k - 1] != "--json"]
        return compare(arguments, path, folder)
    if not folder:
        return subprocess.run(arguments, check=False).returncode  # says that it is skipped
    python, reason = environment_python()
    if not python:
        return without_peers(arguments, reason)
    limits = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
    return subprocess.run([python, os.path.abspath(__file__), *arguments],
                          env={**os.environ, **limits, "LIBCEF_PEERS": "inside"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
