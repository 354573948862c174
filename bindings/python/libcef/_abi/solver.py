# SPDX-License-Identifier: Apache-2.0
"""cef/solver.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_size_t

from .status import Sized, arrays, cef_status, doubles, error_p, int32_p, int32s
from .context import context_p
from .network import network_p


class cef_solver(ctypes.Structure):
    """Opaque."""


solver_p = POINTER(cef_solver)


class cef_snapshot(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("branch_p_from branch_p_to gen_p gen_intensity load_p load_intensity storage_p storage_intensity"),
    ]


class cef_settings(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *doubles("flow_tol balance_tol loss_split mismatch_intensity negative_load_intensity"),
        *int32s("loss_policy mixing net_parallel on_imbalance on_unfed_loop negative_loss"),
    ]


class cef_solution(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("bus_intensity bus_throughput bus_imbalance bus_error_bound bus_mismatch_p bus_loss_factor"),
        ("bus_flags", int32_p),
        ("bus_block", int32_p),
        *arrays("branch_intensity branch_carbon_from branch_carbon_to branch_carbon_loss"),
        *arrays("gen_carbon gen_carbon_loss load_carbon storage_carbon"),
    ]


class cef_solve_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *doubles("error_bound backward_error residual_bound conservation balance_mw"),
        *doubles("total_generation total_load total_loss total_export total_storage total_mismatch"),
        *doubles("order_seconds solve_seconds"),
        *int32s("worst_balance_bus n_blocks largest_block"),
        *int32s("n_undefined n_unfed n_imbalanced n_both_ends_fed n_both_ends_deliver n_negative_loss"),
        *int32s("n_defaulted_factors n_order_changes"),
        *int32s("maximum_principle order_reused certified range_exceeded reserved"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_settings_init": (None, [POINTER(cef_settings), c_size_t]),
    "cef_solver_create": (cef_status, [context_p, network_p, POINTER(cef_settings), POINTER(solver_p), error_p]),
    "cef_solver_solve": (
        cef_status,
        [solver_p, POINTER(cef_snapshot), POINTER(cef_solution), POINTER(cef_solve_info), error_p],
    ),
    "cef_solver_destroy": (None, [solver_p]),
}
