/* SPDX-License-Identifier: Apache-2.0 */
/* cef/generate.h - seeded synthetic grids for demos, tests and benches. They balance by construction: every power is a
 * multiple of 2^-10 MW, so sums and print-outs are exact. Not a model of any real grid. */
#ifndef CEF_GENERATE_H
#define CEF_GENERATE_H

#include <cef/solver.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_grid cef_grid;

enum { CEF_GRID_TRANSMISSION = 0, CEF_GRID_FEEDER = 1 };
enum { CEF_NUMBERING_NATURAL = 0, CEF_NUMBERING_RANDOM = 1 };

typedef struct cef_grid_options {
    size_t struct_size;
    uint64_t seed;     /* the same seed and size give the same grid on every machine */
    cef_index n_bus;   /* 2 .. 10 000 000 */
    int32_t kind;      /* CEF_GRID_* */
    int32_t numbering; /* CEF_NUMBERING_*: neighbours numbered close together, or shuffled (buses and rows) */
    int32_t reserved;  /* must be 0 */
} cef_grid_options;

CEF_API CEF_MUST_CHECK cef_status cef_grid_create(cef_context *ctx, const cef_grid_options *options, cef_grid **out,
                                                  cef_error *error);
CEF_API void cef_grid_destroy(cef_grid *grid);
/* Borrowed arrays, valid until the grid is destroyed. bus ids are 1..n_bus. */
CEF_API CEF_MUST_CHECK cef_status cef_grid_network(const cef_grid *grid, cef_network_data *out, cef_error *error);
CEF_API CEF_MUST_CHECK cef_status cef_grid_snapshot(const cef_grid *grid, cef_snapshot *out, cef_error *error);
/* Fuel name of a generator such as "coal"; static; "" for a position out of range. */
CEF_API const char *cef_grid_gen_fuel(const cef_grid *grid, cef_index gen);

#ifdef __cplusplus
}
#endif
#endif /* CEF_GENERATE_H */
