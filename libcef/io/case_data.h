/* SPDX-License-Identifier: Apache-2.0 */
/* What every reader fills and every writer reads: the tables of a case, as columns. A reader appends rows to a
 * case_data, then case_from_data() validates across tables, builds the network and hands out the cef_case. All memory
 * comes from the context through one growing pool, so an error path is one case_data_release(). */
#ifndef CEF_IO_CASE_DATA_H
#define CEF_IO_CASE_DATA_H

#include <cef/case.h>

#include "base/base.h"

/* A text column: offsets into one pool, 0 = "" (the pool starts with a 0 byte). */
typedef uint32_t text_ref; /* the pool is bounded at 4 GiB */

/* Ids of one table: a canonical int64 decimal is kept as its number (and text 0), anything else as text. A row that no
 * reader gave an id has its 1-based position. Read them with case_id_text. */
typedef struct {
    int64_t *number; /* [n], meant where text is 0 */
    text_ref *text;  /* [n], 0: the id is the number */
    bool numeric;    /* every id is a number */
} case_ids;

typedef struct {
    case_ids id;
    text_ref *zone;            /* [n] */
    int8_t *type;              /* [n] MATPOWER 1 PQ, 2 PV, 3 reference, 4 isolated; 1 where not stated */
    double *gs, *bs;           /* [n] MW drawn, MVAr injected at 1 per unit voltage; 0 where not stated */
    double *qd;                /* [n] MVAr drawn beside the loads' own; 0 where not stated */
    double *vm, *va, *base_kv; /* [n] per unit, degrees, kV; 1, 0, 0 where not stated */
    cef_index n, capacity;
} case_buses;

typedef struct {
    case_ids id;
    cef_index *from, *to;  /* [n] bus positions */
    double *p_from, *p_to; /* [n] MW, NaN where not stated */
    double *q_from, *q_to; /* [n] MVAr, NaN where not stated */
    double *r, *x, *b;     /* [n] per unit, NaN where not stated */
    double *tap, *shift;   /* [n] ratio (0 = 1), degrees */
    int8_t *in_service;    /* [n] */
    int8_t *hvdc;          /* [n] 1: a MATPOWER dcline row, kept after the AC rows */
    cef_index n, capacity;
} case_branches;

typedef struct {
    case_ids id;
    cef_index *bus;             /* [n] */
    double *p, *q;              /* [n] MW as stated in the file, MVAr */
    double *vg;                 /* [n] per unit, voltage that the unit holds; 1 where not stated */
    double *qmin, *qmax;        /* [n] MVAr, NaN where not stated: no limit */
    double *mbase, *apf;        /* [n] MVA, participation in the slack; NaN where not stated */
    double *intensity;          /* [n] tCO2/MWh, NaN where not stated */
    double *capacity_mw, *cost; /* [n] MW, money/MWh (linear), NaN where not stated */
    text_ref *fuel;             /* [n] */
    int8_t *in_service;         /* [n] */
    cef_index n, capacity;
} case_gens;

typedef struct {
    case_ids id;
    cef_index *bus;     /* [n] */
    double *p, *q;      /* [n] MW, negative injects; MVAr, 0 where not stated */
    double *intensity;  /* [n] of a negative load, NaN where not stated */
    int32_t *kind;      /* [n] CEF_LOAD_* */
    text_ref *owner;    /* [n] */
    int8_t *in_service; /* [n] */
    cef_index n, capacity;
} case_loads;

typedef struct {
    case_ids id;
    cef_index *bus; /* [n] */
    double *p, *energy, *intensity,
        *capacity_mwh; /* [n] MW (discharge > 0), MWh, tCO2/MWh, MWh; NaN where not stated */
    double *efficiency_charge, *efficiency_discharge, *retention; /* [n] default 1 */
    int8_t *in_service;                                           /* [n] */
    cef_index n, capacity;
} case_storage;

