/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_bench.h"

#include <string.h>

static const char *const names[N_TIMED] = {"cold",      "warm",     "repaired",     "cold_bare",
                                           "warm_bare", "klu_full", "klu_refactor", "stream"};

static void print_ratio(const char *what, double ratio, double at_least, double aim)
{
    printf("    %-44s %7.2f   %s (at least %.1f%s", what, ratio, ratio >= at_least ? "reached" : "MISSED", at_least,
           aim > 0.0 ? "" : ")\n");
    if (aim > 0.0)
        printf(", aim %.0f%s)\n", aim, ratio >= aim ? " reached" : "");
}

static const char *klu_name(klu_choice c)
{
    return c.by_receiver ? c.scaled ? "transposed, scaled" : "transposed, not scaled"
           : c.scaled    ? "scaled"
                         : "not scaled";
}

static void print_case(const trace_case *c, const trace_figures *f)
{
    const double *t = f->time, per_bus = 1e9 / c->net.n_bus;
    const bool random = strcmp(c->numbering, "random") == 0;
    printf("\n%s, %d buses, %d branches, numbering: %s\n", c->name, c->net.n_bus, c->net.n_branch, c->numbering);
    printf("    %-28s %10s %9s   %s\n", "", "ms", "ns/bus", "");
    printf("    %-28s %10.3f %9.1f   order_reused %d, error bound %.1e, %s\n", "libcef cold, certificate",
           1e3 * t[COLD], t[COLD] * per_bus, f->reused_cold, f->info.error_bound,
           f->info.certified ? "certified" : "NOT CERTIFIED");
    printf("    %-28s %10.3f %9.1f   order_reused %d, %d loops, largest %d\n", "libcef warm, certificate",
           1e3 * t[WARM], t[WARM] * per_bus, f->reused_warm, f->info.n_blocks, f->info.largest_block);
    printf("    %-28s %10.3f %9.1f   order_reused %d, %d branches reversed\n", "libcef repaired, certificate",
           1e3 * t[REPAIRED], t[REPAIRED] * per_bus, f->reused_repaired, f->n_reversed);
    printf("    %-28s %10.3f %9.1f\n", "libcef cold, bare", 1e3 * t[COLD_BARE], t[COLD_BARE] * per_bus);
    printf("    %-28s %10.3f %9.1f\n", "libcef warm, bare", 1e3 * t[WARM_BARE], t[WARM_BARE] * per_bus);
    printf("    %-28s %10.3f %9.1f   %s; %d entries in factors\n", "KLU all", 1e3 * t[KLU_FULL], t[KLU_FULL] * per_bus,
           klu_name(f->klu_cold), f->klu_fill);
    printf("    %-28s %10.3f %9.1f   %s\n", "KLU refactor + solve", 1e3 * t[KLU_AGAIN], t[KLU_AGAIN] * per_bus,
           klu_name(f->klu_warm));
    printf("    %-28s %10.3f %9.1f   %.1f MB, %.1f GB/s\n", "memory stream (the limit)", 1e3 * t[STREAM],
           t[STREAM] * per_bus, f->stream_bytes / 1e6, f->stream_bytes / t[STREAM] / 1e9);
    print_ratio("cold snapshot against KLU all", t[KLU_FULL] / t[COLD], 3.0, 5.0);
    print_ratio("unchanged directions against KLU all", t[KLU_FULL] / t[WARM], 10.0, 20.0);
    print_ratio("the same against KLU refactor + solve", t[KLU_AGAIN] / t[WARM], random ? 2.5 : 4.0, 0.0);
    printf("    bare: %.2f, %.2f, %.2f; warm is %.1f times the limit (bare %.1f)\n", t[KLU_FULL] / t[COLD_BARE],
           t[KLU_FULL] / t[WARM_BARE], t[KLU_AGAIN] / t[WARM_BARE], t[WARM] / t[STREAM], t[WARM_BARE] / t[STREAM]);
    printf("    memory %.0f bytes x (buses + branches)   %s (at most 400); network %.1f ms, solver %.1f ms, once\n",
           f->bytes_per_element, f->bytes_per_element <= 400 ? "reached" : "MISSED", 1e3 * f->create_network,
           1e3 * f->create_solver);
    printf("    %.0f per cent of all memory, of both methods and of the columns, in large pages\n",
           1e2 * f->large_pages);
    printf("    the two methods differ by %.1e at most\n", f->disagreement);
}

