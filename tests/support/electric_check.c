/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer of the power flow must be, from the tables and the voltages alone, in complex arithmetic. */
#include <complex.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "electric.h"

#undef I
#define J _Complex_I

static char why[512];

static const char *say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return why;
}

static double complex turned(double size, double degrees) { return size * cexp(J * (degrees * M_PI / 180.0)); }

void electric_flow(const electric *g, cef_index k, const double *vm, const double *va, double s[4])
{
    const double complex from = turned(vm[g->from[k]], va[g->from[k]]), to = turned(vm[g->to[k]], va[g->to[k]]);
    const double complex series = 1.0 / (g->r[k] + J * g->x[k]), shunt = J * g->b[k] / 2.0;
    const double complex inner = from / turned(g->tap[k] == 0.0 ? 1.0 : g->tap[k], g->shift[k]); /* behind the tap */
    const double complex s_from = inner * conj(series * (inner - to) + shunt * inner);
    const double complex s_to = to * conj(series * (to - inner) + shunt * to);
    s[0] = g->base_mva * creal(s_from), s[1] = g->base_mva * cimag(s_from);
    s[2] = g->base_mva * creal(s_to), s[3] = g->base_mva * cimag(s_to);
}

/* ---- who is alive ---- */
static cef_index root_of(const cef_index *parent, cef_index bus)
{
    while (parent[bus] != bus)
        bus = parent[bus];
    return bus;
}

void electric_islands(const electric *g, cef_index *island)
{
    bool *fed = calloc((size_t) g->n_bus, sizeof *fed);
    if (!fed)
        abort();
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        island[bus] = bus;
    for (cef_index k = 0; k < g->n_branch; k++) {
        if (!g->on[k] || g->hvdc[k] || g->bus_type[g->from[k]] == 4 || g->bus_type[g->to[k]] == 4)
            continue;
        const cef_index a = root_of(island, g->from[k]), b = root_of(island, g->to[k]);
        island[a > b ? a : b] = a < b ? a : b;
    }
    for (cef_index k = 0; k < g->n_gen; k++)
        fed[root_of(island, g->gen_bus[k])] |= g->gen_on[k] && g->bus_type[g->gen_bus[k]] != 4;
    for (cef_index bus = 0; bus < g->n_bus; bus++) /* a root is its island's lowest bus: seen before its members */
        island[bus] = island[bus] == bus ? bus : root_of(island, bus);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        island[bus] = fed[island[bus]] ? island[bus] : -1 - island[bus];
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        island[bus] = island[bus] < 0 ? -1 : island[bus];
    free(fed);
}

/* ---- branches ---- */
static bool carries(const electric *g, const cef_index *island, cef_index k)
{
    return g->on[k] && island[g->from[k]] >= 0 && island[g->to[k]] >= 0;
}

static const char *check_branches(const electric *g, const flowed *f, const cef_index *island, double *taken)
{
    for (cef_index k = 0; k < g->n_branch; k++) {
        double s[4] = {0.0, 0.0, 0.0, 0.0};
        if (carries(g, island, k) && g->hvdc[k])
            s[0] = g->p_from[k], s[1] = g->q_from[k], s[2] = g->p_to[k], s[3] = g->q_to[k];
        else if (carries(g, island, k))
            electric_flow(g, k, f->out.bus_vm, f->out.bus_va, s);
        const double got[4] = {f->out.branch_p_from[k], f->out.branch_q_from[k], f->out.branch_p_to[k],
                               f->out.branch_q_to[k]};
        const double size = g->hvdc[k] ? 1.0 : 4.0 / fmax(hypot(g->r[k], g->x[k]), 1e-9) + fabs(g->b[k]) + 1.0;
        for (int side = 0; side < 4; side++)
            if (!(fabs(got[side] - s[side]) <= (carries(g, island, k) ? 2e-14 * g->base_mva * size : 0.0)))
                return say("branch %d side %d: %.17g, by the voltages %.17g", k, side, got[side], s[side]);
        taken[2 * g->from[k]] += s[0], taken[2 * g->from[k] + 1] += s[1];
        taken[2 * g->to[k]] += s[2], taken[2 * g->to[k] + 1] += s[3];
    }
    return NULL;
}

