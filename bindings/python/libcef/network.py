# SPDX-License-Identifier: Apache-2.0
"""What is wired: buses, branches, generators, loads, storage. Immutable; may be shared by threads and solvers."""

from __future__ import annotations

import ctypes
import operator
from contextlib import contextmanager
from enum import IntEnum
from typing import Dict, Iterator, Optional

import numpy as np
from numpy.typing import ArrayLike

from . import _abi, errors
from ._arrays import copy_of, integers, pointer
from ._handle import Handle, new_in_context
from ._load import core

TABLES = ("bus", "branch", "gen", "load", "storage")

# Column of cef_network_data -> its table. All int32, except the ids.
_COLUMNS = {
    "bus_id": "bus",
    "bus_zone": "bus",
    "branch_from": "branch",
    "branch_to": "branch",
    "gen_bus": "gen",
    "load_bus": "load",
    "load_kind": "load",
    "storage_bus": "storage",
}


class LoadKind(IntEnum):
    """Which total a load is counted in; the ``prorata`` policy charges DEMAND only."""

    DEMAND = 0
    SHUNT = 1
    EXPORT = 2


class Network(Handle):
    """A grid's wiring; made by ``from_arrays`` or taken from ``Case.network``.

    ``n_bus``, ``n_branch``, ``n_gen``, ``n_load`` and ``n_storage`` are its table sizes.
    """

    n_bus: int
    n_branch: int
    n_gen: int
    n_load: int
    n_storage: int

    def __init__(self, network_p, destroy=core.cef_network_destroy):
        super().__init__(network_p, destroy)
        self._read_sizes()

    def _describe(self, network_p) -> _abi.cef_network_data:
        data, error = _abi.cef_network_data(), _abi.cef_error()
        errors.check(core.cef_network_describe(network_p, ctypes.byref(data), ctypes.byref(error)), error)
        return data

    def _read_sizes(self) -> None:
        with self._use() as network_p:
            data = self._describe(network_p)
        for table in TABLES:
            setattr(self, f"n_{table}", getattr(data, f"n_{table}"))

    def rows(self, table: str) -> int:
        """Number of rows of ``"bus"``, ``"branch"``, ``"gen"``, ``"load"`` or ``"storage"``."""
        return getattr(self, f"n_{table}")

    def columns(self) -> Dict[str, Optional[np.ndarray]]:
        """Copies of ``bus_id``, ``bus_zone`` [n_bus], ``branch_from``, ``branch_to`` [n_branch], ``gen_bus``
        [n_gen], ``load_bus``, ``load_kind`` [n_load], ``storage_bus`` [n_storage]; positions are 0-based."""
        with self._use() as network_p:
            data = self._describe(network_p)
            return {name: copy_of(getattr(data, name), self.rows(table)) for name, table in _COLUMNS.items()}

    def __repr__(self) -> str:
        sizes = ", ".join(f"n_{table}={self.rows(table)}" for table in TABLES)
        return f"<{type(self).__name__} {sizes}>"


class BorrowedNetwork(Network):
    """The network inside an owner (a case), which it keeps alive. Closing it does nothing; closing the owner ends it."""

    def __init__(self, owner: Handle, network_p):
        self._owner = owner
        self._borrowed = network_p
        self._read_sizes()

    @contextmanager
    def _use(self) -> Iterator[ctypes._Pointer]:
        with self._owner._use():
            yield self._borrowed

    def close(self) -> None:
        """Nothing to free: the owner does."""

    @property
    def closed(self) -> bool:
        return self._owner.closed


def from_arrays(
    *,
    branch_from: ArrayLike = (),
    branch_to: ArrayLike = (),
    gen_bus: ArrayLike = (),
    load_bus: ArrayLike = (),
    storage_bus: ArrayLike = (),
    bus_id: Optional[ArrayLike] = None,
    bus_zone: Optional[ArrayLike] = None,
    load_kind: Optional[ArrayLike] = None,
    n_bus: Optional[int] = None,
) -> Network:
    """A network from columns; they are read now and not kept.

    branch_from, branch_to  [n_branch] 0-based bus positions; equal ends are allowed (only losses)
    gen_bus, load_bus, storage_bus  [n_gen], [n_load], [n_storage] 0-based bus positions
    bus_id     [n_bus] your own numbers, unique, int64; None: 0..n_bus-1, and then ``n_bus`` is needed
    bus_zone   [n_bus] int32; None: all 0
    load_kind  [n_load] ``LoadKind``; None: all DEMAND

    Raises NetworkError naming the element whose bus does not exist, or the duplicate id.
    """
    ids = integers(bus_id, "bus_id", np.int64)
    if ids is None and n_bus is None:
        raise errors.ArgumentError("from_arrays needs bus_id or n_bus")
    sizes = {"bus": operator.index(n_bus) if ids is None else len(ids)}
    given = {"branch_from": branch_from, "gen_bus": gen_bus, "load_bus": load_bus, "storage_bus": storage_bus}
    columns = {name: integers(values, name, np.int32) for name, values in given.items()}
    sizes.update({_COLUMNS[name]: len(column) for name, column in columns.items()})
    columns["bus_id"] = integers(ids, "bus_id", np.int64, n_bus)
    dependent = {"branch_to": branch_to, "bus_zone": bus_zone, "load_kind": load_kind}
    for name, values in dependent.items():
        columns[name] = integers(values, name, np.int32, sizes[_COLUMNS[name]])
    if not all(0 <= size < 2**31 for size in sizes.values()):
        raise errors.ArgumentError(f"table sizes {sizes} do not fit 32-bit positions", _abi.ERR_OVERFLOW, "too-large")

    data = _abi.cef_network_data(**{f"n_{table}": size for table, size in sizes.items()})
    for name, column in columns.items():
        setattr(data, name, pointer(column))
    return Network(new_in_context(core.cef_network_create, _abi.network_p, ctypes.byref(data)))
