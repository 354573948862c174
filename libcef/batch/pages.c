/* SPDX-License-Identifier: Apache-2.0 */
/* Whose first address in a page is new to the machine waits until it is translated. 64 rows of results and powers go
 * on in as many pages, so pages that come next are looked up while the sweep computes: one address in each is fetched.
 */
#include "batch/side.h"

static void add(side_pages *p, const double *row, size_t at)
{
    if (row && p->n < SIDE_MOST_PAGES)
        p->at[p->n++] = row + at;
}

/* One place in eight rows of inputs. */
static void add_powers(const side_group *g, int kind, size_t at, side_pages *p)
{
    for (int k = 0; k < LANES; k++) {
        const cef_snapshot *s = &g->in[k];
        const double *const rows[TILE_KINDS] = {s->branch_p_from, s->gen_p, s->load_p, s->storage_p, NULL};
        add(p, rows[kind], at);
        if (kind == TILE_BRANCH)
            add(p, s->branch_p_to, at);
    }
}

/* The same of results. */
static void add_results(const side_group *g, int kind, size_t at, side_pages *p)
{
    for (int k = 0; k < g->n_live; k++) {
        const cef_solution *r = &g->out[k];
        const double *const rows[TILE_KINDS] = {r->branch_carbon_from, r->gen_carbon, r->load_carbon, r->storage_carbon,
                                                r->bus_intensity};
        add(p, rows[kind], at);
        if (kind == TILE_BRANCH) {
            add(p, r->branch_carbon_to, at);
            add(p, r->branch_carbon_loss, at);
        }
        if (kind == TILE_BUS)
            add(p, r->bus_throughput, at);
    }
}

/* Tiles are in their order: every half page. ahead: periods. */
static void add_tiles(const side_engine *e, const side_group *g, const cef_index *tile, cef_index n, cef_index ahead,
                      void (*add_rows)(const side_group *, int, size_t, side_pages *), side_pages *p)
{
    const cef_network *net = e->net;
    const cef_index n_row[TILE_KINDS] = {net->n_branch, net->n_gen, net->n_load, net->n_storage, net->n_bus};
    int kind = 0;
    for (cef_index k = 0; k < n; k += SIDE_PAGE / LANES / 2) {
        while (tile[k] >= e->first_tile[kind + 1])
            kind++;
        const cef_index first = (tile[k] - e->first_tile[kind]) * LANES;
        add_rows(g, kind, (size_t) ahead * (size_t) n_row[kind] + (size_t) first, p);
    }
}

void side_list_pages(const side_engine *e, const side_group *g, cef_index chunk, side_pages *p)
{
    const side_chunk *now = &e->chunk[chunk], *next = chunk + 1 < e->n_chunk ? now + 1 : e->chunk;
    p->n = p->next = 0;
    add_tiles(e, g, e->closes + now->close, now[1].close - now->close, 0, add_results, p);
    if (next > now || g->ahead > 0)
        add_tiles(e, g, e->opens + next->open, next[1].open - next->open, next > now ? 0 : g->ahead, add_powers, p);
}