/* ---- buses ---- */
static void take_elements(const electric *g, const flowed *f, const cef_index *island, double *taken)
{
    for (cef_index k = 0; k < g->n_gen; k++)
        taken[2 * g->gen_bus[k]] -= f->out.gen_p[k], taken[2 * g->gen_bus[k] + 1] -= f->out.gen_q[k];
    for (cef_index k = 0; k < g->n_load; k++)
        if (island[g->load_bus[k]] >= 0 && g->load_kind[k] == CEF_LOAD_DEMAND)
            taken[2 * g->load_bus[k]] += g->load_p[k], taken[2 * g->load_bus[k] + 1] += g->load_q[k];
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        if (island[bus] >= 0) {
            const double v2 = f->out.bus_vm[bus] * f->out.bus_vm[bus];
            taken[2 * bus] += g->gs[bus] * v2, taken[2 * bus + 1] += g->bus_q[bus] - g->bs[bus] * v2;
        }
}

static const char *check_buses(const electric *g, const flowed *f, const cef_index *island, const double *taken,
                               double tolerance)
{
    double worst = 0.0;
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const int32_t type = f->out.bus_type[bus];
        const double p = taken[2 * bus] / g->base_mva, q = taken[2 * bus + 1] / g->base_mva;
        worst = fmax(worst, fmax(fabs(p), fabs(q)));
        if (!(fabs(p) <= tolerance && fabs(q) <= tolerance))
            return say("bus %d misses %g and j %g per unit", bus, p, q);
        if (fabs(p + f->out.bus_mismatch_p[bus] / g->base_mva) > 0.1 * tolerance + 1e-12 && island[bus] >= 0)
            return say("bus %d misses %g per unit, stated %g", bus, -p, f->out.bus_mismatch_p[bus] / g->base_mva);
        if (island[bus] < 0 && (type != CEF_BUS_TYPE_DEAD || f->out.bus_vm[bus] != 0.0 || f->out.bus_va[bus] != 0.0 ||
                                f->out.bus_mismatch_p[bus] != 0.0 || f->out.bus_mismatch_q[bus] != 0.0))
            return say("bus %d is dead: type %d, %g per unit", bus, type, f->out.bus_vm[bus]);
        if (island[bus] >= 0 && (type < CEF_BUS_TYPE_PQ || type > CEF_BUS_TYPE_REF || !(f->out.bus_vm[bus] > 0.0)))
            return say("bus %d lives: type %d, %g per unit", bus, type, f->out.bus_vm[bus]);
    }
    if (fabs(worst - f->info.mismatch) > 0.1 * tolerance + 1e-12)
        return say("info.mismatch %g, by the voltages %g", f->info.mismatch, worst);
    return NULL;
}

/* One reference an island; voltage set points of the last running unit held at PV and REF buses. */
static const char *check_set_points(const electric *g, const flowed *f, const cef_index *island)
{
    cef_index islands = 0, references = 0, dead = 0;
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        double set = NAN;
        for (cef_index k = 0; k < g->n_gen; k++)
            set = g->gen_bus[k] == bus && g->gen_on[k] ? g->vg[k] : set;
        const int32_t type = f->out.bus_type[bus];
        islands += island[bus] == bus, dead += island[bus] < 0;
        references += type == CEF_BUS_TYPE_REF;
        if (type >= CEF_BUS_TYPE_PV && !(fabs(f->out.bus_vm[bus] - set) <= 1e-13))
            return say("bus %d holds %.17g, not %.17g", bus, f->out.bus_vm[bus], set);
        if (type == CEF_BUS_TYPE_REF && g->bus_type[bus] != CEF_BUS_TYPE_REF && g->bus_type[bus] != CEF_BUS_TYPE_PV)
            return say("bus %d of type %d became a reference", bus, g->bus_type[bus]);
    }
    if (islands != f->info.n_islands || dead != f->info.n_dead_buses || references < islands)
        return say("%d islands, %d references, %d dead; info: %d islands, %d dead", islands, references, dead,
                   f->info.n_islands, f->info.n_dead_buses);
    return NULL;
}

