/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of an agent: its meters, its links to other agents (lines), and those agents (neighbours). */
#ifndef CEF_MQTT_BORDER_H
#define CEF_MQTT_BORDER_H

#include "agent.h"
#include "pack.h"
#include "topic.h"

enum {
    PAGE_LINES = 48,     /* final values in a page: 48 messages and their lengths fit MQTT_PAYLOAD */
    FIRST_REPEAT = 4,    /* rounds until what did not change is said again, doubled .. */
    LAST_REPEAT = 1000,  /* .. up to ms */
    ANSWER_GAP = 100,    /* ms between answers to the same neighbour */
    PROBE_EVERY = 10000, /* ms between iterates of QoS 1, whose answer tells whether the broker lets us write */
    ECHO_EVERY = 1000,
    ECHO_LOST = 15000,    /* ms until an echo that did not come back is sent again */
    SLOWEST = 1000,       /* ms between rounds at most, when the broker is behind */
    STATUS_EVERY = 500,   /* ms between statuses that differ .. */
    STATUS_ANYWAY = 5000, /* .. and that do not */
    FIRST_ASK = 2000,     /* ms until retained pages that miss are subscribed again, doubled .. */
    LAST_ASK = 30000,     /* .. up to */
    SILENT = 3000,        /* ms until neighbours that say nothing are looked for in other epochs .. */
    ELSEWHERE = 1000,     /* .. and until one that was found there only is told */
    DISAGREED = 3000,     /* ms until an agent gives up that only disagrees: agreement may be on its way */
    PAGE_RETRY = 1000     /* ms until a page that the broker did not take is published again, doubled up to LAST_ASK */
};

enum { CASE_SHOWN = 13 }; /* bytes of a case's SHA-256 that are shown, and a 0 */

/* Tags of publications that are answered. */
enum { TAG_STATUS = 1, TAG_ECHO = 2, TAG_PROBE = 3, TAG_HELLO = 4, TAG_PAGE = 0x40000000 };

/* One branch between a meter here and one of another agent. */
typedef struct {
    int32_t meter, link;   /* own meter, its link */
    uint32_t peer, number; /* the meter at the other end, the link's number */
    uint32_t neighbour;    /* position in agent.neighbour */
    uint16_t length, plain_length, final_length;
    bool talks;   /* had something to say in the last round */
    bool changed; /* and it is news */
    bool heard, heard_final;
    uint8_t bytes[CEF_METER_MESSAGE_BYTES]; /* what the meter last said */
    uint8_t plain[CEF_METER_MESSAGE_BYTES]; /* the same without boot and sequence: to see what changed */
    uint8_t final[CEF_METER_MESSAGE_BYTES]; /* its final value alone, for the page */
} line;

typedef struct {
    int64_t retry_at; /* ms; when not sooner published */
    int32_t delay;
    uint8_t in_flight;
    bool dirty, denied;
} page;

typedef struct {
    uint32_t agent;
    int32_t first_line, n_lines; /* agent.line[first_line ..] */
    int32_t first_page, n_pages; /* agent.page[first_page ..] */
    int64_t last_sent, repeat_at, probe_at;
    int32_t repeat; /* ms */
    bool asked, probing, denied, heard;
    bool here;               /* announced itself in our epoch .. */
    uint32_t elsewhere;      /* .. or in this one, if elsewhere_at */
    int64_t elsewhere_at;    /* ms, 0 never */
    char sha256[CASE_SHOWN]; /* the start of its case's SHA-256 */
} neighbour;

struct mqtt_agent {
    agent_options options;
    cef_meter_rules rules;
    mqtt_link *link;
    cef_index n_bus;
    cef_index *bus;      /* [n_bus] positions */
    int32_t *meter_of;   /* [all buses] own meter, -1 another agent's */
    cef_meter **meter;   /* [n_bus] */
    int64_t *link_start; /* [n_bus + 1] into route */
    int32_t *route;      /* [link ends] own meter at the other end, or -1 - line */
    char *memory;        /* of the meters and arenas */
    line *line;
    int32_t n_lines;
    neighbour *neighbour;
    uint32_t n_neighbours;
    page *page;
    int32_t n_pages;
    /* time */
    int64_t round_at, served_at, status_at, echo_at, echo_sent, ask_at;
    int32_t ask, next_subscription;       /* -1: nothing to subscribe now */
    uint32_t superseded_by;               /* a later start of this agent, 0 none */
    uint32_t other_agent, other_settings; /* who contradicted first, and how .. */
    int64_t contradicted_at;              /* .. and when; 0 never */
    bool agrees;                          /* a neighbour runs, or ran, with our settings */
    int64_t up_at;                        /* ms, when the connection came up */
    uint32_t next_sought;                 /* the first neighbour not looked for in other epochs */
    bool greeted, told;                   /* our hello is out; a neighbour elsewhere was told */
    int64_t since;                        /* ms, when it was first served */
    bool told_no_broker;
    bool stirred; /* something was heard since the last round */
    bool done, reads_confirmed, subscribing;
    cef_index n_talking; /* link ends that had something to say in the last round */
    agent_report counts;
    uint64_t refused[CEF_METER_VERDICTS];
    char state[16];
    uint8_t payload[MQTT_PAYLOAD];
};

/* border.c */
cef_status border_draw(mqtt_agent *a, cef_error *error); /* lines, neighbours, pages, routes of a->meter */
neighbour *border_find(mqtt_agent *a, uint32_t agent);   /* NULL: no neighbour */

/* agent_round.c */
void agent_round(mqtt_agent *a);
/* agent_hear.c */
void agent_hear(mqtt_agent *a, const link_arrival *arrival);
/* agent_send.c */
void agent_came_up(mqtt_agent *a);
void agent_send(mqtt_agent *a, int64_t now);
void agent_answered(mqtt_agent *a, uint32_t tag, uint8_t reason);
void agent_subscribed(mqtt_agent *a, uint32_t tag, int n_denied);
/* agent_hello.c */
void hello_came_up(mqtt_agent *a);
void hello_send(mqtt_agent *a, int64_t now);
void hello_hear(mqtt_agent *a, const topic_name *topic, const link_arrival *arrival);
bool hello_elsewhere(const mqtt_agent *a, const neighbour *n);
/* agent_status.c */
size_t status_json(mqtt_agent *a, const char *state, char *out, size_t size);
void status_will(const mqtt_agent *a, char *out, size_t size);

#endif /* CEF_MQTT_BORDER_H */
