/* SPDX-License-Identifier: Apache-2.0 */
/* cef/meter.h - carbon meters that agree without a centre.
 *
 * A meter stands at a bus. It knows the powers at its own branch ends, its own generation and what its neighbours last
 * told it, and finds the same nodal carbon intensities as cef_solver_solve (docs/meters.md). It is a state machine in
 * the caller's memory: no allocation, no input or output, no clock.
 *
 *     cef_meter_receive(meter, bytes, length)      a message came in; refused ones are counted
 *     cef_meter_step(meter)                        one round: mix, decide, prepare
 *     cef_meter_send(meter, link, bytes, size)     the message for a neighbour; 0: nothing new to say
 *     cef_meter_read(meter, &reading)              intensity, bound, quality
 *
 * Every message states facts about one interval that stay true: loss, duplication, reordering and restarts cost time,
 * never truth. Every intensity comes with a bound that is never below its error.
 * Units: MW, tCO2/MWh, tCO2/h; registers: Wh, g. Branch powers have MATPOWER's sign: positive into the branch.
 */
#ifndef CEF_METER_H
#define CEF_METER_H

#include <cef/solver.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- messages ----
 * One layout, little-endian, 96 bytes of head, then facts, items, results and `auth_bytes` of MAC and signature that
 * libcef carries and does not look at (docs/meters.md holds the table of offsets). */
enum {
    CEF_METER_VERSION = 1,
    CEF_METER_FACTS = 16,  /* most facts in a message */
    CEF_METER_ITEMS = 4,   /* most items of a loop's equations in a message */
    CEF_METER_RESULTS = 4, /* most results of a loop in a message */
    CEF_METER_AUTH = 96,   /* most bytes of MAC and signature */
    CEF_METER_HEAD_BYTES = 96,
    CEF_METER_MESSAGE_BYTES = 576 /* most bytes of a message */
};
enum {                             /* bits of cef_meter_message.flags */
       CEF_METER_FINAL = 1,        /* intensity and bound will not change any more */
       CEF_METER_UNDEFINED = 2,    /* final: no power with an intensity arrives here; intensity is 0 */
       CEF_METER_TRIMMED = 4,      /* not on a loop of flow, nor is anything downstream */
       CEF_METER_HOLDS_YOURS = 8,  /* the sender holds the receiver's final value */
       CEF_METER_QUARANTINED = 16, /* the two readings of this link contradict each other */
       CEF_METER_ASKS = 32,        /* the sender wants an answer */
       CEF_METER_MIXES = 64,       /* with SETTLED: the sender mixes what comes from the receiver by this link */
       CEF_METER_SETTLED = 128,    /* where a reading is missing or contradicted: the sender's estimate will stay */
       CEF_METER_FLAGS = 255,
       CEF_METER_WANTED = 256 /* of a result only */
};
enum { CEF_METER_NO_HOPS = 255 };

typedef struct cef_meter_fact { /* where another meter stands on the flow graph, seen from the sender */
    uint32_t meter;
    uint8_t up, down; /* hops against and along the flow; CEF_METER_NO_HOPS: not known to be there */
    uint16_t reserved;
} cef_meter_fact;

/* A loop member's equation on its way to the leader: mw x = carbon + sum over arcs of arc mw x_source, where mw is the
 * power from sources, settled neighbours and arcs. Row and arcs of one version belong together. */
enum { CEF_METER_ROW = 1, CEF_METER_ARC = 2, CEF_METER_ROW_UNFED = 3 };
typedef struct cef_meter_item {
    uint32_t meter;
    uint32_t source;  /* of an arc: the meter it comes from; of a row: 0 */
    uint32_t version; /* no two rows of a meter with different arcs have the same */
    uint16_t arcs;    /* of a row: how many arcs it has; of an arc: its number, from 0 */
    uint8_t kind;     /* CEF_METER_ROW, _ARC, _ROW_UNFED (nothing with an intensity feeds it from outside) */
    uint8_t reserved; /* 0 */
    double mw;        /* of a row: from sources and settled neighbours, without the arcs */
    double carbon;    /* of a row, tCO2/h; of an arc: 0 */
    double bound;     /* of a row: of the error in carbon, tCO2/h; of an arc: 0 */
} cef_meter_item;

