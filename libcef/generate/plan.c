/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: where towns are and how many buses they have. */
#include "generate/plan.h"

static const grid_style transmission = {
    .town_size = 16,
    .town_jitter = 8,
    .loop_towns = 31,
    .parent_reach = 3,
    .mesh = 250,
    .circuit = 65,
    .link_circuit = 250,
    .link = 500,
    .both_fed = 18,
    .unit = 130,
    .idle = 20,
    .load = 330,
    .negative_load = 6,
    .hill = 64,
    .fall = 8000,
    .noise = 10000,
    .least_flow = GRID_MW / 4,
    .load_size = 20 * GRID_MW,
    .unit_divisor = 1,
};
static const grid_style feeder = {
    .town_size = 64,
    .town_jitter = 17,
    .loop_towns = 8,
    .parent_reach = 3,
    .mesh = 20,
    .circuit = 8,
    .link_circuit = 0,
    .link = 0,
    .both_fed = 130,
    .unit = 60,
    .idle = 20,
    .load = 450,
    .negative_load = 6,
    .hill = 8,
    .fall = 40000,
    .noise = 100000,
    .least_flow = 8,
    .load_size = GRID_MW / 16,
    .unit_divisor = 1000,
};

void plan_init(grid_plan *plan, const cef_grid_options *options)
{
    const grid_style *style = options->kind == CEF_GRID_FEEDER ? &feeder : &transmission;
    const cef_index n_town = options->n_bus / style->town_size > 1 ? options->n_bus / style->town_size : 1;
    *plan = (grid_plan){.style = style,
                        .key = chance(options->seed, TOPIC_KEY, (uint64_t) options->n_bus),
                        .kind = options->kind,
                        .n_bus = options->n_bus,
                        .n_town = n_town,
                        .n_loop = (n_town - 1) / style->loop_towns + 1};
    while ((INT64_C(1) << (2 * plan->curve_bits)) < n_town)
        plan->curve_bits++;
}

static cef_index town_start(const grid_plan *plan, cef_index town)
{
    const cef_index even = (cef_index) ((int64_t) town * plan->n_bus / plan->n_town);
    if (town == 0 || town == plan->n_town)
        return even;
    return even +
           (cef_index) chance_below(plan->key, TOPIC_TOWN_START, (uint64_t) town, (uint32_t) plan->style->town_jitter);
}

/* Of each group of `loop_towns` towns one has a ring: most often of two or three buses, sometimes of up to 15. */
static cef_index ring_length(const grid_plan *plan, cef_index town, cef_index n_bus)
{
    const cef_index group = town / plan->style->loop_towns, first = group * plan->style->loop_towns;
    const cef_index rest = plan->n_town - first;
    const uint32_t size = (uint32_t) (rest < plan->style->loop_towns ? rest : plan->style->loop_towns);
    const cef_index chosen = first + (cef_index) chance_below(plan->key, TOPIC_LOOP_TOWN, (uint64_t) group, size);
    if (town != chosen || n_bus < 4)
        return 0;
    const cef_index longest = n_bus - 1 < 15 ? n_bus - 1 : 15;
    const uint32_t dice = chance_below(plan->key, TOPIC_LOOP_LENGTH, (uint64_t) group, 1000);
    if (dice < 400)
        return 2;
    if (dice < 650)
        return 3;
    return 2 + (cef_index) (dice % (uint32_t) (longest - 1));
}

grid_town plan_town(const grid_plan *plan, cef_index town)
{
    grid_town t = {.town = town, .first = town_start(plan, town)};
    t.n = town_start(plan, town + 1) - t.first;
    t.ring = ring_length(plan, town, t.n);
    return t;
}

/* Hilbert curve, iterative: position along the curve <-> place on the square. */
static void curve_turn(int32_t side, int32_t *x, int32_t *y, int32_t right, int32_t up)
{
    if (up)
        return;
    if (right) {
        *x = side - 1 - *x;
        *y = side - 1 - *y;
    }
    const int32_t swap = *x;
    *x = *y;
    *y = swap;
}

void curve_place(int32_t bits, int64_t along, int32_t *x, int32_t *y)
{
    *x = *y = 0;
    for (int32_t bit = 0; bit < bits; bit++) {
        const int32_t side = INT32_C(1) << bit, quarter = (int32_t) (along >> (2 * bit)) & 3;
        const int32_t right = quarter >> 1, up = (quarter ^ right) & 1;
        curve_turn(side, x, y, right, up);
        *x += side * right;
        *y += side * up;
    }
}

int64_t curve_along(int32_t bits, int32_t x, int32_t y)
{
    int64_t along = 0;
    for (int32_t bit = bits - 1; bit >= 0; bit--) {
        const int32_t half = INT32_C(1) << bit, right = (x >> bit) & 1, up = (y >> bit) & 1;
        along += (int64_t) half * half * ((3 * right) ^ up);
        x &= half - 1;
        y &= half - 1;
        curve_turn(half, &x, &y, right, up);
    }
    return along;
}

cef_index plan_town_at(const grid_plan *plan, int32_t x, int32_t y)
{
    const int32_t side = INT32_C(1) << plan->curve_bits;
    if (x < 0 || y < 0 || x >= side || y >= side)
        return -1;
    const int64_t town = curve_along(plan->curve_bits, x, y);
    return town < plan->n_town ? (cef_index) town : -1;
}
