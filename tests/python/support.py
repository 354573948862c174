# SPDX-License-Identifier: Apache-2.0
"""Grids worked by hand, and where the sources are."""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import libcef

SOURCE_DIR = Path(os.environ.get("LIBCEF_SOURCE_DIR", Path(__file__).resolve().parents[2]))
BINDING_DIR = SOURCE_DIR / "bindings" / "python"
HEADER_DIR = SOURCE_DIR / "include"
COMPILER = os.environ.get("LIBCEF_CC", "cc")

# J. Bialek 1996, IEE Proc. GTD 143(4): four buses, MW. Intensities of the two units: 0.875, 0.525 tCO2/MWh.
BIALEK_WIRING = {
    "bus_id": [1, 2, 3, 4],
    "branch_from": [0, 0, 0, 1, 3],
    "branch_to": [1, 2, 3, 3, 2],
    "gen_bus": [0, 1],
    "load_bus": [2, 3],
}
BIALEK_POINT = {
    "branch_p_from": np.array([60.0, 225.0, 115.0, 173.0, 83.0]),
    "branch_p_to": np.array([-59.0, -218.0, -112.0, -171.0, -82.0]),
    "gen_p": np.array([400.0, 114.0]),
    "gen_intensity": np.array([0.875, 0.525]),
    "load_p": np.array([300.0, 200.0]),
}

# Three buses: the unit feeds bus a, which sends round the loop a -> b -> c -> a; loads at b and c.
LOOP_YAML = """libcef: 1
name: a loop of three
buses: [{id: a, zone: north}, {id: b}, {id: c}]
branches:
  - {id: ab, from: a, to: b, p_from: 130, p_to: -130}
  - {id: bc, from: b, to: c, p_from: 70, p_to: -70}
  - {id: ca, from: c, to: a, p_from: 30, p_to: -30}
generators: [{id: g, bus: a, p: 100, intensity: 0.5, fuel: coal}]
loads: [{id: lb, bus: b, p: 60, owner: steelworks}, {id: lc, bus: c, p: 40}]
"""


def bialek():
    return libcef.from_arrays(**BIALEK_WIRING)


def compile_c(source, output, *options):
    """Compiles C text into ``output``; the compiler's words when it fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(source)
        file.flush()
        command = [COMPILER, "-std=c11", "-I", str(HEADER_DIR), file.name, "-o", str(output), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
