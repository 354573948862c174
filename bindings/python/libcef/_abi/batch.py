# SPDX-License-Identifier: Apache-2.0
"""cef/batch.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_double, c_size_t

from .status import Sized, arrays, cef_status, doubles, error_p, int32_p, int32s
from .context import context_p
from .network import network_p
from .solver import cef_settings
from .storage import cef_storage


class cef_batch(ctypes.Structure):
    """Opaque."""


batch_p = POINTER(cef_batch)


class cef_batch_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *int32s("periods_per_block threads engine reserved"),
        ("gen_group", int32_p),
        ("load_group", int32_p),
        *int32s("n_groups reserved_too"),
    ]


class cef_batch_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("branch_p_from branch_p_to gen_p gen_intensity load_p load_intensity storage_p storage_intensity"),
        ("period_hours", c_double),
        *int32s("n_periods fixed"),
        ("storage", POINTER(POINTER(cef_storage))),
        *int32s("n_scenarios reserved"),
    ]


class cef_batch_result(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *arrays("bus_intensity bus_throughput branch_carbon_from branch_carbon_to branch_carbon_loss"),
        *arrays("gen_carbon load_carbon storage_carbon"),
        *arrays("period_error_bound period_backward_error period_conservation period_balance_mw"),
        *arrays("period_generation period_load period_loss period_export period_storage period_mismatch"),
        *arrays("bus_energy bus_emissions gen_energy gen_emissions load_energy load_emissions"),
        ("period_status", int32_p),
        *arrays("storage_price storage_energy_held storage_carbon_held"),
        *arrays("storage_carbon_drawn storage_carbon_delivered storage_owner_loss"),
        *arrays("group_generation_p group_generation_carbon group_load_p group_load_carbon"),
    ]


class cef_batch_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *doubles("error_bound backward_error conservation balance_mw"),
        *doubles("generation_emissions load_emissions loss_emissions"),
        *doubles("export_emissions storage_emissions mismatch_emissions seconds"),
        *int32s("n_solved n_failed first_failed n_one_by_one n_orders n_time_blocks n_blocks largest_block"),
        *int32s("maximum_principle certified"),
        *doubles("carbon_start carbon_end owner_loss horizon"),
        *int32s("n_scenarios n_unknown"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_batch_create": (
        cef_status,
        [context_p, network_p, POINTER(cef_settings), POINTER(cef_batch_options), POINTER(batch_p), error_p],
    ),
    "cef_batch_solve": (
        cef_status,
        [batch_p, POINTER(cef_batch_data), POINTER(cef_batch_result), POINTER(cef_batch_info), error_p],
    ),
    "cef_batch_destroy": (None, [batch_p]),
}
