/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: what the power flow does with each odd thing a case may hold, on grids worked by hand: closed-form voltages,
 * phase shifters, slack shares, reactive limits, HVDC signs, units on one bus; and what it refuses, by code. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "electric.h"

static bool close_to(double got, double want, double within) { return fabs(got - want) <= within; }

static flowed solved(const electric *g, int32_t method)
{
    const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
    flowed f = electric_solve(g, &o);
    cr_assert(f.status == CEF_OK, "%s: %s: %s", cef_status_name(f.status), f.error.code, f.error.message);
    const char *why = method == CEF_POWERFLOW_AC ? electric_check(g, &f, 1e-12) : electric_check_dc(g, &f);
    cr_assert(!why, "%s", why);
    return f;
}

/* A unit that holds 1.0 at bus 0, a line of reactance x to bus 1, a load there. */
static electric two_buses(double x, double p, double q)
{
    electric g = electric_make(3, 4, 6, 6);
    g.n_bus = 2;
    g.bus_type[0] = CEF_BUS_TYPE_REF;
    electric_branch(&g, 0, 1, 0.0, x, 0.0);
    electric_gen(&g, 0, 0.0, 1.0);
    electric_load(&g, 1, p, q);
    return g;
}

/* A lossless line, V1 = 1: V2^2 solves y^2 + (2 q x - 1) y + x^2 (p^2 + q^2) = 0, upper root; sin(angle) = -p x / V2.
 */
static double far_voltage(double x, double p, double q)
{
    const double half = 0.5 * (1.0 - 2.0 * q * x);
    return sqrt(half + sqrt(half * half - x * x * (p * p + q * q)));
}

Test(powerflow, two_buses_in_closed_form)
{
    static const double loads[][2] = {{50, 0}, {80, 30}, {-60, 20}, {0, -40}, {0, 0}, {480, 0}};
    for (size_t k = 0; k < sizeof loads / sizeof *loads; k++) {
        const double p = loads[k][0] / 100.0, q = loads[k][1] / 100.0;
        electric g = two_buses(0.1, loads[k][0], loads[k][1]);
        flowed f = solved(&g, CEF_POWERFLOW_AC);
        const double v = far_voltage(0.1, p, q), angle = -asin(p * 0.1 / v) * 180.0 / M_PI;
        cr_assert(close_to(f.out.bus_vm[1], v, 1e-12), "%zu: %.15g for %.15g", k, f.out.bus_vm[1], v);
        cr_assert(close_to(f.out.bus_va[1], angle, 1e-10), "%zu: %.15g for %.15g", k, f.out.bus_va[1], angle);
        cr_assert(close_to(f.out.gen_p[0], loads[k][0], 1e-9) && close_to(f.info.loss_mw, 0.0, 1e-9));
        cr_assert(f.out.bus_type[0] == CEF_BUS_TYPE_REF && f.out.bus_type[1] == CEF_BUS_TYPE_PQ);
        flowed_free(&f), electric_free(&g);
    }
}

/* A series capacitor of -0.1: the same formula. */
Test(powerflow, negative_reactance)
{
    electric g = two_buses(-0.1, 80, 30);
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(close_to(f.out.bus_vm[1], far_voltage(-0.1, 0.8, 0.3), 1e-12) && f.out.bus_va[1] > 0.0);
    flowed_free(&f);
    f = solved(&g, CEF_POWERFLOW_DC);
    cr_assert(close_to(f.out.bus_va[1], 0.08 * 180.0 / M_PI, 1e-12) && close_to(f.out.branch_p_from[0], 80, 1e-10));
    flowed_free(&f), electric_free(&g);
}

/* An ideal transformer of ratio 0.95 turned by 10 degrees at the from end: the far voltage is the untapped one of a
 * source of 1/0.95 turned back by 10 degrees. No load: exactly 1/0.95 at -10 degrees. */
