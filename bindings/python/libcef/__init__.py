# SPDX-License-Identifier: Apache-2.0
"""libcef: carbon emission flow of power grids, from a case or from arrays to certified nodal carbon intensities.

>>> import libcef
>>> case = libcef.read("examples/ieee14.yaml")
>>> result = libcef.trace(case)
>>> result.bus_intensity                # tCO2/MWh, NaN where a bus carries no power
>>> result.certificate.error_bound

Units: MW, tCO2/MWh, tCO2/h. See docs/python.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Optional, Union

from ._load import LoadError, core
from .case import Case, CaseInfo, FactorInfo, generate, read, read_text
from .errors import (
    ArgumentError,
    BalanceError,
    CefError,
    CertificateError,
    DivergedError,
    FactorError,
    InternalError,
    IoError,
    MemoryError_,
    NetworkError,
    ParseError,
    SingularError,
    SnapshotError,
    UnsolvedError,
    UnsupportedError,
)
from .network import LoadKind, Network, from_arrays
from .flow import PowerFlow, PowerFlowInfo, powerflow
from .solver import OUTPUTS, SNAPSHOT_ARRAYS, BusFlag, Certificate, Result, Snapshot, Solver, new_result

__version__ = core.cef_version_string().decode()
build_info = core.cef_build_info().decode()

__all__ = [
    "ArgumentError",
    "BalanceError",
    "BusFlag",
    "Case",
    "CaseInfo",
    "CefError",
    "Certificate",
    "CertificateError",
    "DivergedError",
    "FactorError",
    "FactorInfo",
    "InternalError",
    "IoError",
    "LoadError",
    "LoadKind",
    "MemoryError_",
    "Network",
    "NetworkError",
    "OUTPUTS",
    "ParseError",
    "PowerFlow",
    "PowerFlowInfo",
    "Result",
    "SingularError",
    "Snapshot",
    "SnapshotError",
    "Solver",
    "UnsolvedError",
    "UnsupportedError",
    "build_info",
    "explain",
    "from_arrays",
    "generate",
    "new_result",
    "powerflow",
    "read",
    "read_text",
    "trace",
]

_POWERS = ("branch_p_from", "branch_p_to", "gen_p", "load_p", "storage_p")


def explain(code: str) -> Optional[str]:
    """A longer text about a diagnostic code: what it means, what to do. None for an unknown code."""
    text = core.cef_explain(code.encode())
    return None if text is None else text.decode()


def trace(
    grid: Union[Case, Network],
    snapshot: Optional[Snapshot] = None,
    *,
    outputs: Optional[Iterable[str]] = None,
    powerflow: str = "auto",
    **arrays_and_settings,
) -> Result:
    """Traces carbon through one operating point, once; use a ``Solver`` for many.

    grid      a Case (its own operating point, unless ``snapshot`` is given) or a Network
    snapshot  a Snapshot; its arrays may also be given by keyword, and those win
    outputs   names of the outputs wanted; None: all
    powerflow whose powers of a case are traced, where none are given: "auto", its own if they balance, else an AC power
              flow; "given", its own, refused only if missing; "ac", "dc", a power flow of the case
    settings  by keyword, see Solver; flow_tol is at least what the power flow misses unless it is given

    A case that was not priced is priced by its own intensities. ``Result.flows`` says whose flows were traced. Raises
    UnsolvedError if there are none, DivergedError if the power flow finds none, CertificateError, which carries the
    result, if it is not certified.
    """
    if powerflow not in ("auto", "given", "ac", "dc"):
        raise ArgumentError(f"powerflow is {powerflow!r}, it must be 'auto', 'given', 'ac' or 'dc'")
    arrays = {name: arrays_and_settings.pop(name) for name in SNAPSHOT_ARRAYS if name in arrays_and_settings}
    settings = arrays_and_settings
    is_case = isinstance(grid, Case)
    network = grid.network if is_case else grid
    flow = None
    if is_case and snapshot is None:
        if not grid.priced and "gen_intensity" not in arrays:
            grid.price()
        snapshot = grid.snapshot()
        if not any(name in arrays for name in _POWERS):
            flow = _flow(grid, powerflow, settings.get("balance_tol"))
    if flow is not None:
        snapshot = replace(snapshot, **{name: getattr(flow, name) for name in _POWERS})
        settings.setdefault("flow_tol", max(1e-6, flow.accuracy_mw))
    with Solver(network, **settings) as solver:
        try:
            return _mark(solver.solve(snapshot, outputs=outputs, **arrays), flow)
        except CertificateError as failure:
            _mark(failure.result, flow)
            raise


def _mark(result: Result, flow: Optional[PowerFlow]) -> Result:
    result.flows = "given" if flow is None else flow.method
    result.powerflow = flow
    return result


def _flow(case: Case, choice: str, balance_tol: Optional[float]) -> Optional[PowerFlow]:
    """None: the case's own flows serve."""
    if choice in ("ac", "dc"):
        return powerflow(case, choice)
    if choice == "given" and case.describe().has_flows:
        return None
    try:
        case.check_flows(balance_tol)
        return None
    except UnsolvedError as unsolved:
        if choice == "given":
            raise
        try:
            return powerflow(case, "ac")
        except ParseError as error:  # the case says too little for a power flow
            raise unsolved from error
