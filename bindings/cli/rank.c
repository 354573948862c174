/* SPDX-License-Identifier: Apache-2.0 */
#include "rank.h"

#include <stdlib.h>

static int highest_first(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

void rank_highest_first(ranked *rows, size_t n) { qsort(rows, n, sizeof *rows, highest_first); }
