# SPDX-License-Identifier: Apache-2.0
"""cef/status.h: statuses, plain types, ``cef_error``; what every other part uses."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_char_p, c_double, c_int32, c_int64, c_int8, c_size_t

ABI_VERSION = 0  # CEF_ABI_VERSION; the library's must be equal

# Statuses.
OK = 0
ERR_ARGUMENT = -1
ERR_STRUCT_SIZE = -2
ERR_MEMORY = -3
ERR_OVERFLOW = -4
ERR_UNSUPPORTED = -5
ERR_NETWORK = -20
ERR_SNAPSHOT = -21
ERR_BALANCE = -22
ERR_FACTOR = -23
ERR_UNSOLVED = -24
ERR_SINGULAR = -40
ERR_CERTIFICATE = -41
ERR_DIVERGED = -42
ERR_IO = -60
ERR_PARSE = -61
ERR_INTERNAL = -90

cef_status = c_int32
cef_index = c_int32
cef_id = c_int64
cef_element = c_int32
cef_log_level = c_int32

ELEMENT_NONE, BUS, BRANCH, GEN, LOAD, STORAGE, METER = range(7)

double_p = POINTER(c_double)
index_p = POINTER(cef_index)
int32_p = POINTER(c_int32)
int8_p = POINTER(c_int8)
id_p = POINTER(cef_id)


class Sized(ctypes.Structure):
    """A struct that starts with ``struct_size``: set at birth."""

    def __init__(self, **values):
        super().__init__(**values)
        self.struct_size = ctypes.sizeof(self)


def doubles(names: str):
    return [(name, c_double) for name in names.split()]


def arrays(names: str):
    return [(name, double_p) for name in names.split()]


def int32s(names: str):
    return [(name, c_int32) for name in names.split()]


class cef_error(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("id", cef_id),
        ("value", c_double),
        ("status", cef_status),
        ("element", cef_element),
        ("index", cef_index),
        ("period", c_int32),
        ("line", c_int32),
        ("reserved", c_int32),
        ("code", c_char * 32),
        ("name", c_char * 64),
        ("message", c_char * 512),
    ]


error_p = POINTER(cef_error)

# name -> (result, arguments)
FUNCTIONS = {
    "cef_abi_version": (c_int32, []),
    "cef_version_number": (c_int32, []),
    "cef_version_string": (c_char_p, []),
    "cef_build_info": (c_char_p, []),
    "cef_status_name": (c_char_p, [cef_status]),
    "cef_explain": (c_char_p, [c_char_p]),
    "cef_diagnostic_code": (c_char_p, [c_int32]),
    "cef_number_format": (c_size_t, [c_double, POINTER(c_char), c_size_t]),
    "cef_number_parse": (cef_status, [POINTER(c_char), c_size_t, double_p]),
}
