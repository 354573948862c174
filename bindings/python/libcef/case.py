# SPDX-License-Identifier: Apache-2.0
"""Case files: MATPOWER ``.m``, libcef ``.yaml``, a folder of CSV files; and generated grids."""

from __future__ import annotations

import ctypes
import operator
import os
import threading
from dataclasses import dataclass, fields
from typing import List, Optional, Union

from . import _abi, errors
from ._arrays import copy_of, doubles, pointer
from ._handle import Handle, new_in_context
from ._load import core, io
from .network import TABLES, BorrowedNetwork, Network
from .solver import SNAPSHOT_ARRAYS, Snapshot, default_settings

_ELEMENT = {"bus": _abi.BUS, "branch": _abi.BRANCH, "gen": _abi.GEN, "load": _abi.LOAD, "storage": _abi.STORAGE}
_ID_BYTES = 64


@dataclass(frozen=True)
class CaseInfo:
    """What a case is, the fields of ``cef_case_info``."""

    name: str
    format: str  # "m", "yaml", "csv", "grid"
    sha256: str  # of the file's bytes
    base_mva: float
    n_bus: int
    n_branch: int
    n_gen: int
    n_load: int
    n_storage: int
    n_gen_rows: int
    has_flows: bool  # every branch in service states its power at the from end
    numeric_bus: bool  # all ids of the table are int64 decimals
    numeric_branch: bool
    numeric_gen: bool
    numeric_load: bool
    numeric_storage: bool
    n_out_of_service: int


@dataclass(frozen=True)
class FactorInfo:
    """Where intensities came from: counts of running units by origin, the fields of ``cef_factor_info``."""

    n_from_file: int
    n_from_case: int
    n_from_fuel: int
    n_from_missing: int
    n_defaulted: int  # units and negative loads that rest on a table or policy, not on stated data
    n_negative_load: int


def _c_text(text: Union[str, bytes, os.PathLike], what: str) -> bytes:
    """A path or name as C reads it; C would stop at a zero byte and take another file."""
    data = os.fsencode(text)
    if b"\0" in data:
        raise errors.ArgumentError(f"{what} {text!r} holds a zero byte")
    return data


def _from_c(cls, struct):
    values = {field.name: getattr(struct, field.name) for field in fields(cls)}
    for field in fields(cls):
        if isinstance(values[field.name], bytes):
            values[field.name] = values[field.name].decode("utf-8", "replace")
        elif field.type == "bool":
            values[field.name] = bool(values[field.name])
    return cls(**values)


class Case(Handle):
    """A case: its network, one operating point, text ids. Made by ``read``, ``read_text`` or ``generate``."""

    def __init__(self, case_p):
        super().__init__(case_p, io.cef_case_destroy)
        self._pricing = threading.Lock()
        self._preparing = threading.RLock()  # of the power flow's columns, made once
        self._priced = False
        self._info = self._call(io.cef_case_describe, _abi.cef_case_info())

    @property
    def network(self) -> Network:
        """The case's wiring, without a copy; it keeps the case alive."""
        with self._use() as case_p:
            return BorrowedNetwork(self, io.cef_case_network(case_p))

    def _rows(self, table: str) -> int:
        return getattr(self._info, f"n_{table}")

    def _call(self, function, struct):
        """Calls ``function(case, &struct, &error)``."""
        error = _abi.cef_error()
        with self._use() as case_p:
            errors.check(function(case_p, ctypes.byref(struct), ctypes.byref(error)), error)
        return struct

    def describe(self) -> CaseInfo:
        """Name, format, checksum, table sizes."""
        return _from_c(CaseInfo, self._info)

    def price(
        self,
        *,
        factors: Union[str, os.PathLike, None] = None,
        fuel_factors: Union[str, os.PathLike, None] = None,
        missing: Union[str, float] = "error",
        negative_load_intensity: Optional[float] = None,
    ) -> FactorInfo:
        """Fills the case's intensities, from its own each time; precedence: factors > own > fuel factors > missing.

        factors       CSV file ``gen,bus,intensity[,source]``
        fuel_factors  "ipcc2006" or a CSV file ``fuel,intensity``
        missing       for units that run: "error", "zero", or a number in tCO2/MWh
        negative_load_intensity  tCO2/MWh of negative loads without their own; None: the rule of ``missing``

        Raises FactorError naming the first running unit without a factor.
        """
        options = _abi.cef_factor_options()
        options.factors = None if factors is None else _c_text(factors, "factors")
        options.fuel_factors = None if fuel_factors is None else _c_text(fuel_factors, "fuel_factors")
        options.missing, options.missing_value = _missing_policy(missing)
        if negative_load_intensity is not None:
            options.negative_load_intensity = negative_load_intensity
            options.has_negative_load_intensity = 1
        info, error = _abi.cef_factor_info(), _abi.cef_error()
        with self._pricing, self._use() as case_p:
            status = io.cef_case_price(case_p, ctypes.byref(options), ctypes.byref(info), ctypes.byref(error))
            self._priced = status == _abi.OK
        errors.check(status, error)
        return _from_c(FactorInfo, info)

    @property
    def priced(self) -> bool:
        """True once ``price`` succeeded."""
        return self._priced

    def apply_flows(self, flow) -> None:
        """Puts the powers of a ``PowerFlow`` of this case in the place of its own: ``snapshot`` gives them from now on.

        Call it before ``price``, which asks for factors of the units that run. ``write`` is not changed by it.
        """
        names = ("branch_p_from", "branch_p_to", "gen_p", "load_p", "storage_p")
        columns = {name: doubles(getattr(flow, name), name, self._rows(name.split("_", 1)[0])) for name in names}
        solution = _abi.cef_powerflow_solution(**{name: pointer(column) for name, column in columns.items()})
        with self._pricing:
            self._call(io.cef_case_apply_flows, solution)
            self._info = self._call(io.cef_case_describe, _abi.cef_case_info())

    def check_flows(self, balance_tol: Optional[float] = None) -> None:
        """Raises UnsolvedError, naming the worst bus, unless the case holds a usable power flow.

        balance_tol  MW a bus may miss (or 1e-3 of its throughput, if more); None: the solver's default
        """
        tolerance = default_settings().balance_tol if balance_tol is None else balance_tol
        error = _abi.cef_error()
        with self._use() as case_p:
            errors.check(io.cef_case_check_flows(case_p, tolerance, ctypes.byref(error)), error)

    def snapshot(self) -> Snapshot:
        """The case's operating point: copies, yours to change. Intensities not known (before ``price``) are NaN."""
        with self._pricing, self._use():
            struct = self._call(io.cef_case_snapshot, _abi.cef_snapshot())
            rows = {name: self._rows(name.split("_", 1)[0]) for name in SNAPSHOT_ARRAYS}
            return Snapshot(**{name: copy_of(getattr(struct, name), rows[name]) for name in SNAPSHOT_ARRAYS})

    def ids(self, table: str) -> List[str]:
        """Text ids of ``"bus"``, ``"branch"``, ``"gen"``, ``"load"`` or ``"storage"``, in row order."""
        if table not in TABLES:
            raise errors.ArgumentError(f"there is no table {table!r}; there are {', '.join(TABLES)}")
        buffer = ctypes.create_string_buffer(_ID_BYTES)
        with self._use() as case_p:
            ids = []
            for row in range(self._rows(table)):
                io.cef_case_id(case_p, _ELEMENT[table], row, buffer, _ID_BYTES)
                ids.append(buffer.value.decode("utf-8", "replace"))
        return ids

    def _texts(self, function, rows: int) -> List[str]:
        with self._use() as case_p:
            return [function(case_p, row).decode("utf-8", "replace") for row in range(rows)]

    @property
    def fuels(self) -> List[str]:
        """Fuel of each generator, ``""`` if not stated."""
        return self._texts(io.cef_case_fuel, self._info.n_gen)

    @property
    def zones(self) -> List[str]:
        """Zone of each bus, ``""`` if not stated."""
        return self._texts(io.cef_case_zone, self._info.n_bus)

    @property
    def owners(self) -> List[str]:
        """Owner of each load, ``""`` if not stated."""
        return self._texts(io.cef_case_owner, self._info.n_load)

    def write(self, path: Union[str, os.PathLike]) -> None:
        """Writes ``.m``, ``.yaml``, or a folder of CSV files (no ending); never half a file."""
        error = _abi.cef_error()
        with self._use() as case_p:
            errors.check(io.cef_case_write(case_p, _c_text(path, "path"), ctypes.byref(error)), error)

    def __repr__(self) -> str:
        info = self._info
        return f"<Case {info.name.decode('utf-8', 'replace')!r} n_bus={info.n_bus} n_branch={info.n_branch}>"


