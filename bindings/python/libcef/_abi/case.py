# SPDX-License-Identifier: Apache-2.0
"""cef/case.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_char_p, c_double, c_size_t

from .status import Sized, cef_element, cef_index, cef_status, double_p, doubles, error_p, int32s
from .context import context_p
from .network import network_p
from .solver import cef_snapshot
from .powerflow import cef_injections, cef_powerflow_data, cef_powerflow_solution
from .storage import cef_storage_data
from .generate import grid_p


class cef_case(ctypes.Structure):
    """Opaque."""


case_p = POINTER(cef_case)


class cef_case_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_mva", c_double),
        *int32s("n_bus n_branch n_gen n_load n_storage n_gen_rows has_flows"),
        *int32s("numeric_bus numeric_branch numeric_gen numeric_load numeric_storage"),
        *int32s("n_out_of_service reserved"),
        ("sha256", c_char * 72),
        ("name", c_char * 128),
        ("format", c_char * 8),
    ]


class cef_factor_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("factors", c_char_p),
        ("fuel_factors", c_char_p),
        *doubles("missing_value negative_load_intensity"),
        *int32s("missing has_negative_load_intensity"),
    ]


class cef_factor_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *int32s("n_from_file n_from_case n_from_fuel n_from_missing n_defaulted n_negative_load"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_case_read": (cef_status, [context_p, c_char_p, POINTER(case_p), error_p]),
    "cef_case_read_memory": (
        cef_status,
        [context_p, c_char_p, c_char_p, POINTER(c_char), c_size_t, POINTER(case_p), error_p],
    ),
    "cef_case_from_grid": (cef_status, [context_p, grid_p, c_char_p, POINTER(case_p), error_p]),
    "cef_case_destroy": (None, [case_p]),
    "cef_case_write": (cef_status, [case_p, c_char_p, error_p]),
    "cef_case_describe": (cef_status, [case_p, POINTER(cef_case_info), error_p]),
    "cef_case_network": (network_p, [case_p]),
    "cef_case_snapshot": (cef_status, [case_p, POINTER(cef_snapshot), error_p]),
    "cef_case_storage": (cef_status, [case_p, POINTER(cef_storage_data), error_p]),
    "cef_case_id": (c_size_t, [case_p, cef_element, cef_index, POINTER(c_char), c_size_t]),
    "cef_case_fuel": (c_char_p, [case_p, cef_index]),
    "cef_case_zone": (c_char_p, [case_p, cef_index]),
    "cef_case_owner": (c_char_p, [case_p, cef_index]),
    "cef_case_price": (
        cef_status,
        [case_p, POINTER(cef_factor_options), POINTER(cef_factor_info), error_p],
    ),
    "cef_case_check_flows": (cef_status, [case_p, c_double, error_p]),
    "cef_case_powerflow": (
        cef_status,
        [case_p, POINTER(cef_powerflow_data), POINTER(cef_injections), error_p],
    ),
    "cef_case_participation": (double_p, [case_p]),
    "cef_case_apply_flows": (cef_status, [case_p, POINTER(cef_powerflow_solution), error_p]),
}
