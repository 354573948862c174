# SPDX-License-Identifier: Apache-2.0
"""cef/network.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_size_t

from .status import Sized, cef_status, error_p, id_p, index_p, int32_p, int32s
from .context import context_p


class cef_network(ctypes.Structure):
    """Opaque."""


network_p = POINTER(cef_network)


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
        *int32s("n_bus n_branch n_gen n_load n_storage reserved"),
    ]


# name -> (result, arguments)
FUNCTIONS = {
    "cef_network_create": (cef_status, [context_p, POINTER(cef_network_data), POINTER(network_p), error_p]),
    "cef_network_destroy": (None, [network_p]),
    "cef_network_describe": (cef_status, [network_p, POINTER(cef_network_data), error_p]),
}
