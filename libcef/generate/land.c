/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: the land, and with it the direction of every branch. */
#include "generate/plan.h"

/* ---- the land ---- */
/* Height of a lattice point of hills `period` towns wide, and between the points by bilinear interpolation: 0..65535.
 */
static uint32_t hill_corner(const grid_plan *plan, int32_t period, int32_t x, int32_t y)
{
    const uint64_t point = ((uint64_t) (uint32_t) period << 48) ^ ((uint64_t) (uint32_t) x << 24) ^ (uint32_t) y;
    return (uint32_t) (chance(plan->key, TOPIC_HILL, point) >> 48);
}

static uint32_t hill(const grid_plan *plan, int32_t period, int32_t x, int32_t y)
{
    const int32_t i = x / period, j = y / period;
    const uint32_t u = (uint32_t) (x % period), v = (uint32_t) (y % period), p = (uint32_t) period;
    const uint32_t south = hill_corner(plan, period, i, j) * (p - u) + hill_corner(plan, period, i + 1, j) * u;
    const uint32_t north = hill_corner(plan, period, i, j + 1) * (p - u) + hill_corner(plan, period, i + 1, j + 1) * u;
    return (uint32_t) (((uint64_t) south * (p - v) + (uint64_t) north * v) / (p * p));
}

uint32_t plan_ground(const grid_plan *plan, cef_index town)
{
    int32_t x = 0, y = 0;
    curve_place(plan->curve_bits, town, &x, &y);
    return hill(plan, 19, x, y) + 3 * hill(plan, 61, x, y);
}

/* The ground of the town, falling along its buses, and some noise that lets a bus feed back towards those before it. A
 * ring has one height. */
static uint32_t bus_height(const grid_plan *plan, const grid_town *town, uint32_t ground, cef_index local)
{
    const cef_index level = local < town->ring ? 0 : local;
    const uint32_t noise = chance_below(plan->key, TOPIC_HEIGHT, (uint64_t) (town->first + level), plan->style->noise);
    return plan->style->hill * ground + plan->style->fall * (uint32_t) (128 - level) + noise;
}

/* ---- power runs downhill ---- */
static bool is_higher(const grid_draft *draft, cef_index a, cef_index b)
{
    return draft->height[a] != draft->height[b] ? draft->height[a] > draft->height[b] : a < b;
}

void draft_heights(const grid_plan *plan, grid_draft *draft)
{
    for (cef_index t = 0; t < plan->n_town; t++) {
        const grid_town town = plan_town(plan, t);
        const uint32_t ground = plan_ground(plan, t);
        for (cef_index local = 0; local < town.n; local++)
            draft->height[town.first + local] = bus_height(plan, &town, ground, local);
    }
    for (cef_index k = 0; k < draft->n_branch; k++) {
        const cef_index a = draft->from[k], b = draft->to[k];
        if (is_higher(draft, b, a)) {
            draft->from[k] = b;
            draft->to[k] = a;
        }
    }
}
