/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of results of eight periods: element by element as room result does them. */
#include "batch/kernels.h"

/* Consecutive tiles of one kind. */
typedef struct {
    const side_engine *e;
    const side_group *g;
    cef_index tile, count, first, n; /* first: element; n: elements of the kind in all */
} tile_span;

#define STREAM_OPEN(stream, span, field)                                                                               \
    do {                                                                                                               \
        (stream)->n = (span)->n;                                                                                       \
        (stream)->live = (span)->g->n_live;                                                                            \
        for (cef_index stream_k = 0; stream_k < LANES; stream_k++)                                                     \
            (stream)->row[stream_k] = (span)->g->out[stream_k].field;                                                  \
        stream_begin((stream), (span)->first);                                                                         \
    } while (0)

LANES_INLINE cef_index last_first(const tile_span *s) { return s->first + (s->count - 1) * LANES; }

static void write_intensities(const tile_span *s)
{
    const lanes nan = lanes_all((double) NAN), undefined = lanes_all(SIDE_UNDEFINED);
    row_stream stream;
    STREAM_OPEN(&stream, s, bus_intensity);
    for (cef_index i = 0, first = s->first; i < s->count; i++, first += LANES) {
        const double *line = s->e->line + (size_t) s->e->slot[s->tile + i] * LANES;
        lanes x[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            x[k] = at(line, first + k < s->n ? k : 0);
            x[k] = lanes_select(lanes_same_bits(x[k], undefined), nan, x[k]);
        }
        stream_tile(&stream, first, x);
    }
    stream_end(&stream, last_first(s));
}

static void write_throughputs(const tile_span *s)
{
    row_stream stream;
    STREAM_OPEN(&stream, s, bus_throughput);
    for (cef_index i = 0; i < s->count; i++) {
        const double *line = s->e->line + (size_t) s->e->slot[s->tile + i] * LANES;
        lanes power[LANES];
        for (cef_index k = 0; k < LANES; k++)
            power[k] = at(line, LANES + k);
        stream_tile(&stream, s->first + i * LANES, power);
    }
    stream_end(&stream, last_first(s));
}

static void write_buses(const tile_span *s)
{
    if (s->g->wants_bus)
        write_intensities(s);
    if (s->g->wants_throughput)
        write_throughputs(s);
}

/* Intensities as factors: 0 where there is none. */
LANES_INLINE lanes factor_at(const side_engine *e, cef_index bus)
{
    return lanes_add(at(e->line, side_line_of_bus(e, bus)), lanes_all(0.0));
}

/* What leaves a bus has its intensity, what enters that of the other bus. */
LANES_INLINE void price_branch(const side_engine *e, cef_index b, const double *line, lanes *from, lanes *to)
{
    const lanes zero = lanes_all(0.0), f = at(line, 0), t = at(line, 1);
    const lanes x_from = factor_at(e, e->net->branch_from[b]), x_to = factor_at(e, e->net->branch_to[b]);
    *from = lanes_mul(f, lanes_select(lanes_less(f, zero), x_to, x_from));
    *to = lanes_mul(t, lanes_select(lanes_less(t, zero), x_from, x_to));
}

static void write_branches(const tile_span *s)
{
    const side_group *g = s->g;
    row_stream streams[3];
    if (!g->wants_from && !g->wants_to && !g->wants_loss)
        return;
    STREAM_OPEN(&streams[0], s, branch_carbon_from);
    STREAM_OPEN(&streams[1], s, branch_carbon_to);
    STREAM_OPEN(&streams[2], s, branch_carbon_loss);
    const bool wanted[3] = {g->wants_from, g->wants_to, g->wants_loss};
    for (cef_index i = 0; i < s->count; i++) {
        const cef_index first = s->first + i * LANES;
        const double *line = s->e->line + (size_t) s->e->slot[s->tile + i] * LANES;
        lanes carbon[2][LANES], rows[3][LANES];
        for (cef_index k = 0; k < LANES; k++, line += 2 * LANES)
            price_branch(s->e, first + k < s->n ? first + k : first, line, &carbon[0][k], &carbon[1][k]);
        lanes_turn(carbon[0], rows[0]);
        lanes_turn(carbon[1], rows[1]);
        for (int k = 0; k < LANES; k++)
            rows[2][k] = lanes_add(rows[0][k], rows[1][k]);
        for (int c = 0; c < 3; c++)
            if (wanted[c])
                stream_rows(&streams[c], first, rows[c]);
    }
    for (int c = 0; c < 3; c++)
        if (wanted[c])
            stream_end(&streams[c], last_first(s));
}

