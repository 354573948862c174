# SPDX-License-Identifier: Apache-2.0
"""cef/storage.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_double, c_int64, c_size_t

from .status import Sized, arrays, cef_status, double_p, doubles, error_p, id_p, int32s
from .context import context_p


class cef_storage(ctypes.Structure):
    """Opaque."""


storage_p = POINTER(cef_storage)


class cef_storage_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("id", id_p),
        *arrays("energy carbon intensity capacity efficiency_charge efficiency_discharge retention"),
        *int32s("n_storage reserved"),
    ]


class cef_storage_settings(Sized):
    _fields_ = [("struct_size", c_size_t), ("energy_tol", c_double), *int32s("model substeps unknown reserved")]


class cef_storage_flows(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("energy carbon energy_drawn energy_delivered energy_lost"),
        *arrays("carbon_drawn carbon_delivered owner_loss"),
    ]


class cef_storage_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *doubles("hours energy_start energy_end energy_drawn energy_delivered energy_lost"),
        *doubles("carbon_start carbon_end carbon_drawn carbon_delivered owner_loss identity"),
        ("n_periods", c_int64),
        ("n_emptied", c_int64),
        *int32s("n_storage worst_store"),
        ("n_skipped", c_int64),
        *int32s("n_broken n_unknown"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_storage_settings_init": (None, [POINTER(cef_storage_settings), c_size_t]),
    "cef_storage_create": (
        cef_status,
        [context_p, POINTER(cef_storage_data), POINTER(cef_storage_settings), POINTER(storage_p), error_p],
    ),
    "cef_storage_destroy": (None, [storage_p]),
    "cef_storage_intensity": (cef_status, [storage_p, double_p, error_p]),
    "cef_storage_step": (
        cef_status,
        [storage_p, double_p, double_p, c_double, POINTER(cef_storage_flows), error_p],
    ),
    "cef_storage_skip": (
        cef_status,
        [storage_p, double_p, c_double, POINTER(cef_storage_flows), error_p],
    ),
    "cef_storage_state": (cef_status, [storage_p, double_p, double_p, error_p]),
    "cef_storage_describe": (cef_status, [storage_p, POINTER(cef_storage_info), error_p]),
}
