# SPDX-License-Identifier: Apache-2.0
"""Finds and loads ``libcef.so.0`` and ``libcef_io.so.0``, by absolute path wherever possible.

Another project ships a ``libcef.so`` too, so only versioned names are ever asked for. Looked for, in this order:

1. the folder in the environment variable ``LIBCEF_LIBRARY_DIR``: nothing else is tried when it is set;
2. the folder ``lib`` inside the installed package;
3. ``build/release/lib`` of the source tree that this file stands in;
4. the system's loader.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Optional

from . import _abi

_ENVIRONMENT = "LIBCEF_LIBRARY_DIR"


class LoadError(ImportError):
    """The C library is not there, is another one, or speaks another ABI."""


def _soname(stem: str) -> str:
    return f"{stem}.so.{_abi.ABI_VERSION}"


def library_dir() -> Optional[Path]:
    """The folder both libraries are loaded from, absolute; None: the system's loader decides."""
    stated = os.environ.get(_ENVIRONMENT)
    if stated:
        folder = Path(stated).resolve()
        if not (folder / _soname("libcef")).is_file():
            raise LoadError(f"{_ENVIRONMENT} is {stated}, which holds no {_soname('libcef')}: correct or unset it")
        return folder
    package = Path(__file__).resolve().parent
    candidates = [package / "lib"]
    if len(package.parents) > 2 and (package.parents[2] / "include" / "cef" / "cef.h").is_file():
        candidates.append(package.parents[2] / "build" / "release" / "lib")
    return next((folder for folder in candidates if (folder / _soname("libcef")).is_file()), None)


def _open(folder: Optional[Path], stem: str) -> ctypes.CDLL:
    name = _soname(stem)
    try:
        return ctypes.CDLL(str(folder / name) if folder else name)
    except OSError as error:
        raise LoadError(
            f"cannot load {name}: {error}. Build libcef (./bootstrap.sh build), install it, or set {_ENVIRONMENT} "
            "to the folder that holds it"
        ) from error


def _check_abi(library: ctypes.CDLL) -> None:
    try:
        abi_version = library.cef_abi_version
    except AttributeError as error:
        raise LoadError(f"{library._name} is not libcef: it has no cef_abi_version") from error
    abi_version.restype = ctypes.c_int32
    abi_version.argtypes = []
    found = abi_version()
    if found != _abi.ABI_VERSION:
        raise LoadError(
            f"{library._name} has ABI {found}, this package needs {_abi.ABI_VERSION}: install matching versions"
        )


def _declare(library: ctypes.CDLL, functions: dict) -> None:
    try:
        _abi.declare(library, functions)
    except AttributeError as error:
        raise LoadError(f"{library._name} lacks a function of this package's headers: {error}") from error


def load() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """Loads both libraries and declares every function; LoadError says what is wrong and what to do."""
    folder = library_dir()
    core = _open(folder, "libcef")
    _check_abi(core)
    _declare(core, _abi.CORE_FUNCTIONS)
    io = _open(folder, "libcef_io")
    _declare(io, _abi.IO_FUNCTIONS)
    return core, io


core, io = load()
