# SPDX-License-Identifier: Apache-2.0
"""cef/powerflow.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_double, c_size_t

from .status import Sized, arrays, cef_status, double_p, doubles, error_p, int32_p, int32s, int8_p
from .context import context_p
from .network import network_p


class cef_powerflow(ctypes.Structure):
    """Opaque."""


powerflow_p = POINTER(cef_powerflow)


class cef_powerflow_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_mva", c_double),
        ("bus_type", int8_p),
        *arrays("bus_gs bus_bs bus_vm0 bus_va0 branch_r branch_x branch_b branch_tap branch_shift"),
        ("branch_in_service", int8_p),
        ("branch_hvdc", int8_p),
        *arrays("gen_vg gen_qmin gen_qmax gen_capacity"),
        ("gen_in_service", int8_p),
    ]


class cef_powerflow_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("tolerance", c_double),
        ("participation", double_p),
        *int32s("method start max_iterations fallback reactive_limits polish damping reserved"),
    ]


class cef_injections(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("gen_p gen_q load_p load_q bus_q storage_p"),
        *arrays("branch_p_from branch_p_to branch_q_from branch_q_to"),
    ]


class cef_powerflow_solution(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("bus_vm bus_va branch_p_from branch_q_from branch_p_to branch_q_to gen_p gen_q load_p storage_p"),
        *arrays("bus_mismatch_p bus_mismatch_q"),
        ("bus_type", int32_p),
    ]


class cef_powerflow_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *doubles("mismatch slack_mw loss_mw unserved_mw seconds"),
        *int32s("worst_bus n_islands n_dead_buses n_pv_switched n_vg_conflicts"),
        *int32s("iterations polish_steps n_halvings start converged"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_powerflow_options_init": (None, [POINTER(cef_powerflow_options), c_size_t]),
    "cef_powerflow_create": (
        cef_status,
        [
            context_p,
            network_p,
            POINTER(cef_powerflow_data),
            POINTER(cef_powerflow_options),
            POINTER(powerflow_p),
            error_p,
        ],
    ),
    "cef_powerflow_solve": (
        cef_status,
        [
            powerflow_p,
            POINTER(cef_injections),
            POINTER(cef_powerflow_solution),
            POINTER(cef_powerflow_info),
            error_p,
        ],
    ),
    "cef_powerflow_evaluate": (
        cef_status,
        [
            powerflow_p,
            POINTER(cef_injections),
            double_p,
            double_p,
            POINTER(cef_powerflow_solution),
            POINTER(cef_powerflow_info),
            error_p,
        ],
    ),
    "cef_powerflow_destroy": (None, [powerflow_p]),
}
