/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room meter: all meters of a roll and the transport between them. */
#ifndef CEF_METER_FIELD_H
#define CEF_METER_FIELD_H

#include "meter/meter.h"

typedef struct { /* what stands before each message in a post: its bytes follow, rounded up to 8 */
    uint32_t to;
    int32_t hint; /* the link at the receiver */
    uint32_t length;
    uint32_t reserved;
} post_entry;

typedef struct { /* messages that arrive in one round */
    uint8_t *bytes;
    size_t used, n;
} post;

typedef struct { /* a message that waits until its receiver has sent */
    int32_t next, hint;
    bool same_facts;
    cef_meter_message message;
} message_slot;

typedef struct {     /* what is lent to a meter */
    size_t at, size; /* bytes; size 0: nothing */
    int32_t rows;
} field_arena;

enum {                 /* cef_meter_field.mark */
       MARK_FINAL = 1, /* counted as final, as certified, as ended */
       MARK_CERTIFIED = 2,
       MARK_ENDED = 4,
       MARK_TRIMMED = 8,   /* without faults only, as all of the following: the meter is trimmed */
       MARK_WOKEN = 16,    /* something new came: it steps in the next round */
       MARK_ASKED = 32,    /* a neighbour sees the loops otherwise than before: it says again what it told it */
       MARK_FORCED = 64,   /* it says all in the next round, whatever it said before */
       MARK_ANSWERS = 128, /* by some link it has to answer */
       MARK_ACTIVE = 256,  /* it stepped in this round */
       MARK_VALUE = 512,   /* and its value is another, or final now */
       MARK_TRIMS = 1024,  /* it is trimmed now */
       MARK_SAYS = 2048,   /* it has something to say to all its neighbours */
       MARK_LOOPS = 4096,  /* to those that look for loops */
       MARK_SOURCED = 8192 /* it is final, and no loop is upstream */
};

enum { /* beyond the meter's turn to send */
       MARK_KEPT = MARK_FINAL | MARK_CERTIFIED | MARK_ENDED | MARK_TRIMMED | MARK_SOURCED | MARK_WOKEN | MARK_ASKED |
                   MARK_FORCED
};

struct cef_meter_field {
    cef_context *ctx;
    cef_meter_roll *roll;
    cef_meter_field_options options;
    cef_meter_rules rules;
    uint64_t refused[CEF_METER_VERDICTS];
    cef_meter_field_info info;
    cef_meter *meters;       /* and their links, and far parts: METER_LINE bytes each, or a multiple (field_place.c) */
    uint32_t *place;         /* [n_bus] of each meter, in lines of `meters` */
    uint16_t *mark;          /* [n_bus] MARK_FINAL .. */
    uint32_t *back;          /* [n_links] of each link end the place of the link at the other end */
    cef_index *peer;         /* [n_links] bus at the other end */
    uint32_t *boot;          /* [n_bus] restarts so far */
    uint8_t *arenas;         /* where loops are solved (field_loops.c): a block of its own */
    size_t arenas_size;      /* bytes */
    field_arena *arena;      /* [n_bus] */
    int32_t *turn;           /* [n_bus] buses in the order in which they send: each after its neighbours' step */
    int32_t *turns_by;       /* [n_bus] how many send before the step of the bus after this one */
    int32_t *turn_of;        /* [n_bus] where a bus stands in turn; without faults only, as all of the following: */
    int32_t *waiting;        /* [n_bus] last slot that waits for the bus, -1 none */
    message_slot *slot;      /* [most_slots], a block of its own */
    int32_t most_slots;      /* as many messages as can ever wait at once */
    int32_t n_slots;         /* slots ever used */
    int32_t free_slot;       /* of those the first that is free, -1 none */
    cef_meter_link *scratch; /* [most links of a bus] */
    int32_t most_links;
    bool perfect;     /* no fault is asked for */
    bool guesses;     /* readings are missing or wrong */
    int32_t n_posts;  /* delay + 1 */
    post *posts;      /* [n_posts] by round, modulo */
    size_t post_size; /* bytes of each */
    size_t in_flight; /* messages */
    double certified_bound;
    cef_index n_ended; /* meters of which nothing will change any more */
    size_t size;
};

enum { FIELD_TURN = 32 };
enum { FIELD_INTERVAL = 2 }; /* those who are late still are in interval 1 */

