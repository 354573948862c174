# SPDX-License-Identifier: Apache-2.0
"""One exception class per class of ``cef_status``; each carries the fields of ``cef_error`` as data.

Branch on the class and on ``code`` (a stable word such as ``"unknown-bus"``), never on the message.
``explain(code)`` says more.
"""

from __future__ import annotations

import math
from typing import Optional

from . import _abi

_ELEMENTS = {
    _abi.ELEMENT_NONE: "",
    _abi.BUS: "bus",
    _abi.BRANCH: "branch",
    _abi.GEN: "gen",
    _abi.LOAD: "load",
    _abi.STORAGE: "storage",
    _abi.METER: "meter",
}


class CefError(Exception):
    """What went wrong, as data.

    status   cef_status, negative
    code     stable diagnostic code, such as ``"unknown-bus"``
    element  ``"bus"``, ``"branch"``, ``"gen"``, ``"load"``, ``"storage"``; ``""`` if none is at fault
    index    0-based position of the element in its table, -1 if none
    id       its number, -1 if none
    name     its text id, ``""`` if none
    value    the offending number, such as the imbalance in MW; NaN if none
    line     1-based line of the file, 0 if none
    message  one sentence for a person
    """

    def __init__(
        self,
        message: str,
        status: int = _abi.ERR_ARGUMENT,
        code: str = "bad-argument",
        element: str = "",
        index: int = -1,
        id: int = -1,
        name: str = "",
        value: float = math.nan,
        line: int = 0,
    ):
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.element = element
        self.index = index
        self.id = id
        self.name = name
        self.value = value
        self.line = line

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __reduce__(self):
        fields = (self.status, self.code, self.element, self.index, self.id, self.name, self.value, self.line)
        return type(self), (self.message, *fields)


class ArgumentError(CefError, ValueError):
    """An argument, setting, array length or size is wrong (ARGUMENT, STRUCT_SIZE, OVERFLOW)."""


class MemoryError_(CefError, MemoryError):
    """The allocator said no."""


class UnsupportedError(CefError, NotImplementedError):
    """A valid request that this build cannot do."""


class NetworkError(CefError):
    """A bus that does not exist, a duplicate id."""


class SnapshotError(CefError):
    """NaN, infinity or an impossible value among the input arrays."""


class BalanceError(CefError):
    """The power balance is missed in strict mode, or a mismatch unit is needed."""


class FactorError(CefError):
    """An emission factor is missing or contradicts the case."""


class UnsolvedError(CefError):
    """The case holds no usable power flow."""


class SingularError(CefError):
    """A loop of flow that no unit feeds."""


class CertificateError(CefError):
    """Computed but not certified; ``result`` holds all outputs. Do not publish them."""

    result: Optional["object"] = None


class DivergedError(CefError):
    """The power flow did not converge."""


class IoError(CefError, OSError):
    """Open, read, write, flush or rename failed."""


class ParseError(CefError):
    """The file's text is wrong; see ``line``."""


class InternalError(CefError):
    """A bug in libcef."""


CLASSES = {
    _abi.ERR_ARGUMENT: ArgumentError,
    _abi.ERR_STRUCT_SIZE: ArgumentError,
    _abi.ERR_MEMORY: MemoryError_,
    _abi.ERR_OVERFLOW: ArgumentError,
    _abi.ERR_UNSUPPORTED: UnsupportedError,
    _abi.ERR_NETWORK: NetworkError,
    _abi.ERR_SNAPSHOT: SnapshotError,
    _abi.ERR_BALANCE: BalanceError,
    _abi.ERR_FACTOR: FactorError,
    _abi.ERR_UNSOLVED: UnsolvedError,
    _abi.ERR_SINGULAR: SingularError,
    _abi.ERR_CERTIFICATE: CertificateError,
    _abi.ERR_DIVERGED: DivergedError,
    _abi.ERR_IO: IoError,
    _abi.ERR_PARSE: ParseError,
    _abi.ERR_INTERNAL: InternalError,
}


def from_c(status: int, error: _abi.cef_error) -> CefError:
    """The exception of a failed call."""
    return CLASSES.get(status, CefError)(
        error.message.decode("utf-8", "replace"),
        status=status,
        code=error.code.decode("utf-8", "replace"),
        element=_ELEMENTS.get(error.element, str(error.element)),
        index=error.index,
        id=error.id,
        name=error.name.decode("utf-8", "replace"),
        value=error.value,
        line=error.line,
    )


def check(status: int, error: _abi.cef_error) -> None:
    """Raises unless ``status`` is 0."""
    if status != _abi.OK:
        raise from_c(status, error)
