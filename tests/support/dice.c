/* SPDX-License-Identifier: Apache-2.0 */
/* splitmix64: Steele, Lea, Flood 2014. Not for statistics, for tests that repeat on every machine. */
#include "support.h"

uint64_t dice_next(dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double dice_unit(dice *d) { return (double) (dice_next(d) >> 11) * 0x1p-53; }

cef_index dice_below(dice *d, cef_index n) { return (cef_index) (dice_next(d) % (uint64_t) n); }

cef_index dice_between(dice *d, cef_index low, cef_index high) { return low + dice_below(d, high - low + 1); }

bool dice_chance(dice *d, double probability) { return dice_unit(d) < probability; }
