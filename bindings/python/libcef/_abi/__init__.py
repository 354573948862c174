# SPDX-License-Identifier: Apache-2.0
"""The C interface as ctypes sees it: structs, handles and signatures of ``include/cef/*.h``, one to one, a module a header.

Handles are pointers to opaque structs of their own, so ctypes refuses a network where a solver is wanted.
``tests/python/test_abi.py`` compares sizes, offsets and signatures with the C compiler's view.
"""

from __future__ import annotations

import ctypes

from . import batch, case, context, generate, meter, network, powerflow, solver, status, storage
from .batch import *  # noqa: F403
from .case import *  # noqa: F403
from .context import *  # noqa: F403
from .generate import *  # noqa: F403
from .meter import *  # noqa: F403
from .network import *  # noqa: F403
from .powerflow import *  # noqa: F403
from .solver import *  # noqa: F403
from .status import *  # noqa: F403
from .storage import *  # noqa: F403

_CORE = (status, context, network, solver, powerflow, storage, batch, generate, meter)
CORE_FUNCTIONS = {name: signature for part in _CORE for name, signature in part.FUNCTIONS.items()}  # name -> (result, arguments)
IO_FUNCTIONS = case.FUNCTIONS


def declare(library: ctypes.CDLL, functions: dict) -> None:
    """Gives every function of ``library`` its result and argument types; AttributeError if one is missing."""
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
