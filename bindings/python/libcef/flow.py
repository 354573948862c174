# SPDX-License-Identifier: Apache-2.0
"""AC and DC power flow of a case that is not solved. docs/powerflow.md says what it models and what it does not."""

from __future__ import annotations

import ctypes
import operator
from dataclasses import dataclass, fields
from typing import Dict

import numpy as np

from . import _abi, errors
from ._arrays import pointer
from ._handle import Handle, new_in_context
from ._load import core, io
from .case import Case

_METHODS = {"ac": 0, "dc": 1}
_STARTS = {"stored": 0, "flat": 1, "dc": 2, "previous": 3}
_SLACKS = ("reference", "capacity", "factors")


@dataclass(frozen=True)
class PowerFlowInfo:
    """How the solution was reached, the fields of ``cef_powerflow_info``."""

    converged: bool
    iterations: int  # Newton steps of the start that converged
    polish_steps: int
    n_halvings: int  # of damped steps
    start: int  # 0 stored, 1 flat, 2 DC, 3 previous
    mismatch: float  # per unit, the largest |P| or |Q| that a bus misses
    worst_bus: int  # its position
    slack_mw: float  # what the slack units run beside their schedule
    loss_mw: float
    unserved_mw: float  # loads on dead buses
    n_islands: int
    n_dead_buses: int
    n_pv_switched: int  # PV buses that ended at a reactive limit
    n_vg_conflicts: int
    seconds: float

    @classmethod
    def _from_c(cls, info: _abi.cef_powerflow_info) -> "PowerFlowInfo":
        values = {field.name: getattr(info, field.name) for field in fields(cls)}
        values["converged"] = bool(info.converged)
        return cls(**values)


@dataclass
class PowerFlow:
    """A solved case, in its row order. Dead buses, and what stands on them or is out of service, have 0."""

    method: str  # "ac" or "dc"
    base_mva: float
    info: PowerFlowInfo
    bus_vm: np.ndarray  # [n_bus] per unit
    bus_va: np.ndarray  # [n_bus] degrees
    branch_p_from: np.ndarray  # [n_branch] MW into the branch
    branch_q_from: np.ndarray  # [n_branch] MVAr
    branch_p_to: np.ndarray
    branch_q_to: np.ndarray
    gen_p: np.ndarray  # [n_gen] MW, the slack units' with what the schedule missed
    gen_q: np.ndarray  # [n_gen] MVAr
    load_p: np.ndarray  # [n_load] MW, shunts at the solved voltage
    storage_p: np.ndarray  # [n_storage] MW
    bus_mismatch_p: np.ndarray  # [n_bus] MW
    bus_mismatch_q: np.ndarray  # [n_bus] MVAr
    bus_type: np.ndarray  # [n_bus] int32: 0 dead, 1 PQ, 2 PV, 3 reference

    @property
    def accuracy_mw(self) -> float:
        """MW that the worst bus misses."""
        return self.info.mismatch * self.base_mva


_ARRAYS = tuple(name for name, *_ in _abi.cef_powerflow_solution._fields_[1:])


def _choose(name: str, value: str, choices):
    if value not in choices:
        raise errors.ArgumentError(f"{name} is {value!r}, it must be one of {', '.join(choices)}")
    return value


def _options(case_p, data, method, start, slack, tolerance, max_iterations, reactive_limits):
    options = _abi.cef_powerflow_options()
    core.cef_powerflow_options_init(ctypes.byref(options), ctypes.sizeof(options))
    options.method = _METHODS[_choose("method", method, _METHODS)]
    options.start = _STARTS[_choose("start", start, [name for name in _STARTS if name != "previous"])]
    options.tolerance = float(tolerance)
    steps = operator.index(max_iterations)
    if not 1 <= steps <= 1000:
        raise errors.ArgumentError(f"max_iterations is {steps}, it must be 1 to 1000")
    options.max_iterations = steps
    options.reactive_limits = bool(reactive_limits)
    if _choose("slack", slack, _SLACKS) == "capacity":
        options.participation = data.gen_capacity
    elif slack == "factors":
        options.participation = io.cef_case_participation(case_p)
    return options


def _new_arrays(case: Case) -> Dict[str, np.ndarray]:
    rows = {name: getattr(case.describe(), f"n_{name.split('_', 1)[0]}") for name in _ARRAYS}
    return {name: np.zeros(n, np.int32 if name == "bus_type" else np.float64) for name, n in rows.items()}


def powerflow(
    case: Case,
    method: str = "ac",
    *,
    start: str = "stored",
    slack: str = "reference",
    tolerance: float = 1e-8,
    max_iterations: int = 30,
    reactive_limits: bool = False,
) -> PowerFlow:
    """Solves the case's operating point; the case is not changed (see ``Case.apply_flows``).

    method  "ac": Newton's method; "dc": the linear model without losses
    start   "stored", "flat" or "dc": where an AC solution starts; the others are tried when it diverges
    slack   who runs at what the schedule misses: "reference", the units of the reference bus; "capacity", all running
            units in proportion to capacity; "factors", by the case's participation factors
    tolerance        per unit that a bus may miss
    reactive_limits  True: units at a limit let go of their voltage

    Raises DivergedError, naming the worst bus; ParseError where the case says too little; NetworkError for a branch of
    zero impedance.
    """
    data, at = _abi.cef_powerflow_data(), _abi.cef_injections()
    arrays, info, error = _new_arrays(case), _abi.cef_powerflow_info(), _abi.cef_error()
    solution = _abi.cef_powerflow_solution(**{name: pointer(array) for name, array in arrays.items()})
    with case._preparing, case._use() as case_p, case.network._use() as network_p:
        errors.check(
            io.cef_case_powerflow(case_p, ctypes.byref(data), ctypes.byref(at), ctypes.byref(error)), error
        )
        options = _options(case_p, data, method, start, slack, tolerance, max_iterations, reactive_limits)
        handle = Handle(
            new_in_context(
                core.cef_powerflow_create, _abi.powerflow_p, network_p, ctypes.byref(data), ctypes.byref(options)
            ),
            core.cef_powerflow_destroy,
        )
        with handle, handle._use() as pf:
            status = core.cef_powerflow_solve(
                pf, ctypes.byref(at), ctypes.byref(solution), ctypes.byref(info), ctypes.byref(error)
            )
    errors.check(status, error)
    return PowerFlow(method, case.describe().base_mva, PowerFlowInfo._from_c(info), **arrays)
