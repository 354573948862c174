# SPDX-License-Identifier: Apache-2.0
"""One operating point in, certified carbon out.

Units: MW, tCO2/MWh, tCO2/h. Branch powers are positive into the branch at that end (MATPOWER's PF, PT).
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Dict, Iterable, List, Optional

import numpy as np
from numpy.typing import ArrayLike

from . import _abi, errors
from ._arrays import doubles, pointer
from ._handle import Handle, new_in_context
from ._load import core
from .network import Network


class BusFlag(IntFlag):
    """Bits of ``Result.bus_flags``."""

    UNDEFINED = 1
    IN_LOOP = 2
    IMBALANCED = 4
    MISMATCH_UNIT = 8
    LOOP_UNFED = 16
    UNFED = 32


@dataclass
class Snapshot:
    """One operating point, in the rows of the network's tables. NaN and infinity are errors.

    branch_p_from  [n_branch] MW into the branch at its from end
    branch_p_to    [n_branch] MW into the branch at its to end; None: lossless
    gen_p          [n_gen] MW injected; negative withdraws at the bus's intensity
    gen_intensity  [n_gen] tCO2/MWh; read only where gen_p > 0
    load_p         [n_load] MW withdrawn; negative injects
    load_intensity [n_load] tCO2/MWh of what a negative load injects; None: the setting negative_load_intensity
    storage_p      [n_storage] MW injected: positive discharges, negative charges
    storage_intensity [n_storage] tCO2/MWh of what is discharged; read only where storage_p > 0
    """

    branch_p_from: Optional[ArrayLike] = None
    branch_p_to: Optional[ArrayLike] = None
    gen_p: Optional[ArrayLike] = None
    gen_intensity: Optional[ArrayLike] = None
    load_p: Optional[ArrayLike] = None
    load_intensity: Optional[ArrayLike] = None
    storage_p: Optional[ArrayLike] = None
    storage_intensity: Optional[ArrayLike] = None


SNAPSHOT_ARRAYS = tuple(field.name for field in fields(Snapshot))


def _table(array_name: str) -> str:
    return array_name.split("_", 1)[0]


@dataclass(frozen=True)
class Certificate:
    """How far the result can be trusted (docs/theory); totals in tCO2/h. The fields of ``cef_solve_info``."""

    certified: bool  # error_bound <= 1e-9, backward_error <= 1e-12, conservation <= 1e-9
    error_bound: float  # worst rigorous bound of an intensity's relative error
    backward_error: float  # worst componentwise backward error of the linear system
    residual_bound: float  # worst a-posteriori bound from the computed residual
    conservation: float  # |carbon in - carbon out| / carbon in
    balance_mw: float  # worst |bus_imbalance|, MW
    worst_balance_bus: int  # its position
    maximum_principle: Optional[bool]  # None: not claimed under this policy
    range_exceeded: bool  # an overflow or underflow voids the bounds
    n_blocks: int  # loops of two or more buses
    largest_block: int
    n_undefined: int
    n_unfed: int
    n_imbalanced: int
    n_both_ends_fed: int
    n_both_ends_deliver: int
    n_negative_loss: int
    n_defaulted_factors: int  # negative loads priced by negative_load_intensity
    n_order_changes: int  # branches whose direction differs from the order kept
    order_reused: int  # 1 the kept order served, 2 it was repaired, 0 it was rebuilt
    total_generation: float  # imports and negative loads in it
    total_load: float  # shunts and withdrawing units in it
    total_loss: float
    total_export: float
    total_storage: float  # charging positive
    total_mismatch: float
    order_seconds: float
    solve_seconds: float

    @classmethod
    def _from_c(cls, info: _abi.cef_solve_info) -> "Certificate":
        values = {field.name: getattr(info, field.name) for field in fields(cls)}
        values["certified"] = bool(info.certified)
        values["range_exceeded"] = bool(info.range_exceeded)
        values["maximum_principle"] = None if info.maximum_principle < 0 else bool(info.maximum_principle)
        return cls(**values)


@dataclass
class Result:
    """The outputs, named as in the C interface; None: not asked for; NaN: undefined (such a bus carries no power)."""

    certificate: Optional[Certificate] = None
    bus_intensity: Optional[np.ndarray] = None  # [n_bus] nodal carbon intensity, tCO2/MWh
    bus_throughput: Optional[np.ndarray] = None  # [n_bus] generation + inflow, MW
    bus_imbalance: Optional[np.ndarray] = None  # [n_bus] MW
    bus_error_bound: Optional[np.ndarray] = None  # [n_bus] rigorous bound of the relative error
    bus_mismatch_p: Optional[np.ndarray] = None  # [n_bus] MW of the mismatch unit added
    bus_loss_factor: Optional[np.ndarray] = None  # [n_bus] loss carbon per carbon injected ("generator")
    bus_flags: Optional[np.ndarray] = None  # [n_bus] int32, bits of BusFlag
    bus_block: Optional[np.ndarray] = None  # [n_bus] int32, number of its loop, -1 none
    branch_intensity: Optional[np.ndarray] = None  # [n_branch] intensity of the sending bus
    branch_carbon_from: Optional[np.ndarray] = None  # [n_branch] tCO2/h, signed as the power
    branch_carbon_to: Optional[np.ndarray] = None  # [n_branch] tCO2/h, signed as the power
    branch_carbon_loss: Optional[np.ndarray] = None  # [n_branch] tCO2/h, their sum
    gen_carbon: Optional[np.ndarray] = None  # [n_gen] tCO2/h injected
    gen_carbon_loss: Optional[np.ndarray] = None  # [n_gen] tCO2/h charged to the unit ("generator")
    load_carbon: Optional[np.ndarray] = None  # [n_load] tCO2/h withdrawn
    storage_carbon: Optional[np.ndarray] = None  # [n_storage] tCO2/h injected
    flows: str = "given"  # whose powers were traced: "given", or "ac" or "dc" of a power flow
    powerflow: Optional["object"] = None  # that PowerFlow

    @property
    def loops(self) -> List[np.ndarray]:
        """The loops of flow: arrays of bus positions."""
        if self.bus_block is None:
            raise errors.ArgumentError("loops need the output bus_block, which was not asked for")
        return [np.flatnonzero(self.bus_block == block) for block in range(int(self.bus_block.max(initial=-1)) + 1)]


_NO_OUTPUTS = ("certificate", "flows", "powerflow")
OUTPUTS = tuple(field.name for field in fields(Result) if field.name not in _NO_OUTPUTS)
_INTEGER_OUTPUTS = ("bus_flags", "bus_block")


def _output_dtype(name: str) -> type:
    return np.int32 if name in _INTEGER_OUTPUTS else np.float64


def new_result(network: Network, outputs: Optional[Iterable[str]] = None) -> Result:
    """A result with empty arrays for ``outputs`` (None: all), to be filled by ``Solver.solve(.., out=..)``."""
    names = OUTPUTS if outputs is None else tuple(outputs)
    unknown = [name for name in names if name not in OUTPUTS]
    if unknown:
        raise errors.ArgumentError(f"unknown outputs {unknown}; there are {', '.join(OUTPUTS)}")
    return Result(**{name: np.empty(network.rows(_table(name)), _output_dtype(name)) for name in names})


_CHOICES: Dict[str, Dict[str, int]] = {
    "loss_policy": {"sending": 0, "consumer": 1, "generator": 2, "split": 3, "prorata": 4, "half": 5},
    "mixing": {"gross": 0, "netted": 1},
    "on_imbalance": {"report": 0, "add_unit": 1, "error": 2},
    "on_unfed_loop": {"error": 0, "mark": 1},
    "negative_loss": {"keep": 0, "source": 1},
}
_NUMBERS = ("flow_tol", "balance_tol", "loss_split", "mismatch_intensity", "negative_load_intensity")
SETTINGS = (*_CHOICES, *_NUMBERS, "net_parallel")


def default_settings() -> _abi.cef_settings:
    settings = _abi.cef_settings()
    core.cef_settings_init(ctypes.byref(settings), ctypes.sizeof(settings))
    return settings


def _setting(name: str, value):
    if name not in SETTINGS:
        raise TypeError(f"unknown keyword {name!r}: settings are {', '.join(SETTINGS)}")
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise errors.ArgumentError(f"{name} is {value!r}, it must be one of {', '.join(_CHOICES[name])}")
        return _CHOICES[name][value]
    if isinstance(value, (bool, np.bool_)) != (name == "net_parallel"):
        raise errors.ArgumentError(f"{name} is {value!r}, it must be {'a bool' if name == 'net_parallel' else 'a number'}")
    try:
        return int(value) if name == "net_parallel" else float(value)
    except (TypeError, ValueError) as error:
        raise errors.ArgumentError(f"{name} is {value!r}, it must be a number") from error


class Solver(Handle):
    """A solver of one network, reusable over snapshots: everything is allocated here, nothing in ``solve``.

    Settings (defaults first):
    loss_policy     "sending", "consumer", "generator", "split", "prorata", "half": who carries loss carbon
    loss_split      0.0: share of "split" that consumers carry; refused with any other policy
    mixing          "gross", "netted": local generation mixes with transit, or serves local load first
    net_parallel    False: net parallel circuits that run in opposite directions
    flow_tol        1e-6 MW: a branch end below this carries nothing
    balance_tol     0.1 MW: nodal imbalance before a flag
    on_imbalance    "report", "add_unit", "error"
    mismatch_intensity  0.0 tCO2/MWh of the units of "add_unit"
    negative_load_intensity  0.0 tCO2/MWh of negative loads without their own
    on_unfed_loop   "error", "mark"
    negative_loss   "keep", "source"

    A call from a second thread waits for the first.
    """

    def __init__(self, network: Network, **settings):
        struct = default_settings()
        for name, value in settings.items():
            setattr(struct, name, _setting(name, value))
        if "loss_split" in settings and settings.get("loss_policy") != "split":
            raise errors.ArgumentError("loss_split is the share of loss_policy 'split': give both or neither")
        with network._use() as network_p:
            solver_p = new_in_context(core.cef_solver_create, _abi.solver_p, network_p, ctypes.byref(struct))
        super().__init__(solver_p, core.cef_solver_destroy)
        self.network = network
        self._one_at_a_time = threading.Lock()

    def solve(
        self,
        snapshot: Optional[Snapshot] = None,
        *,
        out: Optional[Result] = None,
        outputs: Optional[Iterable[str]] = None,
        **arrays: ArrayLike,
    ) -> Result:
        """Traces one operating point.

        snapshot  a Snapshot; its arrays may also be given by keyword, and those win
        out       a Result of ``new_result`` whose arrays are overwritten and whose certificate is replaced
        outputs   names of the outputs wanted; None: all

        float64, C-contiguous arrays are read in place; others are converted. Raises CertificateError, which carries
        the result, when it was computed but is not certified; after any other error ``out`` is not to be used.
        """
        if out is not None and outputs is not None:
            raise errors.ArgumentError("give out or outputs, not both: the arrays of out are the outputs")
        result = new_result(self.network, outputs) if out is None else out
        columns = self._columns(snapshot, arrays)
        struct = _abi.cef_snapshot(**{name: pointer(column) for name, column in columns.items()})
        status, info, error = self._call(struct, self._solution(result))
        if status in (_abi.OK, _abi.ERR_CERTIFICATE):
            result.certificate = Certificate._from_c(info)
        if status == _abi.OK:
            return result
        failure = errors.from_c(status, error)
        if isinstance(failure, errors.CertificateError):
            failure.result = result
        raise failure

    def _columns(self, snapshot: Optional[Snapshot], arrays: Dict[str, ArrayLike]) -> Dict[str, Optional[np.ndarray]]:
        unknown = [name for name in arrays if name not in SNAPSHOT_ARRAYS]
        if unknown:
            raise TypeError(f"unknown keywords {unknown}: arrays are {', '.join(SNAPSHOT_ARRAYS)}")
        if snapshot is not None and not isinstance(snapshot, Snapshot):
            raise TypeError(f"snapshot is a {type(snapshot).__name__}, it must be a libcef.Snapshot; arrays go by keyword")
        given = {name: getattr(snapshot, name, None) for name in SNAPSHOT_ARRAYS}
        given.update(arrays)
        return {name: doubles(values, name, self.network.rows(_table(name))) for name, values in given.items()}

    def _solution(self, result: Result) -> _abi.cef_solution:
        solution = _abi.cef_solution()
        for name in OUTPUTS:
            array = getattr(result, name)
            if array is not None:
                self._check_output(name, array)
                setattr(solution, name, pointer(array))
        return solution

    def _check_output(self, name: str, array: np.ndarray) -> None:
        rows, dtype = self.network.rows(_table(name)), _output_dtype(name)
        fits = isinstance(array, np.ndarray) and array.dtype == dtype and array.shape == (rows,)
        if not (fits and array.flags.carray):
            raise errors.ArgumentError(f"out.{name} must be a writable C-contiguous {dtype.__name__} array of {rows}")

    def _call(self, snapshot: _abi.cef_snapshot, solution: _abi.cef_solution):
        info, error = _abi.cef_solve_info(), _abi.cef_error()
        with self._one_at_a_time, self._use() as solver_p:
            status = core.cef_solver_solve(
                solver_p, ctypes.byref(snapshot), ctypes.byref(solution), ctypes.byref(info), ctypes.byref(error)
            )
        return status, info, error
