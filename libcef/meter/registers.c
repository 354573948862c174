/* SPDX-License-Identifier: Apache-2.0 */
/* Registers: integers, so that sums are exact and a day reads the same everywhere. */
#include "meter/meter.h"

void registers_init(cef_meter_registers *r, int64_t day)
{
    memset(&r->day, 0, sizeof *r - offsetof(cef_meter_registers, day));
    r->day = day;
}

/* To the nearest integer, halves away from zero; false if it does not fit. */
static bool rounded(double value, int64_t *out)
{
    if (!(fabs(value) < 0x1p62))
        return false;
    *out = (int64_t) (value < 0.0 ? value - 0.5 : value + 0.5);
    return true;
}

static cef_status refuse(cef_meter_registers *r, const char *what, double value, cef_error *error)
{
    r->n_refused++;
    return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_METER, -1, -1, value),
                        "the registers refuse %s %g: it is out of range, of another day, or would overflow", what,
                        value);
}

static cef_status check_place(cef_meter_registers *r, int64_t day, int32_t slot, cef_error *error)
{
    if (day != r->day)
        return refuse(r, "day", (double) day, error);
    if (slot < 0 || slot >= CEF_METER_SLOTS)
        return refuse(r, "slot", slot, error);
    return CEF_OK;
}

static bool add(int64_t *sum, int64_t value) { return !__builtin_add_overflow(*sum, value, sum); }

cef_status registers_book(cef_meter_registers *r, int64_t day, int32_t slot, double power_mw, double intensity,
                          double hours, int32_t quality, cef_error *error)
{
    CEF_TRY(check_place(r, day, slot, error));
    if (!(hours > 0.0 && hours <= 24.0))
        return refuse(r, "hours", hours, error);
    if (quality < CEF_QUALITY_MEASURED || quality > CEF_QUALITY_UNDEFINED)
        return refuse(r, "quality", quality, error);
    const double energy_mwh = fabs(power_mw) * hours;
    int64_t wh, g;
    if (!rounded(energy_mwh * 1e6, &wh))
        return refuse(r, "power", power_mw, error);
    if (!rounded(energy_mwh * intensity * 1e6, &g))
        return refuse(r, "intensity", intensity, error);
    const int32_t direction = power_mw < 0.0 ? CEF_METER_EXPORT : CEF_METER_IMPORT;
    cef_meter_slot new = r->slot[slot];
    if (!add(&new.wh[direction], wh) || !add(&new.g[direction], g))
        return refuse(r, "power", power_mw, error);
    new.quality = quality > new.quality ? quality : new.quality;
    r->slot[slot] = new;
    return CEF_OK;
}

cef_status registers_correct(cef_meter_registers *r, int64_t day, int32_t slot, int32_t direction, double energy_mwh,
                             double carbon_t, cef_error *error)
{
    CEF_TRY(check_place(r, day, slot, error));
    if (direction != CEF_METER_IMPORT && direction != CEF_METER_EXPORT)
        return refuse(r, "direction", direction, error);
    int64_t wh, g;
    cef_meter_slot new = r->slot[slot];
    if (!rounded(energy_mwh * 1e6, &wh) || !add(&new.late_wh[direction], wh))
        return refuse(r, "energy", energy_mwh, error);
    if (!rounded(carbon_t * 1e6, &g) || !add(&new.late_g[direction], g))
        return refuse(r, "carbon", carbon_t, error);
    new.n_late++;
    r->slot[slot] = new;
    return CEF_OK;
}
