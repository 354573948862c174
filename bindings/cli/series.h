/* SPDX-License-Identifier: Apache-2.0 */
/* cef series: many periods from profiles into a folder. Periods are cut into fixed blocks of SERIES_BLOCK; whichever
 * thread is free reads, solves and writes the next one, and leaves a record of it: the sums over the block, in a file
 * of records. The summary is made of the records, in time order. So results depend on nothing but the inputs: not on
 * threads, slices, or how often a run was killed.
 *
 *   series.c        the verb, usage          series_store.c    the folder: lock, manifest, arrays, records
 *   series_open.c   case, profiles, factors  series_finish.c   records -> summary.json
 *   series_text.c   the summary for people
 *   series_group.c  zones, owners            series_json.c     the document
 *   series_run.c    threads, commits         series_merge.c    slices -> one folder
 *   series_solve.c, series_sum.c  one block  series_shape.c    sizes, record layout
 *   series_head.c   what does not change with time         series_storage.c  stores coupled in time
 */
#ifndef CEF_CLI_SERIES_H
#define CEF_CLI_SERIES_H

#include "args.h"
#include "fields.h"
#include "out.h"
#include "profile.h"

enum { SERIES_BLOCK = 96 };

enum { /* profiles */
       IN_BRANCH_FROM,
       IN_BRANCH_TO,
       IN_GEN_P,
       IN_LOAD_P,
       IN_SHUNT_P,
       IN_GEN_INTENSITY,
       IN_STORAGE_P,
       SERIES_IN
};

enum { /* arrays */
       KEEP_BUS_INTENSITY,
       KEEP_BUS_THROUGHPUT,
       KEEP_LOAD_CARBON,
       KEEP_SHUNT_CARBON,
       KEEP_BRANCH_FROM,
       KEEP_BRANCH_TO,
       KEEP_BRANCH_LOSS,
       KEEP_GEN_CARBON,
       KEEP_STORAGE_CARBON,
       KEEP_STATUS,
       SERIES_OUT
};
extern const char *const series_in_names[SERIES_IN];
extern const char *const series_out_names[SERIES_OUT];

/* ---- series_shape.c ---- */

/* Sizes of a folder of results; enough to read it without the case. */
typedef struct {
    int64_t n_period;   /* T of the profiles */
    int64_t first, end; /* periods in this folder */
    int64_t start;      /* s since 1970 of period 0; SERIES_NO_START */
    double hours;       /* of a period */
    int64_t n_bus, n_branch, n_gen, n_load, n_storage, n_demand, n_shunt, n_zone, n_owner;
    int64_t keep;    /* bit KEEP_* */
    int64_t coupled; /* 1: stores carry carbon from period to period */
} series_shape;
#define SERIES_NO_START INT64_MIN

static inline bool series_keeps(const series_shape *s, int k) { return (s->keep >> k & 1) != 0; }
int64_t series_block_count(const series_shape *s);
/* Periods of the k-th block of the folder: [first, first + count). */
void series_block_range(const series_shape *s, int64_t k, int64_t *first, int64_t *count);
size_t series_columns(const series_shape *s, int out);
int series_item(int out); /* bytes of a value */

enum { /* figures of a period: NaN where it failed */
       PERIOD_ERROR_BOUND,
       PERIOD_BACKWARD_ERROR,
       PERIOD_CONSERVATION,
       PERIOD_BALANCE,
       PERIOD_GENERATION, /* tCO2/h, and so on to mismatch */
       PERIOD_LOAD,
       PERIOD_LOSS,
       PERIOD_EXPORT,
       PERIOD_STORAGE,
       PERIOD_MISMATCH,
       PERIOD_GENERATION_P, /* MW */
       PERIOD_LOAD_P,
       PERIOD_EXPORT_P,
       PERIOD_FIGURES
};
enum {
    ZONE_GENERATION_ENERGY,
    ZONE_GENERATION,
    ZONE_LOAD_ENERGY,
    ZONE_LOAD,
    ZONE_EXPORT_ENERGY,
    ZONE_EXPORT,
    ZONE_SUMS
};
enum { /* of a store: MWh, tCO2 */
       STORE_DRAWN_ENERGY,
       STORE_DELIVERED_ENERGY,
       STORE_DRAWN,
       STORE_DELIVERED,
       STORE_OWNER_LOSS,
       STORE_SUMS
};
enum {
    STATE_ENERGY_BEFORE,
    STATE_CARBON_BEFORE,
    STATE_ENERGY,
    STATE_CARBON,
    STATE_ROWS
}; /* of the stores, round a block */
enum { OWNER_ENERGY, OWNER_EMISSIONS, OWNER_SUMS };

