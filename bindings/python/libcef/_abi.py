# SPDX-License-Identifier: Apache-2.0
"""The C interface as ctypes sees it: structs, handles and signatures of ``include/cef/*.h``, one to one.

Handles are pointers to opaque structs of their own, so ctypes refuses a network where a solver is wanted.
``tests/python/test_abi.py`` compares sizes, offsets and signatures with the C compiler's view.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char,
    c_char_p,
    c_double,
    c_float,
    c_int8,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)

ABI_VERSION = 0  # CEF_ABI_VERSION; the library's must be equal

# Statuses of cef/status.h.
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


# ---- handles ----
class cef_context(ctypes.Structure):
    """Opaque."""


class cef_network(ctypes.Structure):
    """Opaque."""


class cef_solver(ctypes.Structure):
    """Opaque."""


class cef_powerflow(ctypes.Structure):
    """Opaque."""


class cef_batch(ctypes.Structure):
    """Opaque."""


class cef_grid(ctypes.Structure):
    """Opaque."""


class cef_case(ctypes.Structure):
    """Opaque."""


class cef_storage(ctypes.Structure):
    """Opaque."""


context_p = POINTER(cef_context)
network_p = POINTER(cef_network)
solver_p = POINTER(cef_solver)
powerflow_p = POINTER(cef_powerflow)
batch_p = POINTER(cef_batch)
grid_p = POINTER(cef_grid)
case_p = POINTER(cef_case)
storage_p = POINTER(cef_storage)

double_p = POINTER(c_double)
index_p = POINTER(cef_index)
int32_p = POINTER(c_int32)
int8_p = POINTER(c_int8)
id_p = POINTER(cef_id)


# ---- structs ----
class Sized(ctypes.Structure):
    """A struct that starts with ``struct_size``: set at birth."""

    def __init__(self, **values):
        super().__init__(**values)
        self.struct_size = ctypes.sizeof(self)


def _doubles(names: str):
    return [(name, c_double) for name in names.split()]


def _arrays(names: str):
    return [(name, double_p) for name in names.split()]


def _int32s(names: str):
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


class cef_network_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("bus_id", id_p),
        ("bus_zone", int32_p),
        ("branch_from", index_p),
        ("branch_to", index_p),
        ("gen_bus", index_p),
        ("load_bus", index_p),
        ("load_kind", int32_p),
        ("storage_bus", index_p),
        *_int32s("n_bus n_branch n_gen n_load n_storage reserved"),
    ]


class cef_snapshot(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("branch_p_from branch_p_to gen_p gen_intensity load_p load_intensity storage_p storage_intensity"),
    ]


class cef_settings(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_doubles("flow_tol balance_tol loss_split mismatch_intensity negative_load_intensity"),
        *_int32s("loss_policy mixing net_parallel on_imbalance on_unfed_loop negative_loss"),
    ]


class cef_solution(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("bus_intensity bus_throughput bus_imbalance bus_error_bound bus_mismatch_p bus_loss_factor"),
        ("bus_flags", int32_p),
        ("bus_block", int32_p),
        *_arrays("branch_intensity branch_carbon_from branch_carbon_to branch_carbon_loss"),
        *_arrays("gen_carbon gen_carbon_loss load_carbon storage_carbon"),
    ]


class cef_solve_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_doubles("error_bound backward_error residual_bound conservation balance_mw"),
        *_doubles("total_generation total_load total_loss total_export total_storage total_mismatch"),
        *_doubles("order_seconds solve_seconds"),
        *_int32s("worst_balance_bus n_blocks largest_block"),
        *_int32s("n_undefined n_unfed n_imbalanced n_both_ends_fed n_both_ends_deliver n_negative_loss"),
        *_int32s("n_defaulted_factors n_order_changes"),
        *_int32s("maximum_principle order_reused certified range_exceeded reserved"),
    ]


class cef_powerflow_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_mva", c_double),
        ("bus_type", int8_p),
        *_arrays("bus_gs bus_bs bus_vm0 bus_va0 branch_r branch_x branch_b branch_tap branch_shift"),
        ("branch_in_service", int8_p),
        ("branch_hvdc", int8_p),
        *_arrays("gen_vg gen_qmin gen_qmax gen_capacity"),
        ("gen_in_service", int8_p),
    ]


class cef_powerflow_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("tolerance", c_double),
        ("participation", double_p),
        *_int32s("method start max_iterations fallback reactive_limits polish damping reserved"),
    ]


class cef_injections(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("gen_p gen_q load_p load_q bus_q storage_p"),
        *_arrays("branch_p_from branch_p_to branch_q_from branch_q_to"),
    ]


class cef_powerflow_solution(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("bus_vm bus_va branch_p_from branch_q_from branch_p_to branch_q_to gen_p gen_q load_p storage_p"),
        *_arrays("bus_mismatch_p bus_mismatch_q"),
        ("bus_type", int32_p),
    ]


class cef_powerflow_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_doubles("mismatch slack_mw loss_mw unserved_mw seconds"),
        *_int32s("worst_bus n_islands n_dead_buses n_pv_switched n_vg_conflicts"),
        *_int32s("iterations polish_steps n_halvings start converged"),
    ]


class cef_batch_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_int32s("periods_per_block threads engine reserved"),
        ("gen_group", int32_p),
        ("load_group", int32_p),
        *_int32s("n_groups reserved_too"),
    ]


class cef_batch_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("branch_p_from branch_p_to gen_p gen_intensity load_p load_intensity storage_p storage_intensity"),
        ("period_hours", c_double),
        *_int32s("n_periods fixed"),
        ("storage", POINTER(POINTER(cef_storage))),
        *_int32s("n_scenarios reserved"),
    ]


class cef_batch_result(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("bus_intensity bus_throughput branch_carbon_from branch_carbon_to branch_carbon_loss"),
        *_arrays("gen_carbon load_carbon storage_carbon"),
        *_arrays("period_error_bound period_backward_error period_conservation period_balance_mw"),
        *_arrays("period_generation period_load period_loss period_export period_storage period_mismatch"),
        *_arrays("bus_energy bus_emissions gen_energy gen_emissions load_energy load_emissions"),
        ("period_status", int32_p),
        *_arrays("storage_price storage_energy_held storage_carbon_held"),
        *_arrays("storage_carbon_drawn storage_carbon_delivered storage_owner_loss"),
        *_arrays("group_generation_p group_generation_carbon group_load_p group_load_carbon"),
    ]


class cef_batch_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_doubles("error_bound backward_error conservation balance_mw"),
        *_doubles("generation_emissions load_emissions loss_emissions"),
        *_doubles("export_emissions storage_emissions mismatch_emissions seconds"),
        *_int32s("n_solved n_failed first_failed n_one_by_one n_orders n_time_blocks n_blocks largest_block"),
        *_int32s("maximum_principle certified"),
        *_doubles("carbon_start carbon_end owner_loss horizon"),
        *_int32s("n_scenarios n_unknown"),
    ]


class cef_grid_options(Sized):
    _fields_ = [("struct_size", c_size_t), ("seed", c_uint64), *_int32s("n_bus kind numbering reserved")]


class cef_storage_data(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("id", id_p),
        *_arrays("energy carbon intensity capacity efficiency_charge efficiency_discharge retention"),
        *_int32s("n_storage reserved"),
    ]


class cef_storage_settings(Sized):
    _fields_ = [("struct_size", c_size_t), ("energy_tol", c_double), *_int32s("model substeps unknown reserved")]


class cef_storage_flows(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_arrays("energy carbon energy_drawn energy_delivered energy_lost"),
        *_arrays("carbon_drawn carbon_delivered owner_loss"),
    ]


class cef_storage_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_doubles("hours energy_start energy_end energy_drawn energy_delivered energy_lost"),
        *_doubles("carbon_start carbon_end carbon_drawn carbon_delivered owner_loss identity"),
        ("n_periods", c_int64),
        ("n_emptied", c_int64),
        *_int32s("n_storage worst_store"),
        ("n_skipped", c_int64),
        *_int32s("n_broken n_unknown"),
    ]


class cef_case_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_mva", c_double),
        *_int32s("n_bus n_branch n_gen n_load n_storage n_gen_rows has_flows"),
        *_int32s("numeric_bus numeric_branch numeric_gen numeric_load numeric_storage"),
        *_int32s("n_out_of_service reserved"),
        ("sha256", c_char * 72),
        ("name", c_char * 128),
        ("format", c_char * 8),
    ]


class cef_factor_options(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("factors", c_char_p),
        ("fuel_factors", c_char_p),
        *_doubles("missing_value negative_load_intensity"),
        *_int32s("missing has_negative_load_intensity"),
    ]


class cef_factor_info(Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_int32s("n_from_file n_from_case n_from_fuel n_from_missing n_defaulted n_negative_load"),
    ]


# ---- cef/meter.h ----
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

# ---- functions: name -> (result, arguments) ----
_error_p = POINTER(cef_error)

CORE_FUNCTIONS = {
    "cef_abi_version": (c_int32, []),
    "cef_version_number": (c_int32, []),
    "cef_version_string": (c_char_p, []),
    "cef_build_info": (c_char_p, []),
    "cef_status_name": (c_char_p, [cef_status]),
    "cef_explain": (c_char_p, [c_char_p]),
    "cef_diagnostic_code": (c_char_p, [c_int32]),
    "cef_number_format": (c_size_t, [c_double, POINTER(c_char), c_size_t]),
    "cef_number_parse": (cef_status, [POINTER(c_char), c_size_t, double_p]),
    "cef_context_create": (cef_status, [POINTER(cef_context_options), POINTER(context_p), _error_p]),
    "cef_context_destroy": (None, [context_p]),
    "cef_network_create": (cef_status, [context_p, POINTER(cef_network_data), POINTER(network_p), _error_p]),
    "cef_network_destroy": (None, [network_p]),
    "cef_network_describe": (cef_status, [network_p, POINTER(cef_network_data), _error_p]),
    "cef_settings_init": (None, [POINTER(cef_settings), c_size_t]),
    "cef_solver_create": (cef_status, [context_p, network_p, POINTER(cef_settings), POINTER(solver_p), _error_p]),
    "cef_solver_solve": (
        cef_status,
        [solver_p, POINTER(cef_snapshot), POINTER(cef_solution), POINTER(cef_solve_info), _error_p],
    ),
    "cef_solver_destroy": (None, [solver_p]),
    "cef_powerflow_options_init": (None, [POINTER(cef_powerflow_options), c_size_t]),
    "cef_powerflow_create": (
        cef_status,
        [
            context_p,
            network_p,
            POINTER(cef_powerflow_data),
            POINTER(cef_powerflow_options),
            POINTER(powerflow_p),
            _error_p,
        ],
    ),
    "cef_powerflow_solve": (
        cef_status,
        [
            powerflow_p,
            POINTER(cef_injections),
            POINTER(cef_powerflow_solution),
            POINTER(cef_powerflow_info),
            _error_p,
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
            _error_p,
        ],
    ),
    "cef_powerflow_destroy": (None, [powerflow_p]),
    "cef_batch_create": (
        cef_status,
        [context_p, network_p, POINTER(cef_settings), POINTER(cef_batch_options), POINTER(batch_p), _error_p],
    ),
    "cef_batch_solve": (
        cef_status,
        [batch_p, POINTER(cef_batch_data), POINTER(cef_batch_result), POINTER(cef_batch_info), _error_p],
    ),
    "cef_batch_destroy": (None, [batch_p]),
    "cef_grid_create": (cef_status, [context_p, POINTER(cef_grid_options), POINTER(grid_p), _error_p]),
    "cef_grid_destroy": (None, [grid_p]),
    "cef_grid_network": (cef_status, [grid_p, POINTER(cef_network_data), _error_p]),
    "cef_grid_snapshot": (cef_status, [grid_p, POINTER(cef_snapshot), _error_p]),
    "cef_grid_gen_fuel": (c_char_p, [grid_p, cef_index]),
    "cef_storage_settings_init": (None, [POINTER(cef_storage_settings), c_size_t]),
    "cef_storage_create": (
        cef_status,
        [context_p, POINTER(cef_storage_data), POINTER(cef_storage_settings), POINTER(storage_p), _error_p],
    ),
    "cef_storage_destroy": (None, [storage_p]),
    "cef_storage_intensity": (cef_status, [storage_p, double_p, _error_p]),
    "cef_storage_step": (
        cef_status,
        [storage_p, double_p, double_p, c_double, POINTER(cef_storage_flows), _error_p],
    ),
    "cef_storage_skip": (
        cef_status,
        [storage_p, double_p, c_double, POINTER(cef_storage_flows), _error_p],
    ),
    "cef_storage_state": (cef_status, [storage_p, double_p, double_p, _error_p]),
    "cef_storage_describe": (cef_status, [storage_p, POINTER(cef_storage_info), _error_p]),
    "cef_meter_encode": (c_size_t, [POINTER(cef_meter_message), POINTER(c_uint8), c_size_t]),
    "cef_meter_decode": (cef_meter_verdict, [POINTER(c_uint8), c_size_t, POINTER(cef_meter_message)]),
    "cef_meter_verdict_name": (c_char_p, [cef_meter_verdict]),
    "cef_meter_quality_name": (c_char_p, [c_int32]),
    "cef_meter_rules_init": (None, [POINTER(cef_meter_rules), c_size_t]),
    "cef_meter_state_size": (c_size_t, [c_int32]),
    "cef_meter_arena_size": (c_size_t, [c_int32, c_int32]),
    "cef_meter_init": (cef_status, [POINTER(cef_meter_setup), c_void_p, c_size_t, POINTER(meter_p), _error_p]),
    "cef_meter_receive": (cef_meter_verdict, [meter_p, POINTER(c_uint8), c_size_t]),
    "cef_meter_step": (None, [meter_p]),
    "cef_meter_send": (c_size_t, [meter_p, c_int32, POINTER(c_uint8), c_size_t]),
    "cef_meter_read": (cef_status, [meter_p, POINTER(cef_meter_reading), _error_p]),
    "cef_meter_registers_init": (cef_status, [POINTER(cef_meter_registers), c_size_t, c_int64, _error_p]),
    "cef_meter_registers_book": (
        cef_status,
        [POINTER(cef_meter_registers), c_int64, c_int32, c_double, c_double, c_double, c_int32, _error_p],
    ),
    "cef_meter_registers_correct": (
        cef_status,
        [POINTER(cef_meter_registers), c_int64, c_int32, c_int32, c_double, c_double, _error_p],
    ),
    "cef_meter_roll_create": (
        cef_status,
        [context_p, network_p, POINTER(cef_settings), POINTER(cef_snapshot), POINTER(meter_roll_p), _error_p],
    ),
    "cef_meter_roll_destroy": (None, [meter_roll_p]),
    "cef_meter_roll_describe": (cef_status, [meter_roll_p, POINTER(cef_meter_roll_info), _error_p]),
    "cef_meter_roll_arena_size": (c_size_t, [meter_roll_p, cef_index]),
    "cef_meter_roll_setup": (
        cef_status,
        [meter_roll_p, cef_index, POINTER(cef_meter_setup), POINTER(c_int32), POINTER(c_int32), _error_p],
    ),
    "cef_meter_field_options_init": (None, [POINTER(cef_meter_field_options), c_size_t]),
    "cef_meter_field_create": (
        cef_status,
        [context_p, meter_roll_p, POINTER(cef_meter_field_options), POINTER(meter_field_p), _error_p],
    ),
    "cef_meter_field_destroy": (None, [meter_field_p]),
    "cef_meter_field_run": (cef_status, [meter_field_p, c_int64, POINTER(cef_meter_field_info), _error_p]),
    "cef_meter_field_read": (cef_status, [meter_field_p, double_p, double_p, POINTER(c_int32), _error_p]),
}

IO_FUNCTIONS = {
    "cef_case_read": (cef_status, [context_p, c_char_p, POINTER(case_p), _error_p]),
    "cef_case_read_memory": (
        cef_status,
        [context_p, c_char_p, c_char_p, POINTER(c_char), c_size_t, POINTER(case_p), _error_p],
    ),
    "cef_case_from_grid": (cef_status, [context_p, grid_p, c_char_p, POINTER(case_p), _error_p]),
    "cef_case_destroy": (None, [case_p]),
    "cef_case_write": (cef_status, [case_p, c_char_p, _error_p]),
    "cef_case_describe": (cef_status, [case_p, POINTER(cef_case_info), _error_p]),
    "cef_case_network": (network_p, [case_p]),
    "cef_case_snapshot": (cef_status, [case_p, POINTER(cef_snapshot), _error_p]),
    "cef_case_storage": (cef_status, [case_p, POINTER(cef_storage_data), _error_p]),
    "cef_case_id": (c_size_t, [case_p, cef_element, cef_index, POINTER(c_char), c_size_t]),
    "cef_case_fuel": (c_char_p, [case_p, cef_index]),
    "cef_case_zone": (c_char_p, [case_p, cef_index]),
    "cef_case_owner": (c_char_p, [case_p, cef_index]),
    "cef_case_price": (
        cef_status,
        [case_p, POINTER(cef_factor_options), POINTER(cef_factor_info), _error_p],
    ),
    "cef_case_check_flows": (cef_status, [case_p, c_double, _error_p]),
    "cef_case_powerflow": (
        cef_status,
        [case_p, POINTER(cef_powerflow_data), POINTER(cef_injections), _error_p],
    ),
    "cef_case_participation": (double_p, [case_p]),
    "cef_case_apply_flows": (cef_status, [case_p, POINTER(cef_powerflow_solution), _error_p]),
}


def declare(library: ctypes.CDLL, functions: dict) -> None:
    """Gives every function of ``library`` its result and argument types; AttributeError if one is missing."""
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