/* Carbon of eight units, positive where they inject. bus: of the kind; alike: all share the line of one intensity. */
LANES_INLINE void price_units(const tile_span *s, const cef_index *bus, bool alike, cef_index i, lanes carbon[LANES])
{
    const double *line = s->e->line + (size_t) s->e->slot[s->tile + i] * LANES;
    const double *priced = alike ? s->e->line + SIDE_LINE_OF_LOADS * LANES : line + LANES * LANES;
    const cef_index first = s->first + i * LANES, step = alike ? 0 : 1;
    for (cef_index k = 0; k < LANES; k++) {
        const lanes p = at(line, k), x = factor_at(s->e, bus[first + k < s->n ? first + k : first]);
        carbon[k] = lanes_mul(p, lanes_select(lanes_less(lanes_all(0.0), p), at(priced, step * k), x));
    }
}

static void write_gens(const tile_span *s)
{
    row_stream stream;
    if (!s->g->wants_gen)
        return;
    STREAM_OPEN(&stream, s, gen_carbon);
    for (cef_index i = 0; i < s->count; i++) {
        lanes carbon[LANES];
        price_units(s, s->e->net->gen_bus, false, i, carbon);
        stream_tile(&stream, s->first + i * LANES, carbon);
    }
    stream_end(&stream, last_first(s));
}

static void write_loads(const tile_span *s)
{
    row_stream stream;
    if (!s->g->wants_load)
        return;
    STREAM_OPEN(&stream, s, load_carbon);
    for (cef_index i = 0; i < s->count; i++) {
        lanes carbon[LANES];
        price_units(s, s->e->net->load_bus, !s->g->has_load_intensity, i, carbon);
        for (int k = 0; k < LANES; k++)
            carbon[k] = lanes_neg(carbon[k]);
        stream_tile(&stream, s->first + i * LANES, carbon);
    }
    stream_end(&stream, last_first(s));
}

static void write_storage(const tile_span *s)
{
    row_stream stream;
    if (!s->g->wants_storage)
        return;
    STREAM_OPEN(&stream, s, storage_carbon);
    for (cef_index i = 0; i < s->count; i++) {
        lanes carbon[LANES];
        price_units(s, s->e->net->storage_bus, false, i, carbon);
        stream_tile(&stream, s->first + i * LANES, carbon);
    }
    stream_end(&stream, last_first(s));
}

void KERNEL(side_close)(const side_engine *e, const side_group *g, cef_index chunk)
{
    static void (*const write[TILE_KINDS])(const tile_span *) = {write_branches, write_gens, write_loads, write_storage,
                                                                 write_buses};
    const cef_index n[TILE_KINDS] = {e->net->n_branch, e->net->n_gen, e->net->n_load, e->net->n_storage, e->net->n_bus};
    const cef_index end = e->chunk[chunk + 1].close;
    int kind = 0;
    for (cef_index k = e->chunk[chunk].close; k < end;) {
        tile_span s = {.e = e, .g = g, .tile = e->closes[k], .count = 1};
        while (s.tile >= e->first_tile[kind + 1])
            kind++;
        while (k + s.count < end && e->closes[k + s.count] == s.tile + s.count &&
               s.tile + s.count < e->first_tile[kind + 1])
            s.count++;
        s.first = (s.tile - e->first_tile[kind]) * LANES;
        s.n = n[kind];
        write[kind](&s);
        k += s.count;
    }
}