/* Where sums stand among the sums of a record, and how many there are. */
typedef struct {
    size_t bus_energy, bus_emissions, gen_energy, gen_emissions, load_energy, load_emissions;
    size_t zone;  /* [n_zone][ZONE_SUMS] */
    size_t owner; /* [n_owner][OWNER_SUMS] */
    size_t store; /* [n_storage][STORE_SUMS], if coupled */
    size_t n;
} series_sums;
series_sums series_sums_of(const series_shape *s);

/* What is kept of a block: fixed size, one after another in a file. */
typedef struct {
    char magic[8];
    int64_t block, first, count;
    int64_t n_failed, first_failed; /* period, -1 none */
    int64_t n_loops, largest_loop, maximum_principle;
    char code[32], failure[512]; /* of first_failed */
    uint64_t check;              /* of all other bytes */
} record_head;
typedef struct {
    record_head *head;              /* the whole record is here */
    double (*period)[SERIES_BLOCK]; /* [PERIOD_FIGURES] */
    double *state;                  /* [STATE_ROWS][n_storage], if coupled */
    double *sums;                   /* [series_sums.n] */
    size_t size;
} series_record;
size_t series_record_size(const series_shape *s);
void series_record_attach(series_record *r, const series_shape *s, void *bytes);
void series_record_seal(series_record *r);
bool series_record_is_whole(const series_record *r, const series_shape *s, int64_t k);

/* Sums that keep what rounding drops (Knuth's two-sum). */
typedef struct {
    double sum, rest;
} exact_sum;
static inline void exact_add(exact_sum *s, double term)
{
    const double sum = s->sum + term, back = sum - s->sum;
    s->rest += (s->sum - (sum - back)) + (term - back);
    s->sum = sum;
}
static inline double exact_value(exact_sum s) { return s.sum + s.rest; }

/* ---- series_store.c: the folder ---- */
typedef struct {
    const char *folder;
    series_shape shape;
    size_t record_size;
    int lock, sums; /* files; -1 */
    npy_out out[SERIES_OUT];
    int64_t done;   /* blocks that the manifest calls finished: the first ones */
    char *identity; /* what must be the same for a run to go on; text */
    bool made_folder, is_new;
} series_store;

/* Locks the folder (made if it is not there), and finds what is done of the run of this identity; anything else is
 * refused or, with overwrite, removed. `head` writes series.head of a new run. */
cef_status series_store_open(series_store *store, const char *folder, const series_shape *shape, const char *identity,
                             bool overwrite, void (*head)(out_file *out, const void *context), const void *context,
                             cef_error *error);
/* Opens a finished folder for reading, its shape and identity with it. */
cef_status series_store_open_finished(series_store *store, const char *folder, cef_error *error);
/* All blocks before `done` are on the disk, and said to be. */
cef_status series_store_commit(series_store *store, int64_t done, cef_error *error);
cef_status series_store_publish(series_store *store, cef_error *error);
cef_status series_store_write_record(const series_store *store, int64_t k, const series_record *r, cef_error *error);
cef_status series_store_read_record(const series_store *store, int64_t k, const series_record *r, cef_error *error);
/* `failed`: a new run of which nothing is done leaves nothing behind. */
void series_store_close(series_store *store, bool failed);
cef_status series_write_error(const char *folder, int reason, cef_error *error);

/* ---- series_head.c ---- */
enum {
    HEAD_CASE,
    HEAD_SETTINGS,
    HEAD_BUS,
    HEAD_GEN,
    HEAD_LOAD,
    HEAD_STORAGE,
    HEAD_ZONE,
    HEAD_OWNER,
    HEAD_LIBCEF,
    HEAD_PARTS
};
typedef struct {
    char *text;
    series_shape shape;
    const char *part[HEAD_PARTS]; /* members of JSON objects, as text */
} series_head;
cef_status series_head_read(series_head *head, const char *folder, cef_error *error);
/* The same parts for other periods. */
void series_head_copy(out_file *out, const series_head *head, const series_shape *shape);
void series_head_release(series_head *head);

/* ---- series_open.c, series_group.c ---- */
typedef struct {                          /* loads and units by zone, owner and whether they are exports */
    int32_t *gen, *load;                  /* [n_gen], [n_load] group */
    int32_t *zone, *owner;                /* [n] of a group; owner -1 none */
    bool *is_export;                      /* [n] */
    const char **zone_name, **owner_name; /* [n_zone], [n_owner] borrowed of the case */
    cef_index n, n_zone, n_owner;
} series_groups;

