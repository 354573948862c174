/* SPDX-License-Identifier: Apache-2.0 */
/* A meter's life: setup, one round, read-out. */
#include "meter/meter.h"

void rules_default(cef_meter_rules *rules)
{
    *rules = (cef_meter_rules){.struct_size = sizeof *rules,
                               .flow_tol = 1e-6,
                               .reading_tol = 1e-3,
                               .reading_tol_rel = 0.02,
                               .balance_tol = 0.1,
                               .patience = 48};
}

static bool within(double v, double least, double most) { return v >= least && v <= most; }

cef_status rules_check(const cef_meter_rules *r, cef_error *error)
{
    const struct {
        const char *name;
        double value, least, most;
    } ranges[] = {{"e_min", r->e_min, -1e6, 1e6},
                  {"e_max", r->e_max, r->e_min, 1e6},
                  {"flow_tol", r->flow_tol, 0.0, 1e12},
                  {"reading_tol", r->reading_tol, 0.0, 1e12},
                  {"reading_tol_rel", r->reading_tol_rel, 0.0, 10.0},
                  {"balance_tol", r->balance_tol, 0.0, 1e12},
                  {"relax_only", r->relax_only, 0, 1},
                  {"patience", r->patience, 1, 60000},
                  {"reserved", r->reserved, 0, 0}};
    if (r->struct_size != sizeof *r)
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                         "rules.struct_size is not that of this libcef: call cef_meter_rules_init");
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++)
        if (!within(ranges[k].value, ranges[k].least, ranges[k].most))
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, ranges[k].value),
                                "rules.%s is %g, expected %g to %g", ranges[k].name, ranges[k].value, ranges[k].least,
                                ranges[k].most);
    return CEF_OK;
}

size_t meter_state_size(int32_t n_links)
{
    return n_links < 0 || n_links >= UINT16_MAX
               ? 0
               : sizeof(cef_meter) + (size_t) n_links * sizeof(meter_link) + sizeof(meter_far);
}

static cef_status bad_setup(const cef_meter_setup *s, const char *what, double value, cef_error *error)
{
    return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_METER, (cef_index) -1, (cef_id) s->meter, value),
                        "meter %d: %s cannot be %g", (int64_t) s->meter, what, value);
}

static cef_status check_link(const cef_meter_setup *s, const cef_meter_link *l, cef_error *error)
{
    if (l->peer == s->meter || l->peer == METER_NOBODY)
        return bad_setup(s, "a link's peer", (double) l->peer, error);
    if (l->reading == l->reading && !(fabs(l->reading) <= METER_MAX_MW))
        return bad_setup(s, "a reading", l->reading, error);
    if (l->prior == l->prior && !(fabs(l->prior) <= METER_MAX_MW))
        return bad_setup(s, "a prior value", l->prior, error);
    if (!within((double) l->prior_tol, 0.0, METER_MAX_MW))
        return bad_setup(s, "a prior's tolerance", (double) l->prior_tol, error);
    if (!(fabs((double) l->loss) <= METER_MAX_MW) || !within((double) l->loss_tol, 0.0, METER_MAX_MW))
        return bad_setup(s, "an estimated loss or its tolerance", (double) l->loss, error);
    if (!within(l->prior_quality, CEF_QUALITY_MEASURED, CEF_QUALITY_INTERVAL))
        return bad_setup(s, "a prior's quality", l->prior_quality, error);
    return CEF_OK;
}

static cef_status check_arena(const cef_meter_setup *s, cef_error *error)
{
    if (!s->arena)
        return CEF_OK;
    if ((uintptr_t) s->arena % 8 != 0)
        return error_set(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "setup.arena is not 8-byte aligned");
    if (s->arena_rows < 2)
        return bad_setup(s, "arena_rows", s->arena_rows, error);
    if (s->arena_size < arena_least(s->arena_rows))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_METER, -1, s->meter, (double) s->arena_size),
                            "meter %d: an arena of %d bytes does not hold %d rows: cef_meter_arena_size tells how many "
                            "do",
                            (int64_t) s->meter, (int64_t) s->arena_size, (int64_t) s->arena_rows);
    return CEF_OK;
}

cef_status meter_setup_check(const cef_meter_setup *s, cef_error *error)
{
    if (!s->rules)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "setup.rules is NULL");
    CEF_TRY(rules_check(s->rules, error));
    if (s->n_links < 0 || s->n_links >= UINT16_MAX)
        return bad_setup(s, "n_links", s->n_links, error);
    if (s->n_links > 0 && !s->link)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "setup.link is NULL but n_links is not 0");
    if (s->meter == METER_NOBODY)
        return bad_setup(s, "its number", (double) s->meter, error);
    if (!within(s->source_mw, 0.0, METER_MAX_SUM))
        return bad_setup(s, "source_mw", s->source_mw, error);
    if (!(fabs(s->source_carbon) <= METER_MAX_SUM * 1e6))
        return bad_setup(s, "source_carbon", s->source_carbon, error);
    if (s->balance_mw == s->balance_mw && !(fabs(s->balance_mw) <= METER_MAX_SUM))
        return bad_setup(s, "balance_mw", s->balance_mw, error);
    for (int32_t k = 0; k < s->n_links; k++)
        CEF_TRY(check_link(s, &s->link[k], error));
    return check_arena(s, error);
}

