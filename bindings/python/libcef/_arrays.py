# SPDX-License-Identifier: Apache-2.0
"""numpy arrays across the C boundary. What already has the library's type and layout is passed without a copy."""

from __future__ import annotations

import ctypes
from typing import Optional

import numpy as np

from . import _abi
from .errors import ArgumentError

_POINTERS = {np.dtype(np.float64): _abi.double_p, np.dtype(np.int32): _abi.int32_p, np.dtype(np.int64): _abi.id_p}


def _column(values, name: str, length: Optional[int], kinds: str) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray):
        raise ArgumentError(f"{name} is a masked array: fill it, libcef guesses no missing values")
    array = np.asarray(values)
    if array.dtype.kind not in kinds and array.size:
        raise ArgumentError(f"{name} has dtype {array.dtype}, which is not a number libcef takes there")
    if array.ndim != 1:
        raise ArgumentError(f"{name} has {array.ndim} dimensions, it must have 1")
    if length is not None and len(array) != length:
        raise ArgumentError(f"{name} has {len(array)} entries, the network has {length} rows of that table")
    return array


def doubles(values, name: str, length: Optional[int] = None) -> Optional[np.ndarray]:
    """float64, C-contiguous, aligned: the same array if it already is, else a converted copy."""
    if values is None:
        return None
    return np.require(_column(values, name, length, "fiu"), np.float64, ["C", "A"])


def integers(values, name: str, dtype: type, length: Optional[int] = None) -> Optional[np.ndarray]:
    """int32 or int64 as ``doubles``; a number that does not fit is an error, never wrapped."""
    if values is None:
        return None
    array = _column(values, name, length, "iu")
    limits = np.iinfo(dtype)
    if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
        raise ArgumentError(f"{name} holds a number outside {limits.min}..{limits.max}")
    return np.require(array, dtype, ["C", "A"])


def pointer(array: Optional[np.ndarray]):
    """The C pointer to an array's numbers, None for None. The caller keeps the array alive."""
    return None if array is None else array.ctypes.data_as(_POINTERS[array.dtype])


def copy_of(source, length: int) -> Optional[np.ndarray]:
    """An array of its own from borrowed C memory; None for NULL."""
    if not source:
        return None
    return np.ctypeslib.as_array(ctypes.cast(source, type(source)), (length,)).copy()
