/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch, for kernels: what the files of one instruction set give each other. */
#ifndef CEF_BATCH_KERNELS_H
#define CEF_BATCH_KERNELS_H

#include "batch/tile.h"

typedef struct {
    lanes backward, limit; /* limit: just below backward; rows under it need no division */
    lanes balance, least, most, smallest;
    lanes least_source, most_source; /* of the intensities that are in play */
    lanes generation, load, loss, mismatch, exported, storage, stored_in;
    lane_mask odd;
} side_findings;

void KERNEL(side_classify)(side_engine *e, const cef_snapshot s[LANES]);
/* Tiles that come into use in a chunk. */
void KERNEL(side_open)(side_engine *e, const side_group *g, cef_index chunk, side_findings *found);
void KERNEL(side_solve)(side_engine *e, side_group *g);
/* One loop of the union: x of its buses. Adds to odd. */
void KERNEL(side_loop)(side_engine *e, const side_run *loop, lane_mask *odd);
/* Results of tiles that no later chunk uses. */
void KERNEL(side_close)(const side_engine *e, const side_group *g, cef_index chunk);

#endif /* CEF_BATCH_KERNELS_H */
