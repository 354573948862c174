/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern of a loop's elimination: which entries of its rows are not 0 in some period, or become so. */
#include "batch/side.h"

/* Members of a loop of m join at most m (m - 1) / 2 pairs, and pairs of all loops at most those of the network's own
 * fill. Each pair is listed at both, and each bus says twice how many. */
size_t side_most_fill(const cef_network *net)
{
    const size_t n_bus = (size_t) net->n_bus, pairs = (size_t) net->elimination.start[n_bus];
    const size_t most = n_bus * (SIDE_LARGEST_LOOP / 2);
    return 2 * (n_bus + (pairs < most ? pairs : most));
}

enum { WORD = 64, WORDS = SIDE_LARGEST_LOOP / WORD };

typedef struct { /* who feeds a member of a loop */
    uint64_t bit[WORDS];
} feeders;

/* Members from `from` on and before `end`: the first of them; end: none. */
static cef_index next_of(const feeders *f, cef_index from, cef_index end)
{
    for (cef_index w = from / WORD; w * WORD < end; w++) {
        const uint64_t left = f->bit[w] & (w == from / WORD ? ~(uint64_t) 0 << from % WORD : ~(uint64_t) 0);
        if (left != 0) {
            const cef_index found = w * WORD + __builtin_ctzll(left);
            return found < end ? found : end;
        }
    }
    return end;
}

static void add_after(feeders *to, const feeders *from, cef_index k)
{
    for (cef_index w = k / WORD; w < WORDS; w++)
        to->bit[w] |= from->bit[w] & (w == k / WORD ? ~(uint64_t) 1 << k % WORD : ~(uint64_t) 0);
}

static cef_index *list(const feeders *f, cef_index from, cef_index end, cef_index *out)
{
    cef_index *count = out++;
    for (cef_index k = next_of(f, from, end); k < end; k = next_of(f, k + 1, end))
        *out++ = k;
    *count = (cef_index) (out - count) - 1;
    return out;
}

/* Of each row in elimination order: how many earlier members it takes over from, and which; how many later ones feed
 * it then, and which. Whatever feeds an eliminated member feeds those that it fed. */
void side_fill_loop(side_engine *e, cef_index first_position, cef_index m)
{
    const side_plan *p = &e->plan;
    cef_index *out = e->fill + e->n_fill;
    feeders row[SIDE_LARGEST_LOOP];
    for (cef_index i = 0; i < m; i++) {
        const cef_index bus = p->sequence[first_position + i];
        row[i] = (feeders){{0}};
        for (cef_index k = e->net->end_start[bus]; k < p->first_out[bus]; k++) {
            const cef_index member = p->place[p->end[k].other].position - first_position;
            if (member >= 0 && member < m)
                row[i].bit[member / WORD] |= (uint64_t) 1 << member % WORD;
        }
        for (cef_index k = next_of(&row[i], 0, i); k < i; k = next_of(&row[i], k + 1, i))
            add_after(&row[i], &row[k], k);
        out = list(&row[i], 0, i, out);
        out = list(&row[i], i + 1, m, out);
    }
    e->n_fill = (cef_index) (out - e->fill);
}
