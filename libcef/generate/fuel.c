/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: fuels of units. Sizes and intensities are typical figures, not those of any plant. */
#include "generate/plan.h"

const grid_fuel grid_fuels[GRID_N_FUEL] = {
    {"coal", 200, 100, 600, 850, 1050}, {"ng", 300, 20, 300, 350, 550}, {"nuclear", 20, 500, 1200, 0, 0},
    {"wind", 160, 10, 150, 0, 0},       {"solar", 170, 2, 60, 0, 0},    {"hydro", 110, 5, 120, 0, 0},
    {"oil", 40, 2, 40, 650, 850},
};

uint8_t fuel_pick(const grid_plan *plan, uint64_t unit)
{
    uint32_t dice = chance_below(plan->key, TOPIC_FUEL, unit, 1000);
    uint8_t fuel = 0;
    while (dice >= grid_fuels[fuel].share)
        dice -= grid_fuels[fuel++].share; /* the shares sum to 1000 */
    return fuel;
}

grid_power fuel_size(const grid_plan *plan, uint64_t unit)
{
    const grid_fuel *fuel = &grid_fuels[fuel_pick(plan, unit)];
    const uint32_t range = (fuel->mw_max - fuel->mw_min) * (uint32_t) GRID_MW;
    const grid_power size = fuel->mw_min * GRID_MW + chance_below(plan->key, TOPIC_UNIT_SIZE, unit, range);
    return size / plan->style->unit_divisor;
}

double unit_intensity(const grid_plan *plan, uint64_t unit)
{
    const grid_fuel *fuel = &grid_fuels[fuel_pick(plan, unit)];
    const uint32_t range = fuel->intensity_max - fuel->intensity_min + 1;
    return (fuel->intensity_min + chance_below(plan->key, TOPIC_INTENSITY, unit, range)) / 1000.0;
}
