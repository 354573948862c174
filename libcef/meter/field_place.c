/* SPDX-License-Identifier: Apache-2.0 */
/* Where a field's meters stand: by groups, of each group the near parts with their links one after the other, then the
 * far parts. A round of values passes over the near parts only: a third of the memory, read without gaps. A group is as
 * large as a meter can tell how far its far part is. */
#include "meter/field.h"

static int64_t near_lines(const cef_meter_field *f, cef_index bus)
{
    return 1 + f->roll->start[bus + 1] - f->roll->start[bus];
}

/* Returns the first bus of the next group. */
static cef_index end_of_group(const cef_meter_field *f, cef_index first, int64_t *near)
{
    cef_index end = first;
    *near = 0;
    do
        *near += near_lines(f, end++);
    while (end < f->roll->info.n_bus &&
           *near + near_lines(f, end) + (int64_t) METER_FAR_LINES * (end - first) <= UINT16_MAX);
    return end;
}

bool field_place_fits(const cef_meter_roll *roll)
{
    return (int64_t) roll->info.n_bus * (1 + METER_FAR_LINES) + roll->info.n_links <= (int64_t) UINT32_MAX;
}

void field_place(cef_meter_field *f)
{
    int64_t line = 0, near = 0;
    for (cef_index first = 0, end = 0; first < f->roll->info.n_bus; first = end) {
        int64_t before = 0;
        end = end_of_group(f, first, &near);
        for (cef_index bus = first; bus < end; bus++) {
            f->place[bus] = (uint32_t) (line + before);
            field_meter(f, bus)->far_at = (uint16_t) (near - before + (int64_t) METER_FAR_LINES * (bus - first));
            before += near_lines(f, bus);
        }
        line += near + (int64_t) METER_FAR_LINES * (end - first);
    }
}

/* first_end: by a link's number, the end that was met first; below 0 none. */
static void match_ends(cef_meter_field *f, int32_t *first_end)
{
    const cef_meter_roll *roll = f->roll;
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        for (int64_t e = roll->start[bus]; e < roll->start[bus + 1]; e++) {
            const cef_index peer = (cef_index) roll->link[e].peer;
            const uint32_t number = roll->link[e].number;
            f->peer[e] = peer;
            if (first_end[number] < 0) {
                first_end[number] = (int32_t) e;
                continue;
            }
            const int32_t other = first_end[number];
            f->back[e] = f->place[peer] + 1 + (uint32_t) (other - roll->start[peer]);
            f->back[other] = f->place[bus] + 1 + (uint32_t) (e - roll->start[bus]);
        }
}

cef_status field_find_ends(cef_meter_field *f, cef_error *error)
{
    const cef_meter_roll *roll = f->roll;
    uint32_t most = 0;
    for (int64_t e = 0; e < roll->info.n_links; e++)
        most = roll->link[e].number > most ? roll->link[e].number : most;
    const size_t bytes = ((size_t) most + 1) * sizeof(int32_t);
    void *first_end = NULL;
    CEF_TRY(context_take(f->ctx, bytes, &first_end, error));
    memset(first_end, 0xFF, bytes);
    match_ends(f, first_end);
    context_free(f->ctx, first_end, bytes);
    return CEF_OK;
}