typedef struct {
    cef_context *ctx;
    const char *file; /* name for messages; the caller's */
    char name[128], format[8], sha256[72];
    double base_mva; /* default 100 */
    case_buses bus;
    case_branches branch;
    case_gens gen;
    case_loads load;
    case_storage storage;
    char *pool; /* text pool */
    size_t pool_used, pool_size;
} case_data;

/* ---- case_data.c ---- */
void case_data_init(case_data *data, cef_context *ctx, const char *file);
void case_data_release(case_data *data);
/* Append one row with all defaults (doubled capacity; columns move): *row is its position. */
cef_status case_add_bus(case_data *data, cef_index *row, cef_error *error);
cef_status case_add_branch(case_data *data, cef_index *row, cef_error *error);
cef_status case_add_gen(case_data *data, cef_index *row, cef_error *error);
cef_status case_add_load(case_data *data, cef_index *row, cef_error *error);
cef_status case_add_storage(case_data *data, cef_index *row, cef_error *error);
/* Room for `rows` rows at once, for readers that know their number. */
cef_status case_reserve(case_data *data, cef_element element, cef_index rows, cef_error *error);
/* Copies text into the pool. */
cef_status case_text(case_data *data, const char *text, size_t length, text_ref *ref, cef_error *error);
/* Borrowed until the next case_text. */
static inline const char *case_text_at(const case_data *data, text_ref ref) { return ref ? data->pool + ref : ""; }
/* Valid UTF-8 without control characters. */
bool text_is_printable(const char *text, size_t length);
/* Sets the id of a row from text (checked: 1-63 bytes UTF-8, no control characters) or from a number. Uniqueness is
 * checked at once for the whole table by case_index_ids. `line` is for messages, 0 if there is none. */
cef_status case_set_id(case_data *data, cef_element element, cef_index row, const char *text, size_t length,
                       int32_t line, cef_error *error);
void case_set_number(case_data *data, cef_element element, cef_index row, int64_t number);
/* Text of an id into buffer; returns its length. */
size_t case_id_text(const case_data *data, cef_element element, cef_index row, char *buffer, size_t size);

/* "bus", "branch", "generator", "load", "store". */
const char *case_table_name(cef_element element);
/* Where an error stands: the element with its id as number or text; `name` is filled and must outlive the use. */
cef_where case_where(const case_data *data, cef_element element, cef_index row, char name[64]);

/* A hash index from id to position of one table; refuses duplicate ids, naming the second row. Loads of different kinds
 * may share an id (a .m bus with demand and shunt: both carry its number). */
typedef struct {
    cef_context *ctx;
    cef_index *slot; /* [size] position + 1, 0 empty */
    size_t size;
} case_index;
cef_status case_index_ids(const case_data *data, cef_element element, case_index *index, cef_error *error);
cef_index case_find(const case_data *data, cef_element element, const case_index *index, const char *text,
                    size_t length);
cef_index case_find_number(const case_data *data, cef_element element, const case_index *index, int64_t number);
void case_index_release(case_index *index);

/* ---- case.c: takes over the data (released on failure too), checks values, applies in_service, builds the network
 * ---- */
cef_status case_from_data(case_data *data, cef_case **out, cef_error *error);
/* ---- case_check.c: ranges and bus positions of every table; then switches off what stands on isolated buses ---- */
cef_status case_check(case_data *data, cef_error *error);
const case_data *case_tables(const cef_case *c);

/* ---- file.c, file_write.c ---- */
#define CASE_MAX_FILE ((size_t) 4 << 30)
/* A path as messages quote it: its end if it is very long, so that the reason fits behind it. */
const char *path_shown(const char *path);
/* Whole file into memory (regular files and pipes; bounded); release with context_free(ctx, text, *length + 1). */
cef_status file_read(cef_context *ctx, const char *path, char **text, size_t *length, cef_error *error);

/* Buffered writing to a file beside `path`; commit flushes, fsyncs, closes and renames; abandon removes it. The first
 * failure is kept and returned by commit, so that writers need no check per call. */