typedef struct cef_meter_result {
    uint32_t meter;
    uint32_t flags;          /* CEF_METER_UNDEFINED, CEF_METER_WANTED (the leader misses this meter's equation) or 0 */
    double intensity, bound; /* wanted: 0 */
} cef_meter_result;

typedef struct cef_meter_message {
    uint32_t epoch, interval;
    uint32_t from, to;       /* meters */
    uint32_t link;           /* number that both ends know, such as the branch's row */
    uint32_t boot, sequence; /* grows with every message, boot with every restart: (boot, sequence) never comes back */
    uint32_t generation, root, reach; /* colour of the sender; reach UINT32_MAX: the root is not known downstream */
    uint32_t result_leader, result_sequence; /* of the results; 0, 0: none */
    uint16_t flags;                          /* CEF_METER_FINAL .. */
    uint8_t bundle, ack; /* number of the first item here, 1 .. 255 around; of the next one awaited from the receiver */
    uint8_t n_facts, n_items, n_results, auth_bytes;
    double reading;    /* MW into the branch at the sender's end; NaN: not measured */
    double intensity;  /* tCO2/MWh */
    double bound;      /* of the intensity's error, tCO2/MWh */
    double unresolved; /* share of the sender's power not yet traced to a source, 0 .. 1 */
    cef_meter_fact fact[16];
    cef_meter_item item[4];
    cef_meter_result result[4];
    uint8_t auth[96];
} cef_meter_message;

/* Why a message is refused. */
enum {
    CEF_METER_ACCEPTED = 0,
    CEF_METER_TRUNCATED = 1, /* shorter than its length says, or than a head */
    CEF_METER_OVERSIZE = 2,  /* longer than its length says, or than any message */
    CEF_METER_MALFORMED = 3, /* not a meter's message, a count, flag or reserved field is impossible */
    CEF_METER_BAD_VERSION = 4,
    CEF_METER_BAD_NUMBER = 5,    /* NaN or infinite where a number must be, a negative bound or power */
    CEF_METER_BAD_INTENSITY = 6, /* outside [e_min, e_max] */
    CEF_METER_BAD_SHARE = 7,     /* unresolved outside [0, 1] */
    CEF_METER_WRONG_EPOCH = 8,
    CEF_METER_STALE = 9,           /* of an earlier interval */
    CEF_METER_FUTURE = 10,         /* of a later interval */
    CEF_METER_REPLAYED = 11,       /* not newer than the last one of this link (duplicates and latecomers count here) */
    CEF_METER_UNKNOWN_SENDER = 12, /* no such neighbour or link */
    CEF_METER_NOT_MINE = 13,       /* addressed to another meter */
    CEF_METER_VERDICTS = 14
};
typedef int32_t cef_meter_verdict;

/* Writes message (its counts and auth) to bytes[0..size). Returns the length, 0 if it does not fit or a count is out of
 * range. */
CEF_API size_t cef_meter_encode(const cef_meter_message *message, uint8_t *bytes, size_t size);
/* Reads bytes[0..length): CEF_METER_ACCEPTED, or why not (up to CEF_METER_BAD_SHARE; intensities are not compared with
 * limits here). Never reads past length; *message is undefined unless accepted. */
CEF_API cef_meter_verdict cef_meter_decode(const uint8_t *bytes, size_t length, cef_meter_message *message);
CEF_API const char *cef_meter_verdict_name(cef_meter_verdict verdict); /* "replayed"; static, never NULL */

/* ---- one meter ---- */

typedef struct cef_meter cef_meter;

enum { /* quality of a reading, best first; of a meter: the worst it rests on */
       CEF_QUALITY_MEASURED = 0,
       CEF_QUALITY_OTHER_END = 1,     /* the other end's reading less the estimated loss */
       CEF_QUALITY_KIRCHHOFF = 2,     /* what the others leave at the bus */
       CEF_QUALITY_LEAST_SQUARES = 3, /* several unknown: prior values corrected to balance */
       CEF_QUALITY_SIMILAR_DAY = 4,
       CEF_QUALITY_LAST_VALUE = 5,
       CEF_QUALITY_INTERVAL = 6,    /* only [e_min, e_max] is known */
       CEF_QUALITY_QUARANTINED = 7, /* a neighbour's reading contradicts: its intensity is not used */
       CEF_QUALITY_UNDEFINED = 8    /* no power, or only power without an intensity */
};
CEF_API const char *cef_meter_quality_name(int32_t quality); /* "measured"; static, never NULL */