def _missing_policy(missing: Union[str, float]):
    """(CEF_MISSING_*, value)."""
    policies = {"error": (0, 0.0), "zero": (1, 0.0)}
    if isinstance(missing, str):
        if missing not in policies:
            raise errors.ArgumentError(f"missing is {missing!r}, it must be 'error', 'zero' or a number")
        return policies[missing]
    return 2, float(missing)


def read(path: Union[str, os.PathLike]) -> Case:
    """Reads a case: a folder is CSV, ``.m`` is MATPOWER (never evaluated), ``.yaml`` or ``.yml`` is libcef's format.

    Raises IoError or ParseError with the line at fault.
    """
    return Case(new_in_context(io.cef_case_read, _abi.case_p, _c_text(path, "path")))


def read_text(text: Union[str, bytes], format: str, name: str = "text") -> Case:
    """Reads a case from memory; ``format`` is "m" or "yaml", ``name`` stands in messages for the file's name."""
    data = text.encode() if isinstance(text, str) else bytes(text)
    buffer = (ctypes.c_char * len(data)).from_buffer_copy(data)
    arguments = (_c_text(name, "name"), _c_text(format, "format"), buffer, len(data))
    return Case(new_in_context(io.cef_case_read_memory, _abi.case_p, *arguments))


def generate(n_bus: int, *, seed: int = 1, kind: str = "transmission", numbering: str = "natural") -> Case:
    """A seeded synthetic grid: the same seed and size give the same grid on every machine. Not a model of a real one.

    kind "transmission" or "feeder"; numbering "natural" (neighbours close together) or "random".
    """
    kinds, numberings = ("transmission", "feeder"), ("natural", "random")
    n_bus, seed = operator.index(n_bus), operator.index(seed)
    if kind not in kinds or numbering not in numberings:
        raise errors.ArgumentError(f"kind is one of {kinds}, numbering one of {numberings}")
    if not (0 <= n_bus < 2**31 and 0 <= seed < 2**64):
        raise errors.ArgumentError("n_bus must fit 31 bits and seed 64 bits, both >= 0")
    options = _abi.cef_grid_options(
        seed=seed, n_bus=n_bus, kind=kinds.index(kind), numbering=numberings.index(numbering)
    )
    grid_p = new_in_context(core.cef_grid_create, _abi.grid_p, ctypes.byref(options))
    with Handle(grid_p, core.cef_grid_destroy)._use() as grid:
        name = f"{kind} {n_bus} seed {seed}".encode()
        return Case(new_in_context(io.cef_case_from_grid, _abi.case_p, grid, name))
