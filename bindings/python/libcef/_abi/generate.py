# SPDX-License-Identifier: Apache-2.0
"""cef/generate.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_size_t, c_uint64

from .status import Sized, cef_index, cef_status, error_p, int32s
from .context import context_p
from .network import cef_network_data
from .solver import cef_snapshot


class cef_grid(ctypes.Structure):
    """Opaque."""


grid_p = POINTER(cef_grid)


class cef_grid_options(Sized):
    _fields_ = [("struct_size", c_size_t), ("seed", c_uint64), *int32s("n_bus kind numbering reserved")]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_grid_create": (cef_status, [context_p, POINTER(cef_grid_options), POINTER(grid_p), error_p]),
    "cef_grid_destroy": (None, [grid_p]),
    "cef_grid_network": (cef_status, [grid_p, POINTER(cef_network_data), error_p]),
    "cef_grid_snapshot": (cef_status, [grid_p, POINTER(cef_snapshot), error_p]),
    "cef_grid_gen_fuel": (c_char_p, [grid_p, cef_index]),
}