/* What all meters of an epoch and interval agree on, and where one meter or many count refused messages. Lent to the
 * meters: must outlive them. */
typedef struct cef_meter_rules {
    size_t struct_size;
    double e_min, e_max;    /* tCO2/MWh: least and greatest intensity in play (units, imports, stores, mismatch) */
    double flow_tol;        /* MW: a branch end below this carries nothing */
    double reading_tol;     /* MW by which the two readings of a link may miss the estimated loss; default 1e-3 */
    double reading_tol_rel; /* and as a share of the larger reading; default 0.02 */
    double balance_tol;     /* MW by which balance_mw may be wrong; default 0.1 */
    uint32_t epoch;         /* of the topology and the roll of meters */
    int32_t relax_only;     /* 1: plain relaxation: loops are not solved, values only converge */
    uint64_t *refused; /* [CEF_METER_VERDICTS] counted by verdict, that of accepted messages too; NULL: not counted */
    uint32_t patience; /* rounds without news after which a leader asks for equations it misses; default 48 */
    int32_t reserved;  /* must be 0 */
} cef_meter_rules;
/* Defaults for a struct of this size; sets rules->struct_size. e_min = 0, e_max = 0 remain to be set. */
CEF_API void cef_meter_rules_init(cef_meter_rules *rules, size_t struct_size);

typedef struct cef_meter_link { /* one branch at the meter's bus */
    uint32_t peer, number;      /* the meter at the other end; the number both ends give the link */
    double reading;             /* MW into the branch at this end; NaN: missing */
    double prior;               /* where missing: a similar day's slot, scaled, or the last value; NaN: none */
    float prior_tol;            /* MW half-width in which the truth lies around prior */
    float loss;                 /* MW lost in the branch, estimated: reading + other end's reading */
    float loss_tol;             /* MW half-width around loss */
    int32_t prior_quality;      /* CEF_QUALITY_SIMILAR_DAY or CEF_QUALITY_LAST_VALUE */
} cef_meter_link;

typedef struct cef_meter_setup {
    size_t struct_size;
    const cef_meter_rules *rules; /* kept */
    const cef_meter_link *link;   /* [n_links] copied */
    void *arena;                  /* where this meter solves a loop if it is elected; kept; NULL: it never leads */
    size_t arena_size;            /* from cef_meter_arena_size or cef_meter_roll_arena_size; 8-byte aligned */
    double source_mw;             /* power of units, imports, discharge and negative loads here */
    double source_carbon;         /* tCO2/h of that power */
    double balance_mw; /* generation less load here, what the links take together; NaN: not known (no Kirchhoff) */
    uint32_t meter;    /* number on the roll, below 2^32 - 1 */
    uint32_t interval;
    uint32_t boot; /* larger after every restart, by at most 1 000 within an interval: keep it where a restart does not
                      reach */
    int32_t n_links;    /* 0 .. 65534 */
    int32_t arena_rows; /* n_rows that arena_size was asked for */
    int32_t reserved;   /* must be 0 */
} cef_meter_setup;

/* Bytes of a meter's state: at most 512 + 64 n_links. 0 if n_links is out of range. */
CEF_API size_t cef_meter_state_size(int32_t n_links);
/* Bytes in which a leader can solve any loop of n_rows meters with n_arcs arcs, whatever its form: 8 n_rows^2 and some.
 * What the elimination of a loop fills is not known before its graph is: a grid's loop of more than 64 meters takes far
 * less, see cef_meter_roll_arena_size. A leader whose arena proves too small does not solve; its loop relaxes, and its
 * bounds stay true. 0 if out of range (n_rows 2 .. 46340). */
