/* SPDX-License-Identifier: Apache-2.0 */
#include "meters.h"

cef_meter_field_options meters_options(uint64_t seed)
{
    cef_meter_field_options options;
    cef_meter_field_options_init(&options, sizeof options);
    options.seed = seed;
    options.until_final = 1;
    return options;
}

metered meters_open(const model *m, const cef_meter_field_options *given)
{
    const cef_meter_field_options standard = meters_options(1), *options = given ? given : &standard;
    cef_error error = {.struct_size = sizeof error};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    metered f = {.central = session_open(m, &settings, NULL), .exact = answer_make(m), .n_bus = m->n_bus};
    const cef_snapshot snapshot = model_snapshot(m);
    session_solve(&f.central, m, &f.exact);
    cr_assert(f.exact.status == CEF_OK || f.exact.status == CEF_ERR_CERTIFICATE, "%s", f.exact.error.message);
    cr_assert(cef_meter_roll_create(f.central.ctx, f.central.net, &settings, &snapshot, &f.roll, &error) == CEF_OK,
              "%s", error.message);
    cr_assert(cef_meter_field_create(f.central.ctx, f.roll, options, &f.field, &error) == CEF_OK, "%s", error.message);
    f.info = (cef_meter_field_info){.struct_size = sizeof f.info};
    f.x = calloc((size_t) m->n_bus, sizeof *f.x);
    f.bound = calloc((size_t) m->n_bus, sizeof *f.bound);
    return f;
}

void meters_close(metered *f)
{
    cef_meter_field_destroy(f->field);
    cef_meter_roll_destroy(f->roll);
    answer_free(&f->exact);
    session_close(&f->central);
    free(f->x);
    free(f->bound);
}

void meters_run(metered *f, int64_t rounds)
{
    cr_assert(cef_meter_field_run(f->field, rounds, &f->info, NULL) == CEF_OK);
    cr_assert(cef_meter_field_read(f->field, f->x, f->bound, NULL, NULL) == CEF_OK);
}

const char *meters_lie(const metered *f, bool finals)
{
    static char text[200];
    for (cef_index bus = 0; bus < f->n_bus; bus++) {
        const double exact = f->exact.out.bus_intensity[bus], x = f->x[bus];
        const double slack = f->exact.out.bus_error_bound[bus] * fabs(exact);
        const bool final = (field_meter(f->field, bus)->flags & METER_FINAL) != 0;
        if (finals && !final)
            continue;
        if (isnan(exact) ? final && !isnan(x) && !(f->bound[bus] > 0.0)
                         : isnan(x) || !(fabs(x - exact) <= f->bound[bus] + slack)) {
            snprintf(text, sizeof text, "bus %d: %.17g, central %.17g, bound %g", bus, x, exact, f->bound[bus]);
            return text;
        }
    }
    return NULL;
}
