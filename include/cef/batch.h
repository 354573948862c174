/* SPDX-License-Identifier: Apache-2.0 */
/* cef/batch.h - many operating points of one network: a day or a year of hours or quarters of an hour.
 *
 * Arrays of n_periods rows are row-major: [n_periods][n_bus] holds all buses of period 0, then all of period 1, and so
 * on. A period that cannot be solved or certified is marked in period_status, its rows are NaN, and the others go on.
 * What is written never depends on the number of threads. Stores may couple periods in time: see below.
 */
#ifndef CEF_BATCH_H
#define CEF_BATCH_H

#include <cef/solver.h>
#include <cef/storage.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_batch cef_batch;

enum {
    CEF_BATCH_AUTO = 0,  /* eight periods (with stores: eight scenarios) side by side where the settings allow it */
    CEF_BATCH_SINGLE = 1 /* every period as cef_solver_solve would: the same bits */
};

typedef struct cef_batch_options {
    size_t struct_size;
    cef_index periods_per_block; /* 1 .. 65536, 0: 384. See below */
    int32_t threads;             /* 1 .. 256, the caller's own among them; 0: 1. Started at creation */
    int32_t engine;              /* CEF_BATCH_* */
    int32_t reserved;            /* must be 0 */
    /* Groups for sums within a period, such as zones or owners: read at creation, copied. */
    const int32_t *gen_group;  /* [n_gen] 0 .. n_groups - 1, -1: in none; NULL: all in none */
    const int32_t *load_group; /* [n_load] */
    cef_index n_groups;        /* 0 or more */
    int32_t reserved_too;      /* must be 0 */
} cef_batch_options;

/* periods_per_block periods share one order, which takes as long as solving about 25 of them, and are solved by one
 * thread. Longer blocks cost less where the loops of their periods together stay below 256 buses, and little more where
 * they do not. A call with fewer blocks than threads leaves threads idle: on a call of a day or a week choose shorter
 * blocks, n_periods / threads or half of that. Blocks are cut at fixed periods, whatever the number of threads; but
 * rows of periods in or behind a loop of flow, and sums, have other last bits with blocks of another length, so
 * whoever compares bits states the length. */

enum { /* bits of `fixed`: the array has one row that serves every period */
       CEF_BATCH_FIXED_GEN_INTENSITY = 1,
       CEF_BATCH_FIXED_LOAD_INTENSITY = 2,
       CEF_BATCH_FIXED_STORAGE_INTENSITY = 4
};

/* The caller's arrays, read during the call; signs, units and ranges of every row as in cef_snapshot. */
typedef struct cef_batch_data {
    size_t struct_size;
    const double *branch_p_from;     /* [n_periods][n_branch] MW */
    const double *branch_p_to;       /* [n_periods][n_branch] MW; NULL: lossless */
    const double *gen_p;             /* [n_periods][n_gen] MW */
    const double *gen_intensity;     /* [n_periods][n_gen] or [n_gen] tCO2/MWh */
    const double *load_p;            /* [n_periods][n_load] MW */
    const double *load_intensity;    /* [n_periods][n_load] or [n_load]; NULL: settings.negative_load_intensity */
    const double *storage_p;         /* [n_periods][n_storage] MW */
    const double *storage_intensity; /* [n_periods][n_storage] or [n_storage] tCO2/MWh; not read with `storage` */
    double period_hours;             /* h of each period; 0: 1. Above 0, at most 8784 */
    cef_index n_periods;             /* 0 is allowed */
    int32_t fixed;                   /* CEF_BATCH_FIXED_* */
    cef_storage *const *storage;     /* [n_scenarios] stores that carry carbon from period to period; NULL: periods do
                                        not depend on each other */
    cef_index n_scenarios;           /* 0: 1. Read with `storage` only; n_periods must be a multiple of it */
    int32_t reserved;                /* must be 0 */
} cef_batch_data;

/* Stores coupled in time. The n_periods rows are then n_scenarios stretches of n_periods / n_scenarios periods, one
 * after another, each in time order and with a cef_storage of its own (of n_storage stores; they may differ, but each
 * stands there once). Each period is priced by what its stores held when it began, solved, and booked in them, exactly
 * as cef_storage_intensity, cef_solver_solve and cef_storage_step would. The handles go on from where they are and are
 * left at the end of the horizon: calls that follow each other in time continue. cef_storage_state between two calls is
 * all that is needed to go on elsewhere, to the same bits.
 *
 * Eight scenarios are solved side by side at each period, a single one period by period; threads take eight scenarios
 * at a time. What an earlier period failed to price is not guessed: a failed period moves the stores as
 * cef_storage_skip does, so that a store that charged in it holds carbon that is not known until it has been empty; a
 * period in which such a store discharges (under CONSERVING and TANK) fails too, with `store-unknown`. All others go
 * on. A period also fails with `store-empty`, `store-full` or `store-unpriced`. */