/* Schedules: a running unit's power is its schedule plus a share, an idle one's 0; the parts sum to info.slack_mw. */
static const char *check_units(const electric *g, const flowed *f, const cef_index *island, bool dc)
{
    double slack = 0.0, unserved = 0.0, loss = 0.0;
    bool *drawn_at = calloc((size_t) g->n_bus, sizeof *drawn_at); /* the first shunt row of a bus stands for it */
    for (cef_index k = 0; k < g->n_gen; k++) {
        const bool runs = g->gen_on[k] && island[g->gen_bus[k]] >= 0;
        if (!runs && (f->out.gen_p[k] != 0.0 || f->out.gen_q[k] != 0.0))
            return say("unit %d does not run: %g MW", k, f->out.gen_p[k]);
        slack += runs ? f->out.gen_p[k] - g->gen_p[k] : 0.0;
        if (dc && f->out.gen_q[k] != 0.0)
            return say("unit %d gives %g MVAr in DC", k, f->out.gen_q[k]);
        if (runs && !dc && f->out.bus_type[g->gen_bus[k]] == CEF_BUS_TYPE_PQ && f->info.n_pv_switched == 0 &&
            fabs(f->out.gen_q[k] - g->gen_q[k]) > 1e-12)
            return say("unit %d at a PQ bus gives %g MVAr, not %g", k, f->out.gen_q[k], g->gen_q[k]);
    }
    for (cef_index k = 0; k < g->n_load; k++) {
        const cef_index bus = g->load_bus[k];
        const bool shunt = g->load_kind[k] == CEF_LOAD_SHUNT;
        const double v2 = f->out.bus_vm[bus] * f->out.bus_vm[bus];
        const double drawn = !shunt ? g->load_p[k] : drawn_at[bus] ? 0.0 : g->gs[bus] * v2;
        drawn_at[bus] |= shunt;
        if (fabs(f->out.load_p[k] - (island[bus] >= 0 ? drawn : 0.0)) > 1e-11 * fabs(drawn))
            return say("load %d draws %.17g, not %.17g", k, f->out.load_p[k], drawn);
        unserved += island[bus] < 0 && !shunt ? g->load_p[k] : 0.0;
    }
    free(drawn_at);
    for (cef_index k = 0; k < g->n_branch; k++)
        loss += f->out.branch_p_from[k] + f->out.branch_p_to[k];
    if (fabs(slack - f->info.slack_mw) > 1e-7 || fabs(unserved - f->info.unserved_mw) > 1e-9 ||
        fabs(loss - f->info.loss_mw) > 1e-7)
        return say("slack %.12g, unserved %.12g, loss %.12g; info: %.12g, %.12g, %.12g", slack, unserved, loss,
                   f->info.slack_mw, f->info.unserved_mw, f->info.loss_mw);
    return NULL;
}

const char *electric_check(const electric *g, const flowed *f, double tolerance)
{
    cef_index *island = malloc((size_t) g->n_bus * sizeof *island);
    double *taken = calloc(2 * (size_t) g->n_bus, sizeof *taken);
    if (!island || !taken)
        abort();
    electric_islands(g, island);
    const char *wrong = f->info.converged != 1 ? say("not converged") : NULL;
    wrong = wrong ? wrong : check_branches(g, f, island, taken);
    take_elements(g, f, island, taken);
    wrong = wrong ? wrong : check_buses(g, f, island, taken, tolerance);
    wrong = wrong ? wrong : check_set_points(g, f, island);
    wrong = wrong ? wrong : check_units(g, f, island, false);
    free(island), free(taken);
    return wrong;
}

const char *electric_check_truth(const electric *g, const flowed *f, double tolerance)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        if (!(fabs(f->out.bus_vm[bus] - g->true_vm[bus]) <= tolerance))
            return say("bus %d: %.15g per unit, true %.15g", bus, f->out.bus_vm[bus], g->true_vm[bus]);
        if (!(fabs(f->out.bus_va[bus] - (g->true_vm[bus] > 0.0 ? g->true_va[bus] : 0.0)) <= 60.0 * tolerance))
            return say("bus %d: %.15g degrees, true %.15g", bus, f->out.bus_va[bus], g->true_va[bus]);
    }
    if (!(fabs(f->info.slack_mw - g->true_slack) <= 1e4 * tolerance * g->base_mva))
        return say("slack %.12g MW, true %.12g", f->info.slack_mw, g->true_slack);
    return NULL;
}

/* ---- DC: a dense solve ---- */
/* Gaussian elimination with row pivots, in place; false if singular. */
static bool eliminate(long double *a, long double *x, cef_index n)
{
    for (cef_index k = 0; k < n; k++) {
        cef_index top = k;
        for (cef_index i = k; i < n; i++)
            top = fabsl(a[i * n + k]) > fabsl(a[top * n + k]) ? i : top;
        if (a[top * n + k] == 0.0L)
            return false;
        for (cef_index j = 0; j < n; j++) {
            const long double kept = a[k * n + j];
            a[k * n + j] = a[top * n + j], a[top * n + j] = kept;
        }
        const long double kept = x[k];
        x[k] = x[top], x[top] = kept;
        for (cef_index i = k + 1; i < n; i++) {
            const long double factor = a[i * n + k] / a[k * n + k];
            for (cef_index j = k; j < n && factor != 0.0L; j++)
                a[i * n + j] -= factor * a[k * n + j];
            x[i] -= factor * x[k];
        }
    }
    for (cef_index k = n; k-- > 0;) {
        for (cef_index j = k + 1; j < n; j++)
            x[k] -= a[k * n + j] * x[j];
        x[k] /= a[k * n + k];
    }
    return true;
}