Test(powerflow, tap_and_shift_at_the_from_end)
{
    electric g = two_buses(0.1, 0, 0);
    g.tap[0] = 0.95, g.shift[0] = 10.0;
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(close_to(f.out.bus_vm[1], 1.0 / 0.95, 1e-13) && close_to(f.out.bus_va[1], -10.0, 1e-12), "%.15g %.15g",
              f.out.bus_vm[1], f.out.bus_va[1]);
    flowed_free(&f), electric_free(&g);
}

/* Two parallel lines of 0.1, one turned by s: the loop carries s / 0.2 against the load's half. */
Test(powerflow, phase_shifter_moves_power_between_circuits)
{
    electric g = two_buses(0.1, 100, 0);
    const cef_index second = electric_branch(&g, 0, 1, 0.0, 0.1, 0.0);
    g.shift[second] = 3.0;
    flowed f = solved(&g, CEF_POWERFLOW_DC);
    const double loop = 100.0 * 3.0 * M_PI / 180.0 / 0.2;
    cr_assert(close_to(f.out.branch_p_from[0], 50.0 + loop, 1e-9) &&
              close_to(f.out.branch_p_from[second], 50.0 - loop, 1e-9));
    flowed_free(&f);
    f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(f.out.branch_p_from[0] > 70.0 && f.out.branch_p_from[second] < 30.0);
    flowed_free(&f), electric_free(&g);
}

/* Charging of 0.4 and a shunt of (5 MW, 10 MVAr) at 1.05 per unit, no impedance in the way of the unit. */
Test(powerflow, shunts_follow_the_voltage)
{
    electric g = two_buses(0.1, 0, 0);
    g.b[0] = 0.4, g.vg[0] = 1.05, g.gs[0] = 5.0, g.bs[0] = 10.0;
    electric_shunt_rows(&g);
    electric_shunt_rows(&g); /* a second row of the same bus gets 0 */
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    const double far = 1.05 / (1.0 - 0.1 * 0.2), v2 = 1.05 * 1.05;
    cr_assert(close_to(f.out.bus_vm[1], far, 1e-12), "%.15g for %.15g", f.out.bus_vm[1], far);
    cr_assert(close_to(f.out.load_p[1], 5.0 * v2, 1e-12) && f.out.load_p[2] == 0.0);
    cr_assert(close_to(f.out.gen_p[0], 5.0 * v2, 1e-9));
    cr_assert(close_to(f.out.gen_q[0], -10.0 * v2 - 100.0 * (0.2 * v2 + 0.2 * far * 1.05), 1e-8), "%.12g",
              f.out.gen_q[0]);
    flowed_free(&f), electric_free(&g);
}

/* ---- units ---- */
Test(powerflow, pv_bus_without_a_running_unit_is_pq)
{
    electric g = two_buses(0.1, 80, 30);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    for (int with_idle = 0; with_idle < 2; with_idle++) {
        if (with_idle)
            g.gen_on[electric_gen(&g, 1, 50, 1.1)] = 0;
        flowed f = solved(&g, CEF_POWERFLOW_AC);
        cr_assert(f.out.bus_type[1] == CEF_BUS_TYPE_PQ && close_to(f.out.bus_vm[1], far_voltage(0.1, 0.8, 0.3), 1e-12));
        flowed_free(&f);
    }
    electric_free(&g);
}

/* Three units at one PV bus, ranges 100, 300 and none of one idle: 1 : 3; the last running one's set point holds. */
Test(powerflow, several_units_share_reactive_power_by_range)
{
    electric g = two_buses(0.1, 80, 30);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    const cef_index a = electric_gen(&g, 1, 10, 0.98), b = electric_gen(&g, 1, 20, 1.02);
    const cef_index idle = electric_gen(&g, 1, 30, 1.2);
    g.qmin[a] = 0, g.qmax[a] = 100, g.qmin[b] = 0, g.qmax[b] = 300, g.gen_on[idle] = 0;
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(f.out.bus_vm[1] == 1.02 && f.info.n_vg_conflicts == 1);
    cr_assert(f.out.gen_p[a] == 10.0 && f.out.gen_p[b] == 20.0 && f.out.gen_p[idle] == 0.0);
    cr_assert(close_to(f.out.gen_q[b], 3.0 * f.out.gen_q[a], 1e-9) && f.out.gen_q[a] > 1.0, "%g %g", f.out.gen_q[a],
              f.out.gen_q[b]);
    flowed_free(&f);
    g.qmax[b] = INFINITY;
    f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(close_to(f.out.gen_q[b], f.out.gen_q[a], 1e-9), "equal parts where a range is not finite");
    flowed_free(&f), electric_free(&g);
}

