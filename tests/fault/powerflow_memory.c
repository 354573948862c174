/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: whichever allocation of cef_powerflow_create fails, the call says CEF_ERR_MEMORY, gives NULL, leaks nothing
 * and works when called again; and whichever allocation of the sparse solver fails in the first solve, that solve says
 * CEF_ERR_MEMORY and the next one works. Own main(): a leak fails the program under a leak checker. */
#include <stdlib.h>
#include <string.h>

#include "electric.h"

/* KLU allocates beside the context: by glibc's own entries, the k-th from now on may be refused. */
static long process_asked, process_fail_at;
#ifndef __SANITIZE_ADDRESS__
#define SEEN __attribute__((visibility("default"))) /* by the shared libraries too */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
static bool refused(void) { return ++process_asked == process_fail_at; }
SEEN void *malloc(size_t size) { return refused() ? NULL : __libc_malloc(size); }
SEEN void *calloc(size_t n, size_t size) { return refused() ? NULL : __libc_calloc(n, size); }
SEEN void *realloc(void *p, size_t size) { return refused() ? NULL : __libc_realloc(p, size); }
#endif

static int failures;

static void check(bool holds, const char *what, long k)
{
    if (holds)
        return;
    failures++;
    printf("# allocation %ld: %s\n", k, what);
}

static int verdict(const char *name)
{
    const int failed = failures != 0;
    printf("%s %s\n", failed ? "not ok" : "ok", name);
    failures = 0;
    return failed;
}

/* Fails the 1st, 2nd, .. allocation of the context until the creation needs no more; returns how many it needs. */
static long fail_creation(const flow_session *s, const electric *g, const cef_powerflow_options *o, counting *count)
{
    const cef_powerflow_data data = electric_data(g);
    for (long k = 1;; k++) {
        cef_error error = {.struct_size = sizeof error};
        const long live = count->live;
        cef_powerflow *pf = (cef_powerflow *) (void *) count; /* must be cleared */
        count->fail_at = count->asked + k;
        const cef_status status = cef_powerflow_create(s->ctx, s->net, &data, o, &pf, &error);
        const bool reached = count->asked >= count->fail_at;
        count->fail_at = 0;
        check(status == (reached ? CEF_ERR_MEMORY : CEF_OK) && (pf == NULL) == reached, "wrong status or handle", k);
        check(!reached || strcmp(error.code, "memory") == 0, "wrong code", k);
        cef_powerflow_destroy(pf);
        check(count->live == live, "memory is left", k);
        if (!reached)
            return k - 1;
    }
}

/* The same for allocations of the process, in creation and in the first solve: KLU's are among them. */
static long fail_process(const flow_session *s, const electric *g, const cef_powerflow_options *o, flowed *f)
{
    const cef_powerflow_data data = electric_data(g);
    for (long k = 1;; k++) {
        cef_error error = {.struct_size = sizeof error};
        cef_powerflow *pf = NULL;
        process_fail_at = process_asked + k;
        const cef_status created = cef_powerflow_create(s->ctx, s->net, &data, o, &pf, &error);
        const flow_session now = {.pf = pf};
        if (created == CEF_OK)
            flow_solve(&now, g, f);
        const bool reached = process_asked >= process_fail_at;
        process_fail_at = 0;
        check(created == CEF_OK || (created == CEF_ERR_MEMORY && reached), "wrong status of create", k);
        /* KLU goes on when it cannot give memory back: a solve without error must then be right */
        check(created != CEF_OK || (reached && f->status == CEF_ERR_MEMORY) ||
                  (f->status == CEF_OK && !electric_check(g, f, 1e-9)),
              "wrong status of solve", k);
        if (created == CEF_OK) {
            flow_solve(&now, g, f);
            check(f->status == CEF_OK && !electric_check(g, f, 1e-9), "the solve after it fails", k);
        }
        cef_powerflow_destroy(pf);
        if (!reached)
            return k - 1;
    }
}

int main(void)
{
    long creations = 0, solves = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        dice d = {seed};
        counting count = {0};
        const cef_allocator allocator = counting_allocator(&count);
        electric g = random_electric(&d, dice_between(&d, 2, 40), ELECTRIC_ALL, 0.02);
        cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
        o.reactive_limits = seed % 2;
        if (g.has_shares)
            o.participation = g.share;
        flow_session s = flow_open(&g, &o, &allocator);
        creations += fail_creation(&s, &g, &o, &count);
        flow_close(&s);
        check(count.live == 0 && count.bytes == 0, "memory is left at the end", 0);
        s = flow_open(&g, &o, NULL);
        flowed f = flowed_make(&g);
        o.reactive_limits = 0;
        solves += fail_process(&s, &g, &o, &f);
        flow_close(&s);
        flowed_free(&f), electric_free(&g);
    }
    check(creations >= 6, "each creation allocates at least once", 0);
    const int failed = verdict("every_allocation_of_power_flows");
#ifndef __SANITIZE_ADDRESS__
    check(solves >= 12, "the sparse solver allocates", 0);
#endif
    printf("# %ld allocations of creations failed, %ld of the process in creation and first solve\n", creations,
           solves);
    return failed + verdict("the_sparse_solver_without_memory") != 0;
}
