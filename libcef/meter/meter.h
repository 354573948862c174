/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room meter: the meter as a state machine, its messages, and a grid's meters in one process. */
#ifndef CEF_METER_METER_H
#define CEF_METER_METER_H

#include <cef/meter.h>

#include "run/run.h"

#define METER_MAX_MW 1e12
#define METER_MAX_SUM 1e18 /* MW of any sum */
#define METER_NOBODY UINT32_MAX

/* ---- messages (codec.c) ---- */

/* A message whose lists lie elsewhere: what is sent need not be gathered first. */
typedef struct {
    const cef_meter_message *head; /* its counts rule; its own lists are not read */
    const cef_meter_fact *fact;
    const cef_meter_item *item;
    const cef_meter_result *result;
    bool same_facts; /* the facts are those of the link's message before */
} message_view;

size_t message_length(const cef_meter_message *head); /* encoded */
size_t message_encode(const message_view *m, uint8_t *bytes, size_t size);
cef_meter_verdict message_decode(const uint8_t *bytes, size_t length, cef_meter_message *message);
const char *message_verdict_name(cef_meter_verdict verdict);

/* ---- a loop in its leader's arena (arena.c): rows of equations, the largest closed set of which is solved ---- */

typedef struct meter_arena meter_arena;

size_t arena_size(int32_t n_rows, int32_t n_arcs); /* bytes, whatever the loop's form; 0 if out of range */
/* For a loop of which n_inner arcs run between members and whose elimination fills `fill` entries. */
size_t arena_size_filled(int32_t n_rows, int32_t n_arcs, int32_t n_inner, int64_t fill);
size_t arena_least(int32_t n_rows); /* bytes without which arena_init fails */
/* NULL: too small. */
meter_arena *arena_init(void *memory, size_t size, int32_t n_rows, const cef_meter_rules *rules);
/* Takes an item; later versions replace earlier ones. What does not fit or does not belong is dropped. */
void arena_take_item(meter_arena *arena, const cef_meter_item *item);
/* Solves what became closed since the last call. Returns whether there are new results. */
bool arena_solve(meter_arena *arena);
/* The next results in turn, at most n; returns how many. */
uint8_t arena_results(meter_arena *arena, cef_meter_result *result, uint8_t n);
int32_t arena_n_rows(const meter_arena *arena);
int32_t arena_n_results(const meter_arena *arena);
bool arena_result_of(const meter_arena *arena, uint32_t meter, cef_meter_result *result);
/* Whether a row is not solved yet, or none is there. */
bool arena_waits(const meter_arena *arena);
/* One round more: the next members whose equations are missed, at most n, once nothing new came for `patience` rounds;
 * each is named once, then patience starts again. Returns how many. */
uint8_t arena_wants(meter_arena *arena, uint32_t patience, cef_meter_result *result, uint8_t n);
/* Takes an item out again, rows before their arcs, what is solved left out. False: nothing is left. */
bool arena_give_item(meter_arena *arena, cef_meter_item *item);

/* ---- one meter ---- */

enum {                           /* meter_link.flags */
       LINK_HEARD = 1,           /* in this interval */
       LINK_MISSING = 2,         /* no own reading */
       LINK_PEER_KNOWN = 4,      /* the other end's reading is known: it takes from the branch (SENDS), or delivers */
       LINK_PEER_SENDS = 8,      /* other end's reading >= flow_tol */
       LINK_PEER_TAKES = 16,     /* other end's reading <= -flow_tol */
       LINK_FINAL = 32,          /* the peer's value is final: it stays, whatever comes */
       LINK_UNDEFINED = 64,      /* and undefined */
       LINK_TRIMMED = 128,       /* the peer is trimmed */
       LINK_HOLDS = 256,         /* the peer holds my final value */
       LINK_QUARANTINED = 512,   /* the two readings contradict */
       LINK_ANSWER = 1024,       /* the peer waits for an answer */
       LINK_ACK = 2048,          /* items came: how many is to be told */
       LINK_INSIDE = 4096,       /* the peer is on this meter's loop */
       LINK_PEER_SETTLED = 8192, /* the peer's estimate of what the link carries will stay */
       LINK_PEER_MIXES = 16384   /* and by it the peer mixes what comes from here */
};

