/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: whatever numbers a snapshot, network or settings hold, the answer is a coded error that names the element and
 * the value, or a sound result; never a crash, never a NaN taken for data. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support.h"

static model everything(void)
{
    model m = model_bialek();
    model_storage(&m, 2, 10, 0.4), model_load_kind(&m, 1, -5, CEF_LOAD_DEMAND, 0.3);
    return m;
}

static void expect_refused(const model *m, cef_element element, cef_index index, double value, const char *code)
{
    answer a = model_solve(m, NULL);
    cr_assert(a.status == CEF_ERR_SNAPSHOT, "%s for %g", cef_status_name(a.status), value);
    cr_assert(strcmp(a.error.code, code) == 0, "%s for %g", a.error.code, value);
    cr_assert(a.error.element == element && a.error.index == index, "element %d at %d", a.error.element, a.error.index);
    cr_assert((isnan(value) && isnan(a.error.value)) || a.error.value == value, "%g for %g", a.error.value, value);
    cr_assert(strlen(a.error.message) > 20, "says nothing: %s", a.error.message);
    answer_free(&a);
}

Test(hostile, numbers_that_mean_nothing)
{
    const struct {
        double value;
        const char *code;
    } bad[] = {{NAN, "not-finite"},
               {INFINITY, "not-finite"},
               {-INFINITY, "not-finite"},
               {1e300, "out-of-range"},
               {-1.7e308, "out-of-range"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        model m = everything();
        struct {
            double *place;
            cef_element element;
            cef_index index;
        } places[] = {{&m.p_from[3], CEF_BRANCH, 3},     {&m.p_to[0], CEF_BRANCH, 0},      {&m.gen_p[1], CEF_GEN, 1},
                      {&m.gen_e[0], CEF_GEN, 0},         {&m.load_p[1], CEF_LOAD, 1},      {&m.load_e[2], CEF_LOAD, 2},
                      {&m.storage_p[0], CEF_STORAGE, 0}, {&m.storage_e[0], CEF_STORAGE, 0}};
        for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
            const double kept = *places[p].place;
            *places[p].place = bad[k].value;
            expect_refused(&m, places[p].element, places[p].index, bad[k].value, bad[k].code);
            *places[p].place = kept;
        }
        model_free(&m);
    }
}

/* What is not read may be anything: factors of units at rest, intensities of loads that draw and stores that charge. */
Test(hostile, unread_numbers_are_not_read)
{
    model m = everything();
    model_gen(&m, 2, 0, NAN), model_gen(&m, 3, -0.0, INFINITY), model_gen(&m, 3, -1, NAN);
    m.load_e[0] = m.load_e[1] = NAN;
    model_storage(&m, 3, -2, NAN);
    answer a = model_solve(&m, NULL);
    cr_assert(a.status == CEF_OK && a.info.certified == 1, "%s", a.error.message);
    for (cef_index bus = 0; bus < m.n_bus; bus++)
        cr_assert(isfinite(a.out.bus_intensity[bus]));
    cr_assert(a.out.gen_carbon[2] == 0.0 && a.out.gen_carbon[3] == 0.0, "units at rest carry nothing");
    answer_free(&a);
    model_free(&m);
}

/* -0.0 is 0, denormals are powers below every threshold. */
Test(hostile, zeros_and_denormals)
{
    model m = model_make(3);
    model_branch(&m, 0, 1, -0.0, 0.0), model_branch(&m, 1, 2, 5e-324, -5e-324), model_branch(&m, 0, 2, -0.0, -0.0);
    model_gen(&m, 0, 10, 0.5), model_load(&m, 0, 10), model_load(&m, 1, -0.0);
    answer a = model_solve(&m, NULL);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(a.out.bus_intensity[0] == 0.5 && isnan(a.out.bus_intensity[1]) && isnan(a.out.bus_intensity[2]));
    cr_assert(a.info.n_both_ends_fed == 0 && a.info.n_both_ends_deliver == 0 && a.info.n_undefined == 2);
    answer_free(&a);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.flow_tol = 0.0; /* denormal powers are then real, and beyond what relative bounds can promise */
    a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK || a.status == CEF_ERR_CERTIFICATE, "%s", a.error.message);
    answer_free(&a);
    model_free(&m);
}

