/* SPDX-License-Identifier: Apache-2.0 */
/* The summary as JSON. */
#include "summary.h"

#include "../cli/out.h"

typedef void (*put_value)(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r);

static void put_id(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    char id[64];
    (void) r;
    cef_case_id(s->grid, CEF_BUS, agent_bus(s->agent, k), id, sizeof id);
    if (s->numeric)
        out_text(out, id);
    else
        out_json_text(out, id);
}

static void put_intensity(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    (void) s, (void) k;
    out_number(out, r->intensity);
}

static void put_bound(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    (void) s, (void) k;
    out_number(out, r->bound);
}

static void put_quality(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    (void) s, (void) k;
    out_json_text(out, cef_meter_quality_name(r->quality));
}

static void put_final(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    (void) s, (void) k;
    out_text(out, r->final_value ? "true" : "false");
}

static void put_certified(out_file *out, const summary *s, cef_index k, const cef_meter_reading *r)
{
    out_text(out, agent_certified(s->agent, k, r) ? "true" : "false");
}

static cef_status put_column(out_file *out, const summary *s, const char *key, cef_index n, put_value put,
                             cef_error *error)
{
    out_format(out, "  \"%s\": [", key);
    for (cef_index k = 0; k < n; k++) {
        cef_meter_reading r;
        MQTT_TRY(agent_read(s->agent, k, &r, error));
        out_text(out, k ? ", " : "");
        put(out, s, k, &r);
    }
    out_char(out, ']');
    return CEF_OK;
}

static cef_status put_buses(out_file *out, const summary *s, cef_index n, cef_error *error)
{
    static const struct {
        const char *key;
        put_value put;
    } column[] = {{"id", put_id},           {"intensity", put_intensity}, {"bound", put_bound},
                  {"quality", put_quality}, {"final", put_final},         {"certified", put_certified}};
    out_text(out, "{\"bus\": {\n");
    for (size_t k = 0; k < CLI_COUNT_OF(column); k++) {
        MQTT_TRY(put_column(out, s, column[k].key, n, column[k].put, error));
        out_text(out, k + 1 < CLI_COUNT_OF(column) ? ",\n" : "},\n");
    }
    return CEF_OK;
}

cef_status summary_write(const summary *s, cef_error *error)
{
    char text[3072];
    agent_report report;
    out_file out;
    agent_describe(s->agent, &report);
    report_json(&report, text, sizeof text);
    MQTT_TRY(out_open(&out, s->output, error));
    cef_status status = put_buses(&out, s, report.n_bus, error);
    if (status == CEF_OK) {
        out_format(&out,
                   "\"info\": {\"agent\": %u, \"boot\": %u, \"epoch\": %u, \"interval\": %u, \"settings\": \"%08x\", "
                   "\"ended\": \"%s\", %s},\n",
                   s->number, s->boot, s->epoch, s->interval, s->settings, s->ended, text);
        out_format(&out, "\"libcef\": {\"version\": \"%s\", \"abi\": %d}}\n", cef_version_string(),
                   (int) cef_abi_version());
        status = out_commit(&out, error);
    }
    out_release(&out);
    return status;
}