static void init_link(meter_link *to, const cef_meter_link *from, double middle, double half)
{
    const bool read = from->reading == from->reading;
    *to = (meter_link){.reading = read ? from->reading : from->prior,
                       .intensity = middle, /* until it is heard, all of the interval */
                       .bound = half,
                       .unresolved = 1.0F,
                       .prior_tol = from->prior_tol,
                       .loss = from->loss,
                       .loss_tol = from->loss_tol,
                       .peer = from->peer,
                       .number = from->number,
                       .flags = read ? 0 : LINK_MISSING,
                       .prior_quality = (uint8_t) from->prior_quality};
}

cef_meter *meter_init(const cef_meter_setup *s, void *memory)
{
    return meter_init_apart(s, memory, (uint16_t) (1 + s->n_links));
}

cef_meter *meter_init_apart(const cef_meter_setup *s, void *memory, uint16_t far_at)
{
    const cef_meter_rules *r = s->rules;
    cef_meter *m = memory;
    *m = (cef_meter){.rules = r,
                     .source_mw = s->source_mw,
                     .source_carbon = s->source_carbon,
                     .intensity = meter_middle(r),
                     .bound = meter_half(r),
                     .unresolved = 1.0F,
                     .boot = s->boot,
                     .n_links = (uint16_t) s->n_links,
                     .far_at = far_at};
    *far_part(m) = (meter_far){.arena = s->arena ? arena_init(s->arena, s->arena_size, s->arena_rows, r) : NULL,
                               .balance_mw = s->balance_mw,
                               .meter = s->meter,
                               .interval = s->interval,
                               .row_version = s->boot << 18, /* below 4 x 65535 new rows a boot */
                               .result_sequence = s->boot << 20};
    for (int32_t k = 0; k < s->n_links; k++) {
        init_link(&meter_links(m)[k], &s->link[k], m->intensity, m->bound);
        if (meter_links(m)[k].flags & LINK_MISSING)
            m->quality =
                CEF_QUALITY_INTERVAL; /* until the first round knows better; MEASURED skips the search for gaps */
    }
    meter_orient(m);
    loop_reset(m);
    return m;
}

void meter_settle(cef_meter *m, double intensity, double bound, bool undefined)
{
    if (m->flags & METER_FINAL)
        return;
    m->intensity = undefined ? 0.0 : intensity;
    m->bound = undefined ? 0.0 : bound;
    m->unresolved = 0.0F;
    m->flags |= undefined ? METER_FINAL | METER_UNDEFINED : METER_FINAL;
}

void meter_step(cef_meter *m)
{
    const bool trimmed = (m->flags & METER_TRIMMED) != 0;
    bool leads_back = true;
    if (!(m->flags & METER_FINAL))
        leads_back = meter_mix_in(m);
    else if (!trimmed && !m->rules->relax_only)
        leads_back = meter_leads_back(m);
    if (m->rules->relax_only)
        return;
    if (!leads_back)
        m->flags |= METER_TRIMMED;
    if (meter_looks(m))
        gather_step(m);
    if (!meter_is_young(m))
        return;
    m->age = (m->age + 1) & 15;
    if (meter_looks(m))
        loop_grow_up(m);
}

void meter_read(const cef_meter *m, cef_meter_reading *out)
{
    const meter_far *far = far_part_of(m);
    const meter_mixture mix = meter_mix(m, false);
    const bool undefined = (m->flags & METER_UNDEFINED) != 0;
    int32_t n_quarantined = 0;
    for (int32_t k = 0; k < m->n_links; k++)
        n_quarantined += (meter_links_of(m)[k].flags & LINK_QUARANTINED) != 0;
    const cef_meter_reading own = {.struct_size = sizeof own,
                                   .intensity = undefined ? (double) NAN : m->intensity,
                                   .bound = undefined ? (double) NAN : m->bound,
                                   .unresolved = (double) m->unresolved,
                                   .power_mw = mix.power,
                                   .meter = far->meter,
                                   .interval = far->interval,
                                   .leader = far->leader,
                                   .quality = undefined ? CEF_QUALITY_UNDEFINED : m->quality,
                                   .final_value = (m->flags & METER_FINAL) != 0,
                                   .n_quarantined = n_quarantined};
    struct_write(out, &own, sizeof own);
}

const char *meter_quality_name(int32_t quality)
{
    static const char *const names[] = {"measured",   "other-end", "kirchhoff",   "least-squares", "similar-day",
                                        "last-value", "interval",  "quarantined", "undefined"};
    return quality >= 0 && quality <= CEF_QUALITY_UNDEFINED ? names[quality] : "unknown";
}