/* Powers over hundreds of orders of magnitude: a result within its bound, or one that is not certified. */
Test(hostile, no_certificate_beyond_the_range)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 1e-90, 1e-90), model_arc(&m, 1, 2, 1e-90, 1e-90), model_arc(&m, 2, 0, 1e12, 1e12);
    model_gen(&m, 0, 1e-99, 0.9), model_gen(&m, 1, 1e-100, 1e-98);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.flow_tol = 0.0;
    answer a = model_solve(&m, &settings);
    reference r = ref_open(&m, &settings);
    ref_solve(&r);
    cr_assert(a.status == CEF_OK || a.status == CEF_ERR_CERTIFICATE || a.status == CEF_ERR_SINGULAR, "%s",
              a.error.message);
    cr_assert((a.status == CEF_OK) == (a.info.certified == 1));
    for (cef_index bus = 0; a.status == CEF_OK && bus < 3; bus++)
        cr_assert(relative_error(a.out.bus_intensity[bus], r.x[bus]) <= a.out.bus_error_bound[bus], "bus %d: %g", bus,
                  a.out.bus_intensity[bus]);
    ref_close(&r);
    answer_free(&a);
    model_free(&m);
}

/* What could underflow is refused by name: neither 0 nor a power or an intensity that anyone can mean. */
Test(hostile, denormal_inputs_are_refused)
{
    const double tiny[] = {5e-324, 1e-310, 1e-200};
    for (int k = 0; k < 6; k++) {
        model m = model_make(1);
        model_gen(&m, 0, k < 3 ? tiny[k] : 1.0, k < 3 ? 0.9 : tiny[k - 3]);
        answer a = model_solve(&m, NULL);
        cr_assert(a.status == CEF_ERR_SNAPSHOT && strcmp(a.error.code, "out-of-range") == 0, "%s", a.error.message);
        cr_assert(a.error.element == CEF_GEN && a.error.index == 0);
        answer_free(&a);
        model_free(&m);
    }
}

Test(hostile, empty_tables)
{
    model m = model_make(2);
    answer a = model_solve(&m, NULL);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(isnan(a.out.bus_intensity[0]) && isnan(a.out.bus_intensity[1]) && a.info.n_undefined == 2);
    cr_assert(a.info.total_generation == 0.0 && a.info.total_loss == 0.0 && a.info.n_blocks == 0);
    answer_free(&a);
    session s = session_open(&m, NULL, NULL);
    const cef_snapshot nothing = {.struct_size = sizeof nothing};
    cr_assert(cef_solver_solve(s.solver, &nothing, NULL, NULL, NULL) == CEF_OK,
              "NULL columns of empty tables are fine");
    session_close(&s);
    model_free(&m);
}

Test(hostile, missing_columns)
{
    model m = everything();
    session s = session_open(&m, NULL, NULL);
    cef_error error = {.struct_size = sizeof error};
    const cef_snapshot whole = model_snapshot(&m);
    for (int k = 0; k < 6; k++) {
        cef_snapshot part = whole;
        const double **columns[] = {&part.branch_p_from, &part.gen_p,     &part.gen_intensity,
                                    &part.load_p,        &part.storage_p, &part.storage_intensity};
        *columns[k] = NULL;
        cr_assert(cef_solver_solve(s.solver, &part, NULL, NULL, &error) == CEF_ERR_ARGUMENT, "column %d", k);
        cr_assert(strcmp(error.code, "null-argument") == 0, "%s", error.code);
    }
    session_close(&s);
    model_free(&m);
}