typedef struct {
    cef_context *ctx;
    char *temporary; /* path of the file being written */
    char *path;      /* where it goes */
    char *buffer;
    size_t used;
    int fd, failed_errno;
} file_writer;
cef_status file_writer_open(file_writer *w, cef_context *ctx, const char *path, cef_error *error);
void file_put(file_writer *w, const char *text, size_t n);
void file_puts(file_writer *w, const char *text);
void file_put_number(file_writer *w, double value); /* shortest text; never called with NaN */
void file_put_int(file_writer *w, int64_t value);
cef_status file_writer_commit(file_writer *w, cef_error *error);
void file_writer_abandon(file_writer *w);

/* ---- sha256.c ---- */
typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
    bool by_instruction; /* the processor has SHA instructions; may be cleared after init (tests) */
} sha256_state;
void sha256_init(sha256_state *s);
void sha256_add(sha256_state *s, const void *data, size_t n);
void sha256_hex(sha256_state *s, char out[65]);

/* ---- readers: append to an initialised case_data; writers: whole files ---- */
cef_status matpower_read(case_data *data, const char *text, size_t length, cef_error *error); /* matpower_read.c */
cef_status matpower_write(const case_data *data, const char *path, cef_error *error);         /* matpower_write.c */
cef_status yaml_read(case_data *data, const char *text, size_t length, cef_error *error);     /* yaml_read.c */
cef_status yaml_write(const case_data *data, const char *path, cef_error *error);             /* yaml_write.c */
cef_status csv_folder_read(case_data *data, const char *folder, cef_error *error);            /* csv_read.c */
cef_status csv_folder_write(const case_data *data, const char *folder, cef_error *error);     /* csv_write.c */

/* ---- csv.c: one bounded RFC 4180 scanner for folders and factor files ---- */
#define CSV_MAX_FIELDS 64
typedef struct {
    cef_context *ctx;
    const char *file, *text, *end, *at;
    int32_t line;      /* of the row last read */
    int32_t next_line; /* at `at` */
    char *scratch;     /* unquoted text of the row's fields, where it differs from the file's */
    size_t scratch_used, scratch_size;
    struct {
        const char *text;
        size_t length;
    } field[CSV_MAX_FIELDS];
    int32_t n_field;
} csv_reader;
/* Checks the whole text once (UTF-8, no NUL bytes), skips a byte order mark, takes the scratch. `text` is borrowed. */
cef_status csv_open(csv_reader *r, cef_context *ctx, const char *file, const char *text, size_t length,
                    cef_error *error);
void csv_close(csv_reader *r);
/* Next record into r->field; *more = false at the end; empty lines are skipped. Refuses unterminated quotes, text after
 * a quote, a quote inside an unquoted field, a bare carriage return, more than CSV_MAX_FIELDS fields. */
cef_status csv_next(csv_reader *r, bool *more, cef_error *error);

/* ---- factors.c: `gen,bus,intensity[,source]`; fuels.c: `fuel,intensity` ---- */
/* gen_intensity [n_gen]: set where the file has a row; *rows = number of rows. */
cef_status factors_parse(const case_data *data, const char *file, const char *text, size_t length,
                         double *gen_intensity, cef_index *rows, cef_error *error);
cef_status factors_read(const case_data *data, const char *path, double *gen_intensity, cef_index *rows,
                        cef_error *error);
typedef struct {
    cef_context *ctx;
    char *names;       /* 0-terminated names, one after another */
    double *intensity; /* [n] */
    size_t names_size, capacity;
    cef_index n;
} fuel_table;
/* tCO2/MWh from kgCO2 per TJ (net calorific value) and net efficiency. */
double fuels_intensity(double kg_per_tj, double efficiency);
/* `table` is set up by the call; release it on failure too. */
cef_status fuels_parse(cef_context *ctx, const char *file, const char *text, size_t length, fuel_table *table,
                       cef_error *error);
cef_status fuels_read(cef_context *ctx, const char *path_or_table, fuel_table *table, cef_error *error);
bool fuels_find(const fuel_table *table, const char *fuel, double *intensity);
void fuels_release(fuel_table *table);

#endif /* CEF_IO_CASE_DATA_H */