/* ---- slack ---- */
/* 100 MW of load, 60 scheduled: 40 missing, shared 1 : 3 by participation, scaled to sum 1. */
Test(powerflow, distributed_slack_by_participation)
{
    electric g = two_buses(0.1, 100, 0);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    g.gen_p[0] = 40.0;
    electric_gen(&g, 1, 20, 1.0);
    g.share[0] = 5.0, g.share[1] = 15.0, g.has_shares = true;
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        flowed f = solved(&g, method);
        cr_assert(close_to(f.out.gen_p[0], 50.0, 1e-9) && close_to(f.out.gen_p[1], 50.0, 1e-9), "%.12g %.12g",
                  f.out.gen_p[0], f.out.gen_p[1]);
        cr_assert(close_to(f.info.slack_mw, 40.0, 1e-9));
        flowed_free(&f);
    }
    electric_free(&g);
}

/* Without participation: the reference's units by capacity, 100 : 300; equally where none is known. */
Test(powerflow, default_slack_is_the_references_by_capacity)
{
    electric g = two_buses(0.1, 100, 0);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    g.gen_p[0] = 10.0;
    const cef_index second = electric_gen(&g, 0, 10, 1.0), other = electric_gen(&g, 1, 20, 1.0);
    for (int known = 0; known < 2; known++) {
        g.capacity[0] = known ? 100 : 0, g.capacity[second] = known ? 300 : 0, g.capacity[other] = 900;
        flowed f = solved(&g, CEF_POWERFLOW_AC);
        cr_assert(close_to(f.out.gen_p[0], 10.0 + 60.0 * (known ? 0.25 : 0.5), 1e-9) && f.out.gen_p[other] == 20.0);
        cr_assert(close_to(f.out.gen_p[second], 10.0 + 60.0 * (known ? 0.75 : 0.5), 1e-9));
        flowed_free(&f);
    }
    electric_free(&g);
}

/* ---- reactive limits ---- */
/* The unit at bus 1 would have to give more than 10 MVAr to hold 1.0 with 120 MW + j 40 there: it gives 10. */
Test(powerflow, unit_at_its_limit_lets_the_voltage_go)
{
    electric g = two_buses(0.1, 120, 40);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    const cef_index k = electric_gen(&g, 1, 20, 1.0);
    g.qmin[k] = -10, g.qmax[k] = 10;
    cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    for (int32_t limits = 0; limits < 2; limits++) {
        o.reactive_limits = limits;
        flowed f = electric_solve(&g, &o);
        cr_assert(f.status == CEF_OK, "%s", f.error.message);
        cr_assert(f.info.n_pv_switched == limits);
        cr_assert(f.out.bus_type[1] == (limits ? CEF_BUS_TYPE_PQ : CEF_BUS_TYPE_PV));
        cr_assert(close_to(f.out.bus_vm[1], limits ? far_voltage(0.1, 1.0, 0.3) : 1.0, 1e-10), "%.12g",
                  f.out.bus_vm[1]);
        cr_assert(limits ? close_to(f.out.gen_q[k], 10.0, 1e-7) : f.out.gen_q[k] > 40.0, "%.12g", f.out.gen_q[k]);
        flowed_free(&f);
    }
    electric_free(&g);
}

/* Flat start, two units in line, each in reach of its set point once the other holds: nothing stays switched even if a
 * first iterate was beyond a limit; and with limits that bind nowhere the answer is that without limits. */