CEF_API size_t cef_meter_arena_size(int32_t n_rows, int32_t n_arcs);
/* Makes a meter in memory[0..size) (8-byte aligned, the caller's), knowing nothing of its neighbours yet. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_init(const cef_meter_setup *setup, void *memory, size_t size,
                                                 cef_meter **out, cef_error *error);
CEF_API cef_meter_verdict cef_meter_receive(cef_meter *meter, const uint8_t *bytes, size_t length);
/* One round. Allocates nothing; a leader's round may eliminate its loop. */
CEF_API void cef_meter_step(cef_meter *meter);
/* The message for link 0 .. n_links - 1, no auth bytes; returns its length, 0 if there is nothing to say (both ends
 * hold final values) or size is below CEF_METER_MESSAGE_BYTES. A meter with nothing to say on any link is done, and
 * wakes when a neighbour asks. */
CEF_API size_t cef_meter_send(cef_meter *meter, int32_t link, uint8_t *bytes, size_t size);

typedef struct cef_meter_reading {
    size_t struct_size;
    double intensity;                 /* tCO2/MWh; NaN where undefined */
    double bound;                     /* of |intensity - exact|, tCO2/MWh; NaN where undefined */
    double unresolved;                /* share of its power not yet traced to a source */
    double power_mw;                  /* what flows in: sources and neighbours */
    uint32_t meter, interval, leader; /* leader: of its loop as it knows it, UINT32_MAX none */
    int32_t quality;                  /* CEF_QUALITY_* */
    int32_t final_value;              /* 1: nothing will change any more in this interval */
    int32_t n_quarantined;            /* links */
} cef_meter_reading;
CEF_API CEF_MUST_CHECK cef_status cef_meter_read(const cef_meter *meter, cef_meter_reading *out, cef_error *error);

/* ---- registers: energy and carbon of one UTC day, 96 slots of 15 minutes, by direction ---- */

enum { CEF_METER_SLOTS = 96, CEF_METER_IMPORT = 0, CEF_METER_EXPORT = 1 };
typedef struct cef_meter_slot { /* booked when the slot closes; corrections are signed and come later */
    int64_t wh[2], g[2];        /* by direction */
    int64_t late_wh[2], late_g[2];
    int32_t quality; /* worst CEF_QUALITY_* booked */
    uint32_t n_late; /* corrections */
} cef_meter_slot;
typedef struct cef_meter_registers { /* the caller's memory, plain data */
    size_t struct_size;
    int64_t day;       /* days since 1970-01-01 UTC */
    int64_t n_refused; /* bookings for other days, or that would overflow */
    cef_meter_slot slot[96];
} cef_meter_registers;
CEF_API CEF_MUST_CHECK cef_status cef_meter_registers_init(cef_meter_registers *registers, size_t struct_size,
                                                           int64_t day, cef_error *error);
/* Books power_mw (positive: CEF_METER_IMPORT, negative: CEF_METER_EXPORT) at intensity (tCO2/MWh) over `hours` into the
 * slot; late = 1: a signed correction: power_mw is the true value less the booked one, and carbon_t its carbon. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_registers_book(cef_meter_registers *registers, int64_t day, int32_t slot,
                                                           double power_mw, double intensity, double hours,
                                                           int32_t quality, cef_error *error);
CEF_API CEF_MUST_CHECK cef_status cef_meter_registers_correct(cef_meter_registers *registers, int64_t day, int32_t slot,
                                                              int32_t direction, double energy_mwh, double carbon_t,
                                                              cef_error *error);

/* ---- a grid's meters: what each bus of a network and snapshot knows, as setups ---- */