/* Rows: P of each bus in terms of angles (rad), per unit; the reference's row and a dead bus's row state the angle. */
static void assemble_dc(const electric *g, const flowed *f, const cef_index *island, long double *a, long double *rhs)
{
    const cef_index n = g->n_bus;
    for (cef_index k = 0; k < g->n_gen; k++) /* what units gave: the slack's split has a check of its own */
        rhs[g->gen_bus[k]] += f->out.gen_p[k] / g->base_mva;
    for (cef_index k = 0; k < g->n_load; k++)
        rhs[g->load_bus[k]] -= g->load_kind[k] == CEF_LOAD_DEMAND ? g->load_p[k] / g->base_mva : 0.0;
    for (cef_index bus = 0; bus < n; bus++)
        rhs[bus] -= g->gs[bus] / g->base_mva;
    for (cef_index k = 0; k < g->n_branch; k++) {
        const cef_index i = g->from[k], j = g->to[k];
        if (!carries(g, island, k))
            continue;
        if (g->hvdc[k]) {
            rhs[i] -= g->p_from[k] / g->base_mva, rhs[j] -= g->p_to[k] / g->base_mva;
            continue;
        }
        const long double b = 1.0L / ((long double) g->x[k] * (g->tap[k] == 0.0 ? 1.0 : g->tap[k]));
        const long double shifted = b * (long double) g->shift[k] * (long double) (M_PI / 180.0);
        a[i * n + i] += b, a[j * n + j] += b, a[i * n + j] -= b, a[j * n + i] -= b;
        rhs[i] += shifted, rhs[j] -= shifted;
    }
    bool *stated = calloc((uint32_t) n, sizeof *stated);
    for (cef_index bus = 0; bus < n; bus++) {
        const cef_index of = island[bus];
        if (of >= 0 && (f->out.bus_type[bus] != CEF_BUS_TYPE_REF || stated[of]))
            continue;
        for (cef_index j = 0; j < n; j++)
            a[bus * n + j] = j == bus;
        rhs[bus] = of < 0 ? 0.0L : (long double) g->va0[bus] * (long double) (M_PI / 180.0);
        if (of >= 0)
            stated[of] = true;
    }
    free(stated);
}

static const char *compare_dc(const electric *g, const flowed *f, const cef_index *island, const long double *angle)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const long double degrees = angle[bus] * (180.0L / (long double) M_PI);
        if (!(fabsl(f->out.bus_va[bus] - degrees) <= 1e-10L))
            return say("bus %d: %.15g degrees, dense %.15Lg", bus, f->out.bus_va[bus], degrees);
        if (f->out.bus_vm[bus] != (island[bus] >= 0 ? 1.0 : 0.0))
            return say("bus %d: %g per unit in DC", bus, f->out.bus_vm[bus]);
    }
    for (cef_index k = 0; k < g->n_branch; k++) {
        const double tap = g->tap[k] == 0.0 ? 1.0 : g->tap[k];
        const long double turn = angle[g->from[k]] - angle[g->to[k]] - (long double) (g->shift[k] * M_PI / 180.0);
        const double want = !carries(g, island, k) ? 0.0
                            : g->hvdc[k]           ? g->p_from[k]
                                                   : (double) (g->base_mva * turn / (g->x[k] * tap));
        const double other = carries(g, island, k) && g->hvdc[k] ? g->p_to[k] : -f->out.branch_p_from[k];
        if (!(fabs(f->out.branch_p_from[k] - want) <= 1e-8 &&
              fabs(f->out.branch_p_to[k] - other) <= 1e-15 * fabs(other)) ||
            (!g->hvdc[k] && (f->out.branch_q_from[k] != 0.0 || f->out.branch_q_to[k] != 0.0)))
            return say("branch %d: %.15g MW, dense %.15g", k, f->out.branch_p_from[k], want);
    }
    return NULL;
}

const char *electric_check_dc(const electric *g, const flowed *f)
{
    const size_t n = (size_t) g->n_bus;
    cef_index *island = malloc(n * sizeof *island);
    long double *a = calloc(n * n + n, sizeof *a), *rhs = a ? a + n * n : NULL;
    if (!island || !a)
        abort();
    electric_islands(g, island);
    assemble_dc(g, f, island, a, rhs);
    const char *wrong =
        eliminate(a, rhs, g->n_bus) ? compare_dc(g, f, island, rhs) : say("the dense matrix is singular");
    wrong = wrong ? wrong : check_units(g, f, island, true);
    free(island), free(a);
    return wrong;
}