Test(powerflow, limits_that_do_not_bind_change_nothing)
{
    electric g = two_buses(0.1, 120, 40);
    g.bus_type[1] = CEF_BUS_TYPE_PV;
    const cef_index k = electric_gen(&g, 1, 20, 1.0);
    g.qmin[k] = -500, g.qmax[k] = 500;
    cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_FLAT);
    o.reactive_limits = 1;
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK && f.info.n_pv_switched == 0 && f.out.bus_vm[1] == 1.0);
    flowed_free(&f), electric_free(&g);
}

/* ---- HVDC ---- */
/* 50 MW into the link at bus 0, 48 out of it at bus 1, and 10 MVAr taken at bus 1: bus 1 keeps 32 MW + j 40. */
Test(powerflow, hvdc_is_two_injections_with_loss)
{
    electric g = two_buses(0.1, 80, 30);
    const cef_index link = electric_branch(&g, 0, 1, NAN, NAN, NAN);
    g.hvdc[link] = 1, g.tap[link] = NAN, g.shift[link] = NAN;
    g.p_from[link] = 50, g.p_to[link] = -48, g.q_to[link] = 10;
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(close_to(f.out.bus_vm[1], far_voltage(0.1, 0.32, 0.4), 1e-12));
    cr_assert(f.out.branch_p_from[link] == 50.0 && f.out.branch_p_to[link] == -48.0 && f.out.branch_q_to[link] == 10.0);
    cr_assert(close_to(f.out.gen_p[0], 82.0, 1e-9) && close_to(f.info.loss_mw, 2.0, 1e-9));
    flowed_free(&f);
    g.on[link] = 0, g.p_from[link] = NAN, g.p_to[link] = NAN; /* out of service: not read */
    f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(f.out.branch_p_from[link] == 0.0 && close_to(f.out.bus_vm[1], far_voltage(0.1, 0.8, 0.3), 1e-12));
    flowed_free(&f), electric_free(&g);
}

/* A link joins no island: the far side has no unit of its own and is dead. */
Test(powerflow, hvdc_joins_no_island)
{
    electric g = two_buses(0.1, 80, 30);
    g.n_bus = 3;
    g.hvdc[electric_branch(&g, 1, 2, 0, 0, 0)] = 1;
    electric_load(&g, 2, 25, 5);
    flowed f = solved(&g, CEF_POWERFLOW_AC);
    cr_assert(f.info.n_dead_buses == 1 && f.info.n_islands == 1 && close_to(f.info.unserved_mw, 25.0, 1e-12));
    cr_assert(f.out.load_p[1] == 0.0 && f.out.bus_type[2] == CEF_BUS_TYPE_DEAD);
    flowed_free(&f), electric_free(&g);
}

/* ---- islands ---- */
Test(powerflow, isolated_and_dead_buses_are_zero)
{
    electric g = two_buses(0.1, 80, 30);
    g.n_bus = 3;
    electric_branch(&g, 1, 2, 0.01, 0.1, 0.02);
    electric_load(&g, 2, 25, 5);
    g.bus_type[2] = CEF_BUS_TYPE_ISOLATED;
    for (int outage = 0; outage < 2; outage++) {
        flowed f = solved(&g, CEF_POWERFLOW_AC);
        cr_assert(f.info.n_dead_buses == 1 && f.out.branch_p_from[1] == 0.0 && f.out.branch_q_to[1] == 0.0);
        cr_assert(close_to(f.out.bus_vm[1], far_voltage(0.1, 0.8, 0.3), 1e-12), "no charging of a dead line");
        flowed_free(&f);
        g.bus_type[2] = CEF_BUS_TYPE_PQ, g.on[1] = 0;
    }
    electric_free(&g);
}

/* Nothing lives: solved, with everything 0. */
Test(powerflow, nothing_runs)
{
    electric g = two_buses(0.1, 80, 30);
    g.gen_on[0] = 0;
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
        flowed f = electric_solve(&g, &o);
        cr_assert(f.status == CEF_OK && f.info.worst_bus == -1 && f.info.n_dead_buses == 2 && f.info.n_islands == 0);
        cr_assert(f.info.unserved_mw == 80.0 && f.out.bus_vm[0] == 0.0 && f.out.load_p[0] == 0.0);
        flowed_free(&f);
    }
    electric_free(&g);
}
