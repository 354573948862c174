/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch, for kernels: what the files of one instruction set give each other. */
#ifndef CEF_BATCH_KERNELS_H
#define CEF_BATCH_KERNELS_H

#include "batch/tile.h"

void KERNEL(side_classify)(side_engine *e, const cef_snapshot *s);
void KERNEL(side_read)(side_engine *e, side_group *g);
void KERNEL(side_solve)(side_engine *e, side_group *g);
/* One loop of the union: x of its buses. */
void KERNEL(side_loop)(side_engine *e, side_group *g, const side_run *loop);
void KERNEL(side_write)(side_engine *e, side_group *g);

#endif /* CEF_BATCH_KERNELS_H */
