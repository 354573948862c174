/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch: what a batch, a call and a worker are. */
#ifndef CEF_BATCH_PARTS_H
#define CEF_BATCH_PARTS_H

#include "batch/batch.h"
#include "batch/pool.h"
#include "lanes/lanes.h"
#include "storage/storage.h"

/* ---- sums that keep what rounding drops (Knuth's two-sum; the last bits never get lost in a year of addends) ---- */
typedef struct {
    double sum, rest;
} batch_sum;

static inline void sum_add(batch_sum *s, double term)
{
    const double sum = s->sum + term, back = sum - s->sum;
    s->rest += (s->sum - (sum - back)) + (term - back);
    s->sum = sum;
}
static inline double sum_value(batch_sum s) { return s.sum + s.rest; }

/* Columns of sums, one entry an element; arrays NULL if nobody asked. */
typedef struct {
    cef_index n;
    double *sum, *rest;
} batch_column;

enum { /* columns, in the order of cef_batch_result */
       COLUMN_BUS_ENERGY,
       COLUMN_BUS_EMISSIONS,
       COLUMN_GEN_ENERGY,
       COLUMN_GEN_EMISSIONS,
       COLUMN_LOAD_ENERGY,
       COLUMN_LOAD_EMISSIONS,
       COLUMNS
};

/* Groups of generators and loads, as the caller gave them; -1 is none. */
typedef struct {
    int32_t *gen, *load; /* [n_gen], [n_load] */
    cef_index n;
} batch_groups;

/* ---- one call ---- */
typedef struct { /* totals of a period, tCO2/h */
    double generation, load, loss, exported, storage, mismatch;
} batch_totals;

typedef struct { /* what is said of one period beside its rows */
    cef_status status;
    double error_bound, backward_error, conservation, balance_mw;
    batch_totals totals;
    int32_t maximum_principle;
} batch_verdict;

typedef struct { /* what is found over periods; joined in time order */
    double error_bound, backward_error, conservation, balance_mw;
    batch_sum emissions[6];
    batch_sum carbon_start, carbon_end, owner_loss; /* of stores coupled in time */
    double horizon;                                 /* worst scenario; NaN: not known */
    cef_index n_unknown;
    cef_index n_solved, n_failed, first_failed, n_one_by_one, n_orders, n_blocks, largest_block;
    int32_t maximum_principle;
    cef_error error; /* of first_failed */
} batch_findings;

typedef struct {
    cef_batch *batch;
    const cef_batch_data *data;
    const cef_batch_result *out;
    double hours;
    cef_index n_scenario, per_scenario; /* of stores coupled in time; else 1 and all periods */
    cef_index lane_stride;              /* periods between neighbours of those that are solved side by side */
    bool sums[COLUMNS];                 /* the caller's arrays: which are wanted */
    cef_index n_time_block;
    cef_index next_block; /* atomic: the next one to be taken */
    cef_index turn;       /* under the batch's lock: the next one to be handed in */
    batch_findings found; /* under the lock */
} batch_call;

typedef struct side_engine side_engine;

typedef struct { /* the horizon of one scenario, tCO2: what comes in less what goes out */
    batch_sum in, gap;
    double start; /* held */
    bool failed;
} coupled_books;

typedef struct { /* solved periods whose rows are still to be summed; in time order */
    cef_index n, period[LANES];
    cef_solution rows[LANES];
} batch_pending;

/* A group's two sums, and what rounding drops of them: lines of eight periods. A side is NULL if nobody asks for it. */
typedef struct {
    double *sum[2], *rest[2]; /* [n_groups][8]: of what is above 0, of what is below 0 */
} batch_group_lines;

typedef struct { /* in the instruction set chosen; rows: of at most eight periods */
    void (*add_rows)(const batch_column *column, const double *const row[LANES], cef_index n_row, double hours);
    void (*add_buses)(const batch_column *energy, const batch_column *emissions, const double *const intensity[LANES],
                      const double *const throughput[LANES], cef_index n_row, double hours);
    void (*add_groups)(const batch_group_lines *to, const int32_t *group, const double *const sign[LANES],
                       const double *const value[LANES], cef_index n, int above);
} batch_kernels;
extern const batch_kernels batch_kernels_portable, batch_kernels_avx2, batch_kernels_avx512;

typedef struct { /* one a thread */
    cef_batch *batch;
    cef_solver *solver;
    batch_findings found;         /* of the block in hand */
    batch_column column[COLUMNS]; /* of the block in hand */
    side_engine *side;            /* NULL: one by one */
    coupled_books books[LANES];   /* of the scenarios in hand */
    double *intensity, *throughput, *gen_carbon,
        *load_carbon;         /* [8][n] rows for what is summed but not wanted as such */
    batch_group_lines groups; /* of the periods in hand */
    batch_pending pending;
    const batch_kernels *kernels;
} batch_worker;