typedef struct {             /* 64 bytes */
    double reading;          /* own, MW; where missing: prior, NaN none */
    double intensity, bound; /* the peer's */
    float unresolved;        /* the peer's */
    float prior_tol, loss, loss_tol;
    float peer_reading;
    uint32_t peer, number;
    uint32_t peer_boot, peer_sequence;
    uint16_t flags;
    uint8_t bundle_in; /* number of the next item from the peer, 1 .. 255; 0: none came */
    uint8_t prior_quality;
} meter_link;

typedef struct { /* where another meter stands */
    uint32_t meter;
    uint8_t up, down; /* hops; CEF_METER_NO_HOPS */
    uint16_t via;     /* link towards it, downstream */
} meter_fact;

enum { /* cef_meter.flags */
       METER_FINAL = 1,
       METER_UNDEFINED = 2,
       METER_TRIMMED = 4,
       METER_ROW_DIRTY = 8,  /* what the row says changed: emit it anew */
       METER_CALLED = 16,    /* others take this meter for the leader */
       METER_HEARD = 32,     /* all neighbours were heard */
       METER_ORIENTED = 128, /* the arcs below are kept: no own reading is missing or contradicted */
       METER_NEW_WAY = 64    /* items wait until the next meter on a new way has told what it awaits */
};

enum { FACTS_OLD = 2 }; /* unchanged for a whole round: what was said in the round before is said again */
/* Rounds in which a meter only mixes and trims. Most meters of a grid are trimmed or final by then, and never look for
 * a loop. */
enum { METER_YOUNG = 9 };

enum { METER_ORIENTS = 8 }; /* a meter with more links looks at each of them every round */

/* What a round of values needs of a meter: 64 bytes, its links behind them. The far part lies elsewhere, so that such a
 * round's pass over many meters reads one piece of memory, in a third of its pages. */
struct cef_meter {
    const cef_meter_rules *rules;
    double source_mw, source_carbon;
    double intensity, bound;
    float unresolved;
    uint32_t boot, sequence;
    uint8_t arcs_in, arcs_out;    /* ORIENTED: links, a bit each, by which an arc comes in, leaves */
    uint8_t arcs_open, arcs_back; /* of these whose peer is not final, is not trimmed */
    uint16_t n_links;
    uint8_t flags, quality;
    uint8_t relay_fresh : 2, facts_age : 2; /* facts_age: rounds since a fact changed, at most FACTS_OLD */
    uint8_t row_waits : 1;                  /* own items first: those that come from others are not taken yet */
    uint8_t n_out : 3;
    uint8_t age : 4, n_relay : 3; /* age: rounds, at most METER_YOUNG */
    uint16_t far_at;              /* where the far part is, in METER_LINE bytes from here: at most 1 + the most links */
};

typedef struct { /* 448 bytes */
    meter_arena *arena;
    double balance_mw;
    uint32_t meter, interval, generation, root, reach, leader;
    uint32_t result_leader, result_sequence, row_version;
    uint16_t reach_via, leader_via, row_cursor;
    uint16_t row_timer; /* rounds since the leader was last heard of, or since it last spoke as the leader */
    uint16_t service;   /* the leader: rounds of results left; others: row_timer at which the row is sent again */
    uint8_t n_sent : 3, n_facts : 5;
    uint8_t bundle;
    meter_fact fact[CEF_METER_FACTS];
    cef_meter_item
        out[CEF_METER_ITEMS]; /* on their way to the leader, bundle: number of the first; n_sent of them were sent */
    cef_meter_result relay[CEF_METER_RESULTS];
} meter_far;

enum { METER_LINE = 64, METER_FAR_LINES = sizeof(meter_far) / METER_LINE };
static_assert(sizeof(meter_link) == METER_LINE && sizeof(struct cef_meter) == METER_LINE &&
                  sizeof(meter_far) == 512 - METER_LINE,
              "what cef_meter_state_size promises");
static_assert((int) METER_YOUNG < 16 && (int) CEF_METER_RESULTS < 8 && (int) CEF_METER_ITEMS < 8 &&
                  (int) CEF_METER_FACTS < 32,
              "the bits above");

static inline meter_link *meter_links(cef_meter *m) { return (meter_link *) (void *) (m + 1); }
static inline const meter_link *meter_links_of(const cef_meter *m)
{
    return (const meter_link *) (const void *) (m + 1);
}

