/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes: of the arrays, of blocks, of records. */
#include <string.h>

#include "series.h"

const char *const series_in_names[SERIES_IN] = {"branch_p_from", "branch_p_to",   "gen_p",    "load_p",
                                                "shunt_p",       "gen_intensity", "storage_p"};
const char *const series_out_names[SERIES_OUT] = {
    "bus_intensity",    "bus_throughput",     "load_carbon", "shunt_carbon",   "branch_carbon_from",
    "branch_carbon_to", "branch_carbon_loss", "gen_carbon",  "storage_carbon", "period_status"};

int64_t series_block_count(const series_shape *s) { return (s->end - s->first + SERIES_BLOCK - 1) / SERIES_BLOCK; }

void series_block_range(const series_shape *s, int64_t k, int64_t *first, int64_t *count)
{
    *first = s->first + k * SERIES_BLOCK;
    *count = s->end - *first < SERIES_BLOCK ? s->end - *first : SERIES_BLOCK;
}

size_t series_columns(const series_shape *s, int out)
{
    const int64_t columns[SERIES_OUT] = {s->n_bus,    s->n_bus,    s->n_demand, s->n_shunt,   s->n_branch,
                                         s->n_branch, s->n_branch, s->n_gen,    s->n_storage, 1};
    return (size_t) columns[out];
}

int series_item(int out) { return out == KEEP_STATUS ? (int) sizeof(int32_t) : (int) sizeof(double); }

series_sums series_sums_of(const series_shape *s)
{
    series_sums at = {.n = 0};
    const struct {
        size_t *place;
        int64_t n;
    } part[] = {{&at.bus_energy, s->n_bus},
                {&at.bus_emissions, s->n_bus},
                {&at.gen_energy, s->n_gen},
                {&at.gen_emissions, s->n_gen},
                {&at.load_energy, s->n_load},
                {&at.load_emissions, s->n_load},
                {&at.zone, s->n_zone * ZONE_SUMS},
                {&at.owner, s->n_owner * OWNER_SUMS},
                {&at.store, s->coupled ? s->n_storage * STORE_SUMS : 0}};
    for (size_t k = 0; k < CLI_COUNT_OF(part); k++) {
        *part[k].place = at.n;
        at.n += (size_t) part[k].n;
    }
    return at;
}

size_t series_record_size(const series_shape *s)
{
    const size_t state = s->coupled ? STATE_ROWS * (size_t) s->n_storage : 0;
    return sizeof(record_head) + (PERIOD_FIGURES * SERIES_BLOCK + state + series_sums_of(s).n) * sizeof(double);
}

void series_record_attach(series_record *r, const series_shape *s, void *bytes)
{
    r->size = series_record_size(s);
    r->head = bytes;
    r->period = (void *) (r->head + 1);
    r->state = (double *) (void *) (r->period + PERIOD_FIGURES);
    r->sums = r->state + (s->coupled ? STATE_ROWS * (size_t) s->n_storage : 0);
}

/* FNV-1a over 8-byte words: it notices records that are torn, old or of another run, not an adversary. */
static uint64_t check_of(const series_record *r)
{
    const char *bytes = (const char *) r->head;
    const size_t skipped = offsetof(record_head, check);
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t at = 0; at < r->size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, 8);
        if (at != skipped)
            hash = (hash ^ word) * 0x100000001b3u;
    }
    return hash ^ hash >> 32;
}

static const char magic[8] = "cefblk1";

void series_record_seal(series_record *r)
{
    memcpy(r->head->magic, magic, sizeof magic);
    r->head->check = check_of(r);
}

bool series_record_is_whole(const series_record *r, const series_shape *s, int64_t k)
{
    int64_t first = 0, count = 0;
    series_block_range(s, k, &first, &count);
    const record_head *h = r->head;
    return memcmp(h->magic, magic, sizeof magic) == 0 && h->first == first && h->count == count &&
           h->block == first / SERIES_BLOCK && memchr(h->code, 0, sizeof h->code) &&
           memchr(h->failure, 0, sizeof h->failure) && h->check == check_of(r);
}