struct cef_batch {
    cef_context *ctx;
    cef_network *net;
    cef_settings settings;
    cef_index periods_per_block;
    int32_t n_worker;
    bool side_by_side; /* eight periods at a time, where the union of their flow graphs allows it */
    batch_groups groups;
    batch_worker *worker;         /* [n_worker] */
    batch_column column[COLUMNS]; /* of the call */
    batch_pool pool;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t size;
};

/* ---- blocks.c: who solves which block ---- */
void blocks_solve(void *call, int32_t worker);

/* ---- one_by_one.c: a period as the solver solves it ---- */
void one_by_one_solve(batch_worker *w, const batch_call *call, cef_index period);
/* The rows of a period: data and outputs, where wanted. */
cef_snapshot period_snapshot(const batch_call *call, cef_index period);
cef_solution period_solution(const batch_call *call, cef_index period);
/* Says what was found of a period in the outputs and in w->found, books it in its stores, and adds its rows to the
 * sums. `rows` holds the intensities, throughputs and carbons of the period wherever these ask for them; `error` says
 * why it failed, NULL if it did not. */
void period_close(batch_worker *w, const batch_call *call, cef_index period, const batch_verdict *verdict,
                  const cef_solution *rows, const cef_error *error);

/* ---- side_by_side.c: eight periods at a time ---- */
bool side_serves(const cef_network *net, const cef_settings *settings);
void side_by_side_solve(batch_worker *w, const batch_call *call, cef_index first, cef_index count);
/* Its parts. n_lane neighbours, call->lane_stride apart, each with the `count` periods that follow it, share an order;
 * false: a loop is too large. Then `first` of each is solved, or what comes after it. */
bool side_by_side_order(batch_worker *w, const batch_call *call, cef_index first, cef_index count, cef_index n_lane);
void side_by_side_group(batch_worker *w, const batch_call *call, cef_index first, cef_index n_lane);

/* ---- coupled.c: stores that carry carbon from period to period ---- */
static inline bool batch_coupled(const batch_call *call) { return call->data->storage != NULL; }
cef_status coupled_check(const cef_network *net, const cef_batch_data *data, cef_error *error);
/* Eight scenarios from their first period to their last; `eight` is their number, from 0. */
void coupled_solve(batch_worker *w, const batch_call *call, cef_index eight);
/* What the period's stores would discharge at, tCO2/MWh; as they stand now. */
const double *coupled_prices(const batch_call *call, cef_index period);
/* What makes the period impossible for its stores, before it is solved. */
cef_status coupled_ready(const batch_call *call, cef_index period, cef_error *error);
/* Books the period in its stores: its verdict, which may now be worse. */
cef_status coupled_close(batch_worker *w, const batch_call *call, cef_index period, const batch_verdict *verdict,
                         const cef_solution *rows, cef_error *error);

/* ---- sums.c ---- */
void sums_carve(cef_arena *arena, batch_column *column, const cef_network *net);
void sums_clear(batch_column *column, const bool *wanted);
/* The rows of a solved period are summed with those of others, when sums_flush is called at the latest: until then they
 * stay as they are. */
void sums_add_period(batch_worker *w, const batch_call *call, cef_index period, const cef_solution *rows);
void sums_flush(batch_worker *w, const batch_call *call);
void sums_join(batch_column *all, const batch_column *block, const bool *wanted);
double *sums_output(const cef_batch_result *out, int column);
void sums_write(const batch_column *all, const cef_batch_result *out);
batch_findings findings_none(void);
void findings_join(batch_findings *all, const batch_findings *block);

static inline bool batch_wants(const batch_call *call, int column) { return call->sums[column]; }
/* Rows that sums ask for, wanted by the caller or not. */
static inline bool batch_needs_gen_carbon(const batch_call *call)
{
    return call->sums[COLUMN_GEN_EMISSIONS] || call->out->group_generation_carbon || call->out->group_load_carbon;
}
static inline bool batch_needs_load_carbon(const batch_call *call)
{
    return call->sums[COLUMN_LOAD_EMISSIONS] || call->out->group_generation_carbon || call->out->group_load_carbon;
}

/* ---- groups.c: sums within a period ---- */
cef_status groups_check(const cef_network *net, const cef_batch_options *options, cef_error *error);
void groups_carve(cef_arena *arena, batch_groups *groups, const cef_network *net);
void groups_fill(batch_groups *groups, const cef_network *net, const cef_batch_options *options);
/* The groups' rows of the periods that are pending. */
void groups_write(const batch_worker *w, const batch_call *call);
void groups_leave_undefined(const batch_call *call, cef_index period);

#endif /* CEF_BATCH_PARTS_H */