typedef struct cef_meter_roll cef_meter_roll;
typedef struct cef_meter_roll_info {
    size_t struct_size;
    double e_min, e_max; /* over all running sources */
    double flow_tol;
    int64_t n_links; /* link ends: twice the branches that carry power between two buses */
    cef_index n_bus;
    cef_index longest_path; /* W: longest path, in arcs, of the condensed flow graph, a loop of m buses counted 3 m */
    cef_index clusters, largest_cluster; /* loops of two or more buses */
} cef_meter_roll_info;
/* Meter k stands at bus position k; link numbers are branch positions. settings NULL: defaults; loss policies under
 * which rows dominate only (CEF_ERR_UNSUPPORTED for CONSUMER, SPLIT and HALF). Orientation, thresholds, netting, mixing
 * and mismatch units are those of cef_solver_solve. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_roll_create(cef_context *ctx, const cef_network *net,
                                                        const cef_settings *settings, const cef_snapshot *snapshot,
                                                        cef_meter_roll **out, cef_error *error);
CEF_API void cef_meter_roll_destroy(cef_meter_roll *roll);
CEF_API CEF_MUST_CHECK cef_status cef_meter_roll_describe(const cef_meter_roll *roll, cef_meter_roll_info *out,
                                                          cef_error *error);
/* Fills meter, link, n_links (borrowed until the roll is destroyed), source and balance of bus k; rules, arena,
 * interval and boot are left for the caller to set. cluster_rows and cluster_arcs (may be NULL): size of the loop
 * through the bus, 0 if none, for cef_meter_arena_size. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_roll_setup(const cef_meter_roll *roll, cef_index bus, cef_meter_setup *out,
                                                       int32_t *cluster_rows, int32_t *cluster_arcs, cef_error *error);

/* Bytes of an arena (arena_rows: cluster_rows) in which any member can solve the loop through the bus as the roll's
 * flows form it, fill counted: up to 64 meters as cef_meter_arena_size, else about in proportion to the loop. Arcs
 * count twice, since a row's new version comes before its old one goes. Where readings are missing or quarantined the
 * loop that the meters see may be another one. 0: no loop, no such bus, or too large. */
CEF_API size_t cef_meter_roll_arena_size(const cef_meter_roll *roll, cef_index bus);

/* ---- all meters of a roll in one process, over a seeded unreliable transport ---- */

typedef struct cef_meter_field cef_meter_field;
typedef struct cef_meter_field_options {
    size_t struct_size;
    uint64_t seed;
    double loss_rate, duplicate_rate; /* share of messages, 0 .. 0.99 */
    double restart_rate; /* share of meters that restart once with lost state, in the first restart_rounds rounds */
    double missing_rate; /* share of readings that are missing */
    double frozen_rate;  /* share of meters that say nothing for frozen_rounds rounds from a random round on */
    double lying_rate;   /* share of links of which one end reports a wrong reading */
    double tolerance; /* a value is certified when its bound is below tolerance x max(|e_min|, |e_max|); default 1e-9 */
    int32_t delay;    /* a message takes 1 .. 1 + delay rounds: delay above 0 reorders */
    int32_t restart_rounds, frozen_rounds; /* defaults 64, 16 */
    int32_t clock_skew;  /* meters enter the interval up to this many rounds late, and refuse messages until then */
    int32_t relax_only;  /* as in cef_meter_rules */
    int32_t until_final; /* 1: run until all values are final; 0: until all are certified */
} cef_meter_field_options;
CEF_API void cef_meter_field_options_init(cef_meter_field_options *options, size_t struct_size);

typedef struct cef_meter_field_info {
    size_t struct_size;
    int64_t rounds;
    int64_t messages, bytes; /* sent */
    int64_t lost, duplicated, restarts;
    int64_t refused[16];            /* by CEF_METER_* verdict */
    int64_t n_quarantined;          /* link ends */
    cef_index n_final, n_certified; /* meters */
    double worst_bound;             /* largest bound of a defined meter */
    int32_t silent;                 /* 1: nobody has anything to say any more */
    int32_t reserved;
} cef_meter_field_info;

/* Allocates all it will ever need. Keeps the roll's data alive by its own reference. Without any fault (all rates,
 * delay and skew 0) a round is synchronous and messages are handed over without being encoded. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_field_create(cef_context *ctx, const cef_meter_roll *roll,
                                                         const cef_meter_field_options *options, cef_meter_field **out,
                                                         cef_error *error);
CEF_API void cef_meter_field_destroy(cef_meter_field *field);
/* Up to max_rounds rounds more, ending early once every value is certified (unless until_final), once all are final,
 * certified or not (n_final = n_bus: no round changes anything any more), or when nobody has anything to say. info may
 * be NULL. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_field_run(cef_meter_field *field, int64_t max_rounds,
                                                      cef_meter_field_info *info, cef_error *error);
/* intensity, bound [n_bus] (NaN where undefined), quality [n_bus]; each may be NULL. */
CEF_API CEF_MUST_CHECK cef_status cef_meter_field_read(const cef_meter_field *field, double *intensity, double *bound,
                                                       int32_t *quality, cef_error *error);

#ifdef __cplusplus
}
#endif
#endif /* CEF_METER_H */