/* The caller's arrays; a NULL array is not wanted. Rows of failed periods are NaN; sums leave failed periods out. */
typedef struct cef_batch_result {
    size_t struct_size;
    double *bus_intensity;      /* [n_periods][n_bus] tCO2/MWh; NaN where undefined */
    double *bus_throughput;     /* [n_periods][n_bus] MW */
    double *branch_carbon_from; /* [n_periods][n_branch] tCO2/h */
    double *branch_carbon_to;   /* [n_periods][n_branch] */
    double *branch_carbon_loss; /* [n_periods][n_branch] */
    double *gen_carbon;         /* [n_periods][n_gen] tCO2/h */
    double *load_carbon;        /* [n_periods][n_load] */
    double *storage_carbon;     /* [n_periods][n_storage] */
    /* The certificate of each period. */
    double *period_error_bound;    /* [n_periods] worst relative bound of an intensity (absolute if one is negative) */
    double *period_backward_error; /* [n_periods] */
    double *period_conservation;   /* [n_periods] |carbon in - carbon out| / carbon in */
    double *period_balance_mw;     /* [n_periods] worst bus */
    /* Totals of each period, tCO2/h, as in cef_solve_info. */
    double *period_generation; /* [n_periods] */
    double *period_load;       /* [n_periods] */
    double *period_loss;       /* [n_periods] */
    double *period_export;     /* [n_periods] */
    double *period_storage;    /* [n_periods] */
    double *period_mismatch;   /* [n_periods] */
    /* Compensated sums over the solved periods: within each block of periods_per_block in time order, then over the
     * blocks; with stores: within each eight scenarios, then over all of them. The energy-weighted mean intensity is
     * emissions / energy. */
    double *bus_energy;     /* [n_bus] MWh through the bus where its intensity is defined */
    double *bus_emissions;  /* [n_bus] tCO2 through the bus */
    double *gen_energy;     /* [n_gen] MWh, signed as gen_p */
    double *gen_emissions;  /* [n_gen] tCO2 */
    double *load_energy;    /* [n_load] MWh, signed as load_p */
    double *load_emissions; /* [n_load] tCO2 */
    int32_t *period_status; /* [n_periods] CEF_OK or the reason, CEF_ERR_* */
    /* With data.storage only, else not written. Held at end - held before = drawn - delivered - owner's loss. Rows of a
     * failed period hold what the stores know of it (cef_storage_skip), NaN where they do not. */
    double *storage_price;            /* [n_periods][n_storage] tCO2/MWh of what each store would discharge in the
                                         period; NaN where it holds nothing (CONSERVING, TANK) or is not known */
    double *storage_energy_held;      /* [n_periods][n_storage] MWh at the end of the period */
    double *storage_carbon_held;      /* [n_periods][n_storage] tCO2 at the end of the period */
    double *storage_carbon_drawn;     /* [n_periods][n_storage] tCO2 in the period */
    double *storage_carbon_delivered; /* [n_periods][n_storage] tCO2 */
    double *storage_owner_loss;       /* [n_periods][n_storage] tCO2 */
    /* Sums over the members of each group of the options, compensated, in row order. Generation: units and negative
     * loads that inject; load: loads, shunts and exports that draw, and units that withdraw. Stores are in none. */
    double *group_generation_p;      /* [n_periods][n_groups] MW */
    double *group_generation_carbon; /* [n_periods][n_groups] tCO2/h */
    double *group_load_p;            /* [n_periods][n_groups] MW */
    double *group_load_carbon;       /* [n_periods][n_groups] tCO2/h */
} cef_batch_result;

typedef struct cef_batch_info {
    size_t struct_size;
    /* Worst of the solved periods. */
    double error_bound;
    double backward_error;
    double conservation;
    double balance_mw;
    /* tCO2 over the solved periods, compensated. */
    double generation_emissions, load_emissions, loss_emissions, export_emissions, storage_emissions,
        mismatch_emissions;
    double seconds; /* monotonic clock, the whole call */
    cef_index n_solved, n_failed;
    cef_index first_failed;            /* period, -1 if none */
    cef_index n_one_by_one;            /* periods that were not solved side by side */
    cef_index n_orders;                /* orders made for periods side by side, one for each stretch that shares one */
    cef_index n_time_blocks;           /* blocks of periods_per_block; with stores: eights of scenarios */
    cef_index n_blocks, largest_block; /* most loops, and the largest, of any order */
    int32_t maximum_principle;         /* 1 held, 0 broken, -1 not claimed under this policy */
    int32_t certified;                 /* 1: every period is solved and certified and `horizon` is at most 1e-9 */
    /* With data.storage, else 0: the horizon of this call, tCO2 over all scenarios. generation + carbon_start = load +
     * loss + export + mismatch + owner_loss + carbon_end (the first five: *_emissions above). NaN where not known. */
    double carbon_start, carbon_end;
    double owner_loss;
    double horizon; /* what that identity misses, relative to |generation| + |carbon_start|, of the worst scenario; NaN
                       if a period failed */
    cef_index n_scenarios;
    cef_index n_unknown; /* periods that failed with store-unknown */
} cef_batch_info;

/* Allocates all it will ever need and starts its threads. settings and options may be NULL (defaults) and are copied.
 * Keeps the network alive. A process that forks makes its batches after the fork: threads do not follow. */
CEF_API CEF_MUST_CHECK cef_status cef_batch_create(cef_context *ctx, const cef_network *net,
                                                   const cef_settings *settings, const cef_batch_options *options,
                                                   cef_batch **out, cef_error *error);
/* Allocates nothing. result and info may be NULL. One call at a time per batch. Failed periods: CEF_OK when
 * result.period_status is given, else the status of the first one, named in error with its period; either way every
 * output is written. Any other error (a NULL array, a bad size) is found before work starts and leaves them untouched.
 */
CEF_API CEF_MUST_CHECK cef_status cef_batch_solve(cef_batch *batch, const cef_batch_data *data,
                                                  cef_batch_result *result, cef_batch_info *info, cef_error *error);
CEF_API void cef_batch_destroy(cef_batch *batch);

#ifdef __cplusplus
}
#endif
#endif /* CEF_BATCH_H */