Test(hostile, struct_sizes)
{
    model m = everything();
    session s = session_open(&m, NULL, NULL);
    struct {
        cef_snapshot known;
        int64_t tail;
    } longer = {.known = model_snapshot(&m)};
    longer.known.struct_size = sizeof longer;
    cr_assert(cef_solver_solve(s.solver, &longer.known, NULL, NULL, NULL) == CEF_OK,
              "a zero tail is a newer header's default");
    longer.tail = 1;
    cr_assert(cef_solver_solve(s.solver, &longer.known, NULL, NULL, NULL) == CEF_ERR_STRUCT_SIZE);
    cef_snapshot unset = model_snapshot(&m);
    unset.struct_size = 0;
    cr_assert(cef_solver_solve(s.solver, &unset, NULL, NULL, NULL) == CEF_ERR_STRUCT_SIZE);
    cef_solver *solver = NULL;
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.struct_size = 0;
    cr_assert(cef_solver_create(s.ctx, s.net, &settings, &solver, NULL) == CEF_ERR_STRUCT_SIZE && !solver);
    session_close(&s);
    model_free(&m);
}

/* Each setting out of its range is an argument error that names it. */
Test(hostile, settings_out_of_range)
{
    model m = everything();
    session s = session_open(&m, NULL, NULL);
    for (int k = 0; k < 14; k++) {
        cef_settings settings = settings_of(CEF_LOSS_SPLIT);
        double *numbers[] = {&settings.flow_tol, &settings.balance_tol, &settings.loss_split,
                             &settings.mismatch_intensity, &settings.negative_load_intensity};
        int32_t *choices[] = {&settings.loss_policy, &settings.mixing, &settings.on_imbalance, &settings.on_unfed_loop,
                              &settings.negative_loss};
        if (k < 5)
            *numbers[k] = NAN;
        else if (k < 8)
            *numbers[k - 5] = -1.0;
        else if (k < 13)
            *choices[k - 8] = 77;
        else
            settings.loss_split = 1.5;
        cef_solver *solver = NULL;
        cef_error error = {.struct_size = sizeof error};
        cr_assert(cef_solver_create(s.ctx, s.net, &settings, &solver, &error) == CEF_ERR_ARGUMENT && !solver,
                  "setting %d", k);
        cr_assert(strcmp(error.code, "bad-argument") == 0 && strlen(error.message) > 10, "setting %d: %s", k,
                  error.message);
    }
    session_close(&s);
    model_free(&m);
}

/* Networks: every reference to a bus that is not there, duplicate ids, negative counts, no bus. */
Test(hostile, networks)
{
    cef_context *ctx;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    for (int k = 0; k < 7; k++) {
        model m = everything();
        cef_network_data data = model_network(&m);
        const cef_id ids[] = {7, 8, 7, 9};
        cef_index *places[] = {&m.from[1], &m.to[2], &m.gen_bus[0], &m.load_bus[1], &m.storage_bus[0]};
        const cef_element elements[] = {CEF_BRANCH,  CEF_BRANCH, CEF_GEN,         CEF_LOAD,
                                        CEF_STORAGE, CEF_BUS,    CEF_ELEMENT_NONE};
        if (k < 5)
            *places[k] = k % 2 ? 4 : -1;
        else if (k == 5)
            data.bus_id = ids;
        else
            data.n_bus = 0;
        cef_network *net = NULL;
        cef_error error = {.struct_size = sizeof error};
        cr_assert(cef_network_create(ctx, &data, &net, &error) == CEF_ERR_NETWORK && !net, "network %d", k);
        cr_assert(k == 6 || error.element == elements[k], "network %d: element %d, %s", k, error.element,
                  error.message);
        cr_assert(k != 5 || (error.index == 2 && error.id == 7), "duplicate: bus %d, id %ld", error.index, error.id);
        model_free(&m);
    }
    cef_context_destroy(ctx);
}

/* More branches than positions can count are refused before any table is read. */
Test(hostile, too_many_branches)
{
    cef_context *ctx;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    model m = everything();
    cef_network_data data = model_network(&m);
    data.n_branch = INT32_MAX / 8 + 1;
    cef_network *net = NULL;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_network_create(ctx, &data, &net, &error) == CEF_ERR_OVERFLOW && !net);
    cr_assert(strcmp(error.code, "too-large") == 0, "%s", error.code);
    model_free(&m);
    cef_context_destroy(ctx);
}
