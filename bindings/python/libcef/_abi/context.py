# SPDX-License-Identifier: Apache-2.0
"""cef/context.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_void_p

from .status import Sized, cef_log_level, cef_status, error_p


class cef_context(ctypes.Structure):
    """Opaque."""


context_p = POINTER(cef_context)
alloc_fn = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)
free_fn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)
log_fn = ctypes.CFUNCTYPE(None, c_void_p, cef_log_level, c_char_p)


class cef_allocator(ctypes.Structure):
    _fields_ = [("alloc", alloc_fn), ("free", free_fn), ("user", c_void_p)]


class cef_context_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("allocator", POINTER(cef_allocator)),
        ("log", log_fn),
        ("log_user", c_void_p),
        ("log_level", cef_log_level),
        ("reserved", c_int32),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_context_create": (cef_status, [POINTER(cef_context_options), POINTER(context_p), error_p]),
    "cef_context_destroy": (None, [context_p]),
}