void report_case(FILE *json, const trace_case *c, const trace_figures *f)
{
    print_case(c, f);
    fflush(stdout);
    if (!json)
        return;
    const double *t = f->time;
    fprintf(json, "{\"case\": \"%s\", \"numbering\": \"%s\", \"n_bus\": %d, \"n_branch\": %d, \"seconds\": {", c->name,
            c->numbering, c->net.n_bus, c->net.n_branch);
    for (int k = 0; k < N_TIMED; k++)
        fprintf(json, "%s\"%s\": %.9g", k ? ", " : "", names[k], t[k]);
    fprintf(json,
            "},\n   \"cold_over_klu_full\": %.4g, \"warm_over_klu_full\": %.4g, \"warm_over_klu_refactor\": %.4g, "
            "\"warm_over_stream\": %.4g, \"stream_bytes\": %.0f,\n   \"bytes_per_bus_and_branch\": %.1f, "
            "\"create_network\": %.6g, \"create_solver\": %.6g, \"order_reused_cold\": %d, \"order_reused_warm\": %d,\n"
            "   \"error_bound\": %.3g, \"certified\": %d, \"n_blocks\": %d, \"largest_block\": %d, \"klu_fill\": %d, "
            "\"disagreement\": %.3g, \"large_pages\": %.3g}",
            t[KLU_FULL] / t[COLD], t[KLU_FULL] / t[WARM], t[KLU_AGAIN] / t[WARM], t[WARM] / t[STREAM], f->stream_bytes,
            f->bytes_per_element, f->create_network, f->create_solver, f->reused_cold, f->reused_warm,
            f->info.error_bound, f->info.certified, f->info.n_blocks, f->info.largest_block, f->klu_fill,
            f->disagreement, f->large_pages);
}

/* Growth of the time per bus from the smallest to the largest generated grid of one numbering. */
static void report_numbering(FILE *json, const trace_case *cases, const trace_figures *figures, int n,
                             const char *numbering, double at_most)
{
    int first = -1, last = -1;
    for (int k = 0; k < n; k++)
        if (strcmp(cases[k].numbering, numbering) == 0) {
            first = first < 0 || cases[k].net.n_bus < cases[first].net.n_bus ? k : first;
            last = last < 0 || cases[k].net.n_bus > cases[last].net.n_bus ? k : last;
        }
    if (first == last)
        return;
    const double size = (double) cases[last].net.n_bus / cases[first].net.n_bus;
    const double warm = figures[last].time[WARM] / figures[first].time[WARM] / size;
    const double cold = figures[last].time[COLD] / figures[first].time[COLD] / size;
    printf("    %-8s %d -> %d buses: warm %.2f, cold %.2f times   %s (at most %.0f)\n", numbering,
           cases[first].net.n_bus, cases[last].net.n_bus, warm, cold,
           warm <= at_most && cold <= at_most ? "reached" : "MISSED", at_most);
    if (json)
        fprintf(json, ",\n \"growth_%s\": {\"from\": %d, \"to\": %d, \"warm\": %.4g, \"cold\": %.4g}", numbering,
                cases[first].net.n_bus, cases[last].net.n_bus, warm, cold);
}

void report_growth(FILE *json, const trace_case *cases, const trace_figures *figures, int n)
{
    printf("\ntime per bus\n");
    report_numbering(json, cases, figures, n, "natural", 3.0);
    report_numbering(json, cases, figures, n, "random", 5.0);
}
