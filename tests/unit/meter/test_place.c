/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: a field's meters, their links and their far parts lie side by side, none in another, however many groups they
 * take and however large a hub is; every link finds its other end; a meter's own state finds its far part. */
#include "meters.h"

enum { HUB_LINKS = 60000, CHAIN = 9000 };

/* A chain, a hub in the midst of whose numbers it stands, and its leaves: groups end before the hub, after it, and
 * where a thousand of meters are in one. */
static model star_and_chain(void)
{
    const cef_index n = CHAIN + 1 + HUB_LINKS, hub = CHAIN;
    model m = model_make(n);
    for (cef_index bus = 0; bus < CHAIN; bus++)
        model_arc(&m, bus, bus + 1, 100.0, 100.0);
    for (cef_index leaf = hub + 1; leaf < n; leaf++)
        model_arc(&m, hub, leaf, 0.001, 0.001);
    model_gen(&m, 0, 100.0, 0.5);
    return m;
}

/* Marks lines of the field's memory; returns whether nobody else has them. */
static bool claim(uint8_t *taken, int64_t first, int64_t n, int64_t n_lines)
{
    for (int64_t line = first; line < first + n; line++)
        if (line < 0 || line >= n_lines || taken[line]++)
            return false;
    return true;
}

static int expect_apart(const cef_meter_field *f)
{
    const int64_t n_bus = f->roll->info.n_bus, n_lines = n_bus * (1 + METER_FAR_LINES) + f->roll->info.n_links;
    uint8_t *taken = calloc((size_t) n_lines, 1);
    int n_groups = 1;
    for (cef_index bus = 0; bus < n_bus; bus++) {
        const cef_meter *m = field_meter(f, bus);
        const int64_t first = m - f->meters, far = first + m->far_at;
        cr_assert(m->n_links == f->roll->start[bus + 1] - f->roll->start[bus]);
        cr_assert(claim(taken, first, 1 + m->n_links, n_lines), "bus %d, near", bus);
        cr_assert(claim(taken, far, METER_FAR_LINES, n_lines), "bus %d, far", bus);
        cr_assert(far_part_of(m)->meter == (uint32_t) bus);
        n_groups += bus > 0 && f->place[bus] != f->place[bus - 1] + 1 + field_meter(f, bus - 1)->n_links;
    }
    free(taken);
    return n_groups;
}

static void expect_ends(const cef_meter_field *f)
{
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++)
        for (int64_t end = f->roll->start[bus]; end < f->roll->start[bus + 1]; end++) {
            const meter_link *own = &meter_links_of(field_meter(f, bus))[end - f->roll->start[bus]];
            const meter_link *back = field_back(f, end);
            cr_assert(own->peer == (uint32_t) f->peer[end] && own->number == back->number && own != back);
            cr_assert(back->peer == (uint32_t) bus);
            cr_assert(back == &meter_links_of(field_meter(f, f->peer[end]))[field_hint(f, end)]);
        }
}

Test(meter_place, groups_and_hubs)
{
    model m = star_and_chain();
    metered f = meters_open(&m, NULL);
    const int n_groups = expect_apart(f.field);
    cr_assert(n_groups >= 4, "%d groups", n_groups);
    expect_ends(f.field);
    meters_run(&f, 20);
    cr_assert(meters_lie(&f, false) == NULL, "%s", meters_lie(&f, false));
    meters_close(&f);
    model_free(&m);
}

/* Places are 32-bit numbers of lines. */
Test(meter_place, more_than_places_can_tell)
{
    cef_meter_roll roll = {.info = {.n_bus = 500000000, .n_links = 294967295}};
    cr_assert(field_place_fits(&roll));
    roll.info.n_links++;
    cr_assert(!field_place_fits(&roll));
}

Test(meter_place, one_meter_alone)
{
    enum { LINKS = 3 };
    static uint64_t memory[(512 + 64 * LINKS) / 8];
    cef_meter_rules rules;
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_max = 1.0;
    cef_meter_link link[LINKS] = {{.reading = 1.0, .peer = 1, .number = 1},
                                  {.reading = 2.0, .peer = 2, .number = 2},
                                  {.reading = -3.0, .peer = 3, .number = 3}};
    const cef_meter_setup setup = {
        .struct_size = sizeof setup, .rules = &rules, .link = link, .n_links = LINKS, .meter = 7, .interval = 9};
    cef_meter *m = NULL;
    cr_assert(cef_meter_state_size(LINKS) == sizeof memory);
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &m, NULL) == CEF_OK);
    cr_assert((char *) (far_part(m) + 1) == (char *) memory + sizeof memory, "its state ends with the far part");
    cr_assert((void *) far_part(m) == (void *) (meter_links(m) + LINKS) && far_part(m)->interval == 9);
}