typedef struct {
    const cli_args *args;
    cli_pool pool;
    cef_context *ctx;
    cef_case *source;
    cef_case_info info;
    cef_factor_info factors;
    cef_network_data net;
    cef_snapshot own; /* the case's operating point */
    cef_settings settings;
    profile in[SERIES_IN];
    load_columns loads;
    series_groups groups;
    double *gen_intensity, *load_intensity; /* [n_gen], [n_load] where no profile says more */
    cef_index *unpriced;                    /* [n_unpriced] generators that have no factor */
    size_t n_unpriced;
    series_shape shape;
    series_store store;
} series_job;

cef_status series_open(series_job *job, cef_error *error);
cef_status series_group(series_job *job, cef_error *error);
/* Text that changes when anything that bears on the results does. */
cef_status series_identity(const series_job *job, char **identity, cef_error *error);
void series_head_write(out_file *out, const void *job);

/* ---- series_solve.c: what one thread works with ---- */
typedef struct series_worker series_worker;
cef_status series_worker_make(series_worker **w, series_job *job, cef_error *error);
void series_worker_free(series_worker *w);
/* Reads, solves and writes the k-th block, its record last. */
cef_status series_worker_solve(series_worker *w, int64_t k, cef_error *error);

/* ---- series_storage.c: stores coupled in time ---- */
typedef struct {
    cef_storage *handle; /* of the block in hand */
    double *held;        /* [2][n_storage] energy and carbon after the block at - 1 */
    double *rows[3];     /* [SERIES_BLOCK][n_storage] drawn, delivered, owner's loss of each period */
    exact_sum *sums;     /* [n_storage][STORE_SUMS] */
    int64_t at;          /* block of the folder that `held` is the beginning of; -1 not known */
} series_stores;
cef_status series_stores_take(series_stores *s, const series_job *job, cli_pool *pool, cef_error *error);
/* A handle that holds what the stores hold before block k; the record gets that state. */
cef_status series_stores_begin(series_stores *s, const series_job *job, int64_t k, const series_record *r,
                               cef_error *error);
/* The state after block k and the sums over it go to the record. */
cef_status series_stores_end(series_stores *s, const series_job *job, int64_t k, const double *storage_p,
                             const series_record *r, cef_error *error);
void series_stores_drop(series_stores *s);

/* ---- series_run.c ---- */
/* Solves what is not done. *signal is not 0 where one ended it. */
cef_status series_run(series_job *job, int *signal, cef_error *error);

/* ---- series_finish.c, series_json.c, series_text.c ---- */
typedef struct {
    const series_head *head;
    series_shape shape;
    series_sums at;
    exact_sum *sums;                   /* [at.n] */
    exact_sum emissions[6], energy[3]; /* tCO2: generation, load, loss, export, storage, mismatch; MWh */
    exact_sum hour[24][ZONE_SUMS];
    int64_t *month;       /* [n_month] months since year 0 */
    exact_sum *month_sum; /* [n_month][ZONE_SUMS] */
    size_t n_month, month_capacity;
    double *state;   /* [STATE_ROWS][n_storage] round all periods, if coupled */
    double worst[4]; /* error bound, backward error, conservation, balance */
    int64_t n_failed, first_failed, n_loops, largest_loop, maximum_principle;
    char code[32], failure[512];
} series_summary;
/* Names the arrays, writes summary.json and tells it on standard output. CEF_ERR_CERTIFICATE if a period is not
 * certified. */
cef_status series_finish(series_store *store, const cli_args *args, cef_error *error);
/* What the horizon identity of coupled stores misses, relative; NaN where a period failed. 0 without stores. */
double series_horizon_gap(const series_summary *s);
void series_summary_json(out_file *out, const series_summary *s);
enum { SERIES_TOTALS = 11, SERIES_CERTIFICATE = 11 };
int series_total_fields(const series_summary *s, field out[SERIES_TOTALS]); /* how many */
int series_certificate_fields(const series_summary *s, field out[SERIES_CERTIFICATE]);
/* On standard output if --format asks for it or a terminal is there to read it. */
cef_status series_tell(const series_summary *s, const cli_args *args, cef_error *error);

/* ---- series_merge.c ---- */
cef_status series_merge(const cli_args *args, cef_error *error);

/* ---- series_time.c ---- */
/* RFC 3339 with an offset, whole seconds; false if it is not that. */
bool time_parse(const char *text, int64_t *seconds);
/* 2016-01-01T00:00:00Z */
void time_format(int64_t seconds, char text[32]);
/* Months since year 0 and hour of the day, of a moment. */
int64_t time_month(int64_t seconds);
int time_hour(int64_t seconds);

#endif /* CEF_CLI_SERIES_H */