static inline meter_far *far_part(cef_meter *m) { return (meter_far *) (void *) (m + m->far_at); }
static inline const meter_far *far_part_of(const cef_meter *m)
{
    return (const meter_far *) (const void *) (m + m->far_at);
}

/* It only mixes and trims; in plain relaxation, which counts no rounds, for good. */
static inline bool meter_is_young(const cef_meter *m) { return m->age < METER_YOUNG; }

/* It looks for loops, and heeds what others say of them. */
static inline bool meter_looks(const cef_meter *m) { return !(m->flags & METER_TRIMMED) && !meter_is_young(m); }

/* All links of an oriented meter, a bit each. */
static inline uint32_t meter_arcs(const cef_meter *m) { return (UINT32_C(1) << m->n_links) - 1; }

/* Both ends hold what they need of each other. */
static inline bool meter_is_quiet(const cef_meter *m, const meter_link *l)
{
    return (m->flags & METER_FINAL) && (l->flags & LINK_HOLDS);
}

/* The interval that every intensity lies in: as a value and its bound, too. */
static inline double meter_span(const cef_meter_rules *r) { return r->e_max - r->e_min; }
static inline double meter_middle(const cef_meter_rules *r) { return 0.5 * (r->e_min + r->e_max); }
static inline double meter_half(const cef_meter_rules *r) { return 0.5 * meter_span(r) * (1.0 + 0x1p-50); }

/* What a link carries as this meter knows it (mix.c). */
typedef struct {
    double mw;     /* into the bus, 0 unless an arc comes in */
    double spread; /* MW by which mw may be wrong */
    int32_t quality;
    bool out;     /* an arc leaves here, or may */
    bool waits;   /* the other end must be heard before this can be final */
    bool unknown; /* nothing is known */
} link_flow;

typedef struct { /* of the unknown readings of one meter, from one pass over its links */
    double known, known_tol, prior, tol_squares;
    int32_t n_unknown, n_prior;
} link_gaps;

typedef struct {
    double power, carbon, weight, spread, unresolved; /* weight: sum of |terms of carbon|; spread: of its error */
    int32_t n_terms, n_waiting, n_open;               /* open: arcs from neighbours that are not final */
    int32_t quality;
    bool fed, unknown;
    bool
        leads_back; /* there is a loop here or downstream, for all this meter knows: of the flow, not of who is final */
} meter_mixture;

link_gaps meter_gaps(const cef_meter *m);
/* Both ends read the link, agree, and know it: what it carries is the same for both. */
static inline bool link_is_plain(const meter_link *l)
{
    return (l->flags & (LINK_MISSING | LINK_QUARANTINED | LINK_PEER_KNOWN)) == LINK_PEER_KNOWN;
}
/* What this meter takes the link to carry stays so: a neighbour not heard may yet say what it reads. */
bool meter_is_settled(const cef_meter *m, const meter_link *l);
link_flow meter_flow(const cef_meter *m, const meter_link *l, const link_gaps *gaps);
/* open_arcs: arcs from neighbours that are not final are counted, not mixed (a row); else mixed as they are. */
meter_mixture meter_mix(const cef_meter *m, bool open_arcs);
/* Relative, of sums as long as the mixture's. */
static inline double meter_rounding(const meter_mixture *mix) { return (2.0 * mix->n_terms + 8.0) * 0x1p-53; }

size_t meter_state_size(int32_t n_links);
cef_status meter_setup_check(const cef_meter_setup *setup, cef_error *error);
cef_meter *meter_init(const cef_meter_setup *setup, void *memory);
/* The same, the far part so many lines from `memory`, behind the links. */
cef_meter *meter_init_apart(const cef_meter_setup *setup, void *memory, uint16_t far_at);
cef_meter_verdict meter_receive(cef_meter *m, const uint8_t *bytes, size_t length);
/* A decoded message; hint: the link it came by, -1 unknown. */
cef_meter_verdict meter_take(cef_meter *m, const message_view *message, int32_t hint);
void meter_take_reading(cef_meter *m, meter_link *l, double theirs); /* theirs: NaN, not measured */
void meter_step(cef_meter *m);
void meter_settle(cef_meter *m, double intensity, double bound, bool undefined);
/* The same as composing for link l, and the peer, whose link `back` it is, taking it, between two meters of one process
 * that tell each other values only: what was handed over is held. Returns whether the peer quarantines the link by it.
 * The caller counts the message into m's sequence. */
