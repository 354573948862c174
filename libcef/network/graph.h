/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room network: the graph derived from the columns. */
#ifndef CEF_NETWORK_GRAPH_H
#define CEF_NETWORK_GRAPH_H

#include "network/network.h"

/* Ends at buses, unit counts, parallel circuits and the static elimination order, from copied columns. */
cef_status graph_build(cef_network *net, cef_error *error);

#endif /* CEF_NETWORK_GRAPH_H */
