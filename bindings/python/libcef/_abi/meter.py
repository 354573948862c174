# SPDX-License-Identifier: Apache-2.0
"""cef/meter.h."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_uint16,
    c_uint32,
    c_uint64,
    c_uint8,
    c_void_p,
)

from .status import Sized, cef_index, cef_status, double_p, error_p
from .context import context_p
from .network import network_p
from .solver import cef_settings, cef_snapshot


class cef_meter(ctypes.Structure):
    """Opaque."""


class cef_meter_roll(ctypes.Structure):
    """Opaque."""


class cef_meter_field(ctypes.Structure):
    """Opaque."""


meter_p = POINTER(cef_meter)
meter_roll_p = POINTER(cef_meter_roll)
meter_field_p = POINTER(cef_meter_field)
cef_meter_verdict = c_int32


class cef_meter_fact(ctypes.Structure):
    _fields_ = [
        ("meter", c_uint32),
        ("up", c_uint8),
        ("down", c_uint8),
        ("reserved", c_uint16),
    ]


class cef_meter_item(ctypes.Structure):
    _fields_ = [
        ("meter", c_uint32),
        ("source", c_uint32),
        ("version", c_uint32),
        ("arcs", c_uint16),
        ("kind", c_uint8),
        ("reserved", c_uint8),
        ("mw", c_double),
        ("carbon", c_double),
        ("bound", c_double),
    ]


class cef_meter_result(ctypes.Structure):
    _fields_ = [
        ("meter", c_uint32),
        ("flags", c_uint32),
        ("intensity", c_double),
        ("bound", c_double),
    ]


class cef_meter_message(ctypes.Structure):
    _fields_ = [
        ("epoch", c_uint32),
        ("interval", c_uint32),
        ("from", c_uint32),
        ("to", c_uint32),
        ("link", c_uint32),
        ("boot", c_uint32),
        ("sequence", c_uint32),
        ("generation", c_uint32),
        ("root", c_uint32),
        ("reach", c_uint32),
        ("result_leader", c_uint32),
        ("result_sequence", c_uint32),
        ("flags", c_uint16),
        ("bundle", c_uint8),
        ("ack", c_uint8),
        ("n_facts", c_uint8),
        ("n_items", c_uint8),
        ("n_results", c_uint8),
        ("auth_bytes", c_uint8),
        ("reading", c_double),
        ("intensity", c_double),
        ("bound", c_double),
        ("unresolved", c_double),
        ("fact", cef_meter_fact * 16),
        ("item", cef_meter_item * 4),
        ("result", cef_meter_result * 4),
        ("auth", c_uint8 * 96),
    ]


class cef_meter_rules(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("e_min", c_double),
        ("e_max", c_double),
        ("flow_tol", c_double),
        ("reading_tol", c_double),
        ("reading_tol_rel", c_double),
        ("balance_tol", c_double),
        ("epoch", c_uint32),
        ("relax_only", c_int32),
        ("refused", POINTER(c_uint64)),
        ("patience", c_uint32),
        ("reserved", c_int32),
    ]


class cef_meter_link(ctypes.Structure):
    _fields_ = [
        ("peer", c_uint32),
        ("number", c_uint32),
        ("reading", c_double),
        ("prior", c_double),
        ("prior_tol", c_float),
        ("loss", c_float),
        ("loss_tol", c_float),
        ("prior_quality", c_int32),
    ]


class cef_meter_setup(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("rules", POINTER(cef_meter_rules)),
        ("link", POINTER(cef_meter_link)),
        ("arena", c_void_p),
        ("arena_size", c_size_t),
        ("source_mw", c_double),
        ("source_carbon", c_double),
        ("balance_mw", c_double),
        ("meter", c_uint32),
        ("interval", c_uint32),
        ("boot", c_uint32),
        ("n_links", c_int32),
        ("arena_rows", c_int32),
        ("reserved", c_int32),
    ]


class cef_meter_reading(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("intensity", c_double),
        ("bound", c_double),
        ("unresolved", c_double),
        ("power_mw", c_double),
        ("meter", c_uint32),
        ("interval", c_uint32),
        ("leader", c_uint32),
        ("quality", c_int32),
        ("final_value", c_int32),
        ("n_quarantined", c_int32),
    ]


class cef_meter_slot(ctypes.Structure):
    _fields_ = [
        ("wh", c_int64 * 2),
        ("g", c_int64 * 2),
        ("late_wh", c_int64 * 2),
        ("late_g", c_int64 * 2),
        ("quality", c_int32),
        ("n_late", c_uint32),
    ]


class cef_meter_registers(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("day", c_int64),
        ("n_refused", c_int64),
        ("slot", cef_meter_slot * 96),
    ]


class cef_meter_roll_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("e_min", c_double),
        ("e_max", c_double),
        ("flow_tol", c_double),
        ("n_links", c_int64),
        ("n_bus", cef_index),
        ("longest_path", cef_index),
        ("clusters", cef_index),
        ("largest_cluster", cef_index),
    ]


class cef_meter_field_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("seed", c_uint64),
        ("loss_rate", c_double),
        ("duplicate_rate", c_double),
        ("restart_rate", c_double),
        ("missing_rate", c_double),
        ("frozen_rate", c_double),
        ("lying_rate", c_double),
        ("tolerance", c_double),
        ("delay", c_int32),
        ("restart_rounds", c_int32),
        ("frozen_rounds", c_int32),
        ("clock_skew", c_int32),
        ("relax_only", c_int32),
        ("until_final", c_int32),
    ]


class cef_meter_field_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("rounds", c_int64),
        ("messages", c_int64),
        ("bytes", c_int64),
        ("lost", c_int64),
        ("duplicated", c_int64),
        ("restarts", c_int64),
        ("refused", c_int64 * 16),
        ("n_quarantined", c_int64),
        ("n_final", cef_index),
        ("n_certified", cef_index),
        ("worst_bound", c_double),
        ("silent", c_int32),
        ("reserved", c_int32),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_meter_encode": (c_size_t, [POINTER(cef_meter_message), POINTER(c_uint8), c_size_t]),
    "cef_meter_decode": (cef_meter_verdict, [POINTER(c_uint8), c_size_t, POINTER(cef_meter_message)]),
    "cef_meter_verdict_name": (c_char_p, [cef_meter_verdict]),
    "cef_meter_quality_name": (c_char_p, [c_int32]),
    "cef_meter_rules_init": (None, [POINTER(cef_meter_rules), c_size_t]),
    "cef_meter_state_size": (c_size_t, [c_int32]),
    "cef_meter_arena_size": (c_size_t, [c_int32, c_int32]),
    "cef_meter_init": (cef_status, [POINTER(cef_meter_setup), c_void_p, c_size_t, POINTER(meter_p), error_p]),
    "cef_meter_receive": (cef_meter_verdict, [meter_p, POINTER(c_uint8), c_size_t]),
    "cef_meter_step": (None, [meter_p]),
    "cef_meter_send": (c_size_t, [meter_p, c_int32, POINTER(c_uint8), c_size_t]),
    "cef_meter_read": (cef_status, [meter_p, POINTER(cef_meter_reading), error_p]),
    "cef_meter_registers_init": (cef_status, [POINTER(cef_meter_registers), c_size_t, c_int64, error_p]),
    "cef_meter_registers_book": (
        cef_status,
        [POINTER(cef_meter_registers), c_int64, c_int32, c_double, c_double, c_double, c_int32, error_p],
    ),
    "cef_meter_registers_correct": (
        cef_status,
        [POINTER(cef_meter_registers), c_int64, c_int32, c_int32, c_double, c_double, error_p],
    ),
    "cef_meter_roll_create": (
        cef_status,
        [context_p, network_p, POINTER(cef_settings), POINTER(cef_snapshot), POINTER(meter_roll_p), error_p],
    ),
    "cef_meter_roll_destroy": (None, [meter_roll_p]),
    "cef_meter_roll_describe": (cef_status, [meter_roll_p, POINTER(cef_meter_roll_info), error_p]),
    "cef_meter_roll_arena_size": (c_size_t, [meter_roll_p, cef_index]),
    "cef_meter_roll_setup": (
        cef_status,
        [meter_roll_p, cef_index, POINTER(cef_meter_setup), POINTER(c_int32), POINTER(c_int32), error_p],
    ),
    "cef_meter_field_options_init": (None, [POINTER(cef_meter_field_options), c_size_t]),
    "cef_meter_field_create": (
        cef_status,
        [context_p, meter_roll_p, POINTER(cef_meter_field_options), POINTER(meter_field_p), error_p],
    ),
    "cef_meter_field_destroy": (None, [meter_field_p]),
    "cef_meter_field_run": (cef_status, [meter_field_p, c_int64, POINTER(cef_meter_field_info), error_p]),
    "cef_meter_field_read": (cef_status, [meter_field_p, double_p, double_p, POINTER(c_int32), error_p]),
}
