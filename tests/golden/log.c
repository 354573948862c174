/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: the caller's log hears what a solve finds in the data, at the level asked for, and nothing when all is well.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support.h"

typedef struct {
    int count;
    cef_log_level level[8];
    char text[8][256];
} heard;

static void hear(void *user, cef_log_level level, const char *message)
{
    heard *h = user;
    cr_assert(h->count < 8);
    h->level[h->count] = level;
    strncpy(h->text[h->count++], message, sizeof h->text[0] - 1);
}

/* Solves twice: an order that is kept is not told of again. */
static heard told_of(const model *m, cef_log_level level)
{
    heard h = {0};
    const cef_context_options options = {
        .struct_size = sizeof options, .log = hear, .log_user = &h, .log_level = level};
    const cef_network_data data = model_network(m);
    const cef_snapshot snapshot = model_snapshot(m);
    cef_context *ctx;
    cef_network *net;
    cef_solver *solver;
    cef_solution none = {.struct_size = sizeof none};
    cr_assert(!cef_context_create(&options, &ctx, NULL) && !cef_network_create(ctx, &data, &net, NULL) &&
              !cef_solver_create(ctx, net, NULL, &solver, NULL));
    cr_assert(!cef_solver_solve(solver, &snapshot, &none, NULL, NULL) &&
              !cef_solver_solve(solver, &snapshot, &none, NULL, NULL));
    cef_solver_destroy(solver);
    cef_network_destroy(net);
    cef_context_destroy(ctx);
    return h;
}

Test(log, silent_when_all_is_well)
{
    model m = model_bialek();
    cr_assert(told_of(&m, 0).count == 0);
    model_free(&m);
}

Test(log, order_is_told_once)
{
    model m = model_bialek();
    const heard h = told_of(&m, CEF_LOG_DEBUG);
    cr_assert(h.count == 1 && h.level[0] == CEF_LOG_DEBUG && strstr(h.text[0], "made anew"), "%d %s", h.count,
              h.text[0]);
    model_free(&m);
}

/* Bus 1 draws 3 MW less than arrives; bus 2 sends 1 MW from nowhere; the load at bus 0 injects 2 MW. */
Test(log, warnings_name_bus_and_value)
{
    model m = model_make(4);
    model_gen(&m, 0, 8, 0.5);
    model_load(&m, 0, -2);
    m.has_load_e = false;
    model_arc(&m, 0, 1, 10, 10);
    model_load(&m, 1, 7);
    model_arc(&m, 2, 3, 1, 1);
    model_load(&m, 3, 1);
    const heard h = told_of(&m, 0);
    cr_assert(h.count == 6, "%d: %s; %s", h.count, h.text[0], h.text[1]); /* three, each time */
    cr_assert(strstr(h.text[0], "2 buses miss their balance") && strstr(h.text[0], "by 3 MW"), "%s", h.text[0]);
    cr_assert(strstr(h.text[1], "2 buses pass on power"), "%s", h.text[1]);
    cr_assert(strstr(h.text[2], "1 loads inject power"), "%s", h.text[2]);
    for (int k = 0; k < h.count; k++)
        cr_assert(h.level[k] == CEF_LOG_WARN);
    cr_assert(told_of(&m, CEF_LOG_ERROR).count == 0);
    model_free(&m);
}
