/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: what is compiled once per instruction set. */
#ifndef CEF_ORDER_KERNELS_H
#define CEF_ORDER_KERNELS_H

#include "order/order.h"

struct order_kernels {
    /* Rounding counts of a run of buses with 0..5 inflows each, those upstream being known. */
    void (*count)(const order_state *o, order_run run);
};
extern const order_kernels order_kernels_portable, order_kernels_avx2, order_kernels_avx512;

#endif /* CEF_ORDER_KERNELS_H */