static inline cef_meter *field_meter(const cef_meter_field *f, cef_index bus) { return f->meters + f->place[bus]; }

/* A link's position at the other end. */
static inline int32_t field_hint(const cef_meter_field *f, int64_t end)
{
    return (int32_t) (f->back[end] - f->place[f->peer[end]]) - 1;
}

/* The other end of a link, at the peer. */
static inline meter_link *field_back(const cef_meter_field *f, int64_t end)
{
    return (meter_link *) (void *) (f->meters + f->back[end]);
}

/* A round's pass over the meters waits for memory unless it asks early enough: first for the near parts. How many links
 * there are cannot be guessed, and to ask for a line that is not needed, or another meter's, costs less. */
enum { FIELD_AHEAD = 12, FIELD_NEAR_LINES = 4 };
static inline void field_fetch_near(const cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    __asm__ volatile(""); /* gcc 12 takes a function that only prefetches for one without effect, and drops the call */
    for (int32_t k = 0; k < FIELD_NEAR_LINES; k++)
        __builtin_prefetch(m + k, 1);
}
/* Then, where the near part tells: what loops need, as far as the nearest facts. */
static inline void field_fetch_far(const cef_meter_field *f, cef_index bus)
{
    const char *far = (const char *) far_part_of(field_meter(f, bus));
    __asm__ volatile("");
    for (size_t at = 0; at <= offsetof(meter_far, fact) + METER_LINE; at += METER_LINE)
        __builtin_prefetch(far + at, 1);
}

/* Chance as a pure function of the seed and what is drawn (splitmix64's finaliser; Steele, Lea, Flood 2014). */
enum {
    DRAW_LOSS = 1,
    DRAW_TWICE,
    DRAW_DELAY,
    DRAW_RESTART,
    DRAW_RESTART_ROUND,
    DRAW_MISSING,
    DRAW_PRIOR,
    DRAW_ERROR,
    DRAW_FROZEN,
    DRAW_FROZEN_ROUND,
    DRAW_LIE,
    DRAW_LIAR,
    DRAW_SKEW
};
static inline uint64_t field_draw(const cef_meter_field *f, uint64_t what, uint64_t index)
{
    uint64_t z = f->options.seed + UINT64_C(0x9E3779B97F4A7C15) * (index + 1) + UINT64_C(0xD1B54A32D192ED03) * what;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
static inline double field_share(const cef_meter_field *f, uint64_t what, uint64_t index) /* 0 <= share < 1 */
{
    return (double) (field_draw(f, what, index) >> 11) * 0x1p-53;
}

/* Memory for meters (field_place.c). */
bool field_place_fits(const cef_meter_roll *roll);
void field_place(cef_meter_field *f);
/* After that: who is at the other end of each link, and where. */
cef_status field_find_ends(cef_meter_field *f, cef_error *error);

/* Finds where loops can be solved, after the links' ends were matched. */
cef_status field_lend_arenas(cef_meter_field *f, cef_error *error);
void field_start_meter(cef_meter_field *f, cef_index bus, uint32_t interval);
/* Counts what the meter's value is after its step. */
void field_count(cef_meter_field *f, cef_index bus);
/* All meters' steps and messages of a round without faults (field_round.c). */
void field_round_whole(cef_meter_field *f);

/* Without faults (faultless.c). The meter starts: it and its neighbours have all to say. */
void field_wake(cef_meter_field *f, cef_index bus);
/* All it has to say on a link, which is link end `end`; and what came in while it had not. */
void field_say(cef_meter_field *f, cef_meter *m, int32_t link, int64_t end);
void field_take_waiting(cef_meter_field *f, cef_index bus);
/* Items want to be acknowledged, and whose value is final wants to know that it came. */
static inline bool field_answers(const meter_link *l)
{
    return (l->flags & LINK_ACK) || (l->flags & (LINK_ANSWER | LINK_FINAL)) == (LINK_ANSWER | LINK_FINAL);
}

/* Puts on its way, with the faults asked for. */
void field_transmit(cef_meter_field *f, cef_index bus);
/* Delivers what arrives in this round. */
void field_deliver(cef_meter_field *f);
bool field_is_frozen(const cef_meter_field *f, cef_index bus);

#endif /* CEF_METER_FIELD_H */
