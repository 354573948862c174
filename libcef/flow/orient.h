/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room flow: branches to arcs. */
#ifndef CEF_FLOW_ORIENT_H
#define CEF_FLOW_ORIENT_H

#include "flow/flow.h"

/* Fills code and imbalance; returns the first branch with an impossible power, -1 if none. */
cef_index flow_orient(flow_state *flow, const cef_snapshot *s);
void flow_find_reach(flow_state *flow);
void flow_find_settled(flow_state *flow); /* after reach */
/* Nets groups of parallel circuits that hold arcs of both directions: s = s1 - w2, w = w1 - s2. */
void flow_net_parallel(flow_state *flow, const cef_snapshot *s);

#endif /* CEF_FLOW_ORIENT_H */