bool meter_hand_over(cef_meter *m, meter_link *l, cef_meter *peer, meter_link *back);
/* Parts of it: what has become of the peer, where nothing else is new. */
void meter_take_final(cef_meter *m, meter_link *l, const cef_meter *from);
void meter_take_trimmed(cef_meter *m, meter_link *l);
/* One round's mixture becomes the meter's own value, final if it can be (mix.c). Returns leads_back. */
bool meter_mix_in(cef_meter *m);
void meter_orient(cef_meter *m); /* from its start, if its readings allow */
void meter_keep_arc(cef_meter *m, const meter_link *l);
bool meter_leads_back(const cef_meter *m);
/* Is there something to say on the link? Fills head and the lists (room for the most) if so. */
bool meter_compose(cef_meter *m, int32_t link, cef_meter_message *head, message_view *view);
void meter_read(const cef_meter *m, cef_meter_reading *out);
const char *meter_quality_name(int32_t quality);

/* Loops (loop.c, gather.c). */
void loop_hear(cef_meter *m, int32_t link, const message_view *message);
void loop_reset(cef_meter *m);
void loop_new_generation(cef_meter *m);
void loop_grow_up(cef_meter *m); /* it begins to look for loops */
void loop_elect(cef_meter *m);
bool loop_has_fellow(const cef_meter *m, uint32_t meter); /* as far as facts tell */
void gather_hear(cef_meter *m, int32_t link, const message_view *message);
void gather_step(cef_meter *m);

void rules_default(cef_meter_rules *rules);
cef_status rules_check(const cef_meter_rules *rules, cef_error *error);

/* Registers (registers.c). */
void registers_init(cef_meter_registers *r, int64_t day);
cef_status registers_book(cef_meter_registers *r, int64_t day, int32_t slot, double power_mw, double intensity,
                          double hours, int32_t quality, cef_error *error);
cef_status registers_correct(cef_meter_registers *r, int64_t day, int32_t slot, int32_t direction, double energy_mwh,
                             double carbon_t, cef_error *error);

/* ---- a grid's meters (roll.c, field.c) ---- */

struct cef_meter_roll {
    cef_context *ctx;
    int64_t *start;                                 /* [n_bus + 1] into link */
    cef_meter_link *link;                           /* [n_links] */
    double *source_mw, *source_carbon, *balance_mw; /* [n_bus] */
    int32_t *cluster;                               /* [n_bus] loop, -1 none */
    int32_t *cluster_rows, *cluster_arcs;           /* [clusters] members, arcs into them from anywhere */
    int32_t *cluster_inner;                         /* [clusters] arcs between members */
    int64_t *cluster_fill;                          /* [clusters] of the elimination; 0 for a dense one */
    cef_meter_roll_info info;
    size_t size;
    int32_t references; /* atomic: fields keep their roll */
};
cef_status roll_create(cef_context *ctx, cef_network *net, const cef_settings *settings, const cef_snapshot *snapshot,
                       cef_meter_roll **out, cef_error *error);
/* Fills cluster_inner and cluster_fill. scratch [n_bus]. */
cef_status roll_measure_loops(cef_meter_roll *roll, const order_state *order, int32_t *scratch, cef_error *error);
/* Bytes of an arena for the loop; 0 for none, or if it is too large. */
size_t roll_arena_size(const cef_meter_roll *roll, int32_t cluster);
void roll_retain(cef_meter_roll *roll);
void roll_release(cef_meter_roll *roll); /* NULL allowed */
/* rules, arena, interval and boot are left 0. */
void roll_setup(const cef_meter_roll *roll, cef_index bus, cef_meter_setup *out);

void field_options_default(cef_meter_field_options *options);
cef_status field_options_check(const cef_meter_field_options *options, cef_error *error);
cef_status field_create(cef_context *ctx, const cef_meter_roll *roll, const cef_meter_field_options *options,
                        cef_meter_field **out, cef_error *error);
void field_destroy(cef_meter_field *field);
void field_run(cef_meter_field *field, int64_t max_rounds, cef_meter_field_info *info);
void field_read(const cef_meter_field *field, double *intensity, double *bound, int32_t *quality);

#endif /* CEF_METER_METER_H */
