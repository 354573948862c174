/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room generate: seeded synthetic grids. */
#ifndef CEF_GENERATE_GENERATE_H
#define CEF_GENERATE_GENERATE_H

#include <cef/generate.h>

#include "base/base.h"

cef_status grid_create(cef_context *ctx, const cef_grid_options *options, cef_grid **out, cef_error *error);
void grid_destroy(cef_grid *grid);
void grid_network(const cef_grid *grid, cef_network_data *out);
void grid_snapshot(const cef_grid *grid, cef_snapshot *out);
const char *grid_gen_fuel(const cef_grid *grid, cef_index gen);

#endif /* CEF_GENERATE_GENERATE_H */
