/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: the same flows give the same bits on every compiler, optimisation level, machine and vector width. Hashes
 * every result of a fixed set of random grids (sending-form policies and columns, loops up to 13 buses: nothing here
 * reaches BLAS or libm) and compares with the stored hash. `bits_hash --print` prints the hash, to be stored when a
 * change is meant. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lanes/lanes.h"
#include "run/run.h"
#include "support.h"

static answer solve_at(const model *m, const cef_settings *settings, int32_t width)
{
    session s = session_open(m, settings, NULL);
    solver_set_width(s.solver, width);
    answer a = answer_make(m);
    session_solve(&s, m, &a);
    session_close(&s);
    return a;
}

static uint64_t hash_grids(int32_t policy, int32_t width)
{
    uint64_t hash = FNV1A_START;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        const unsigned options = (unsigned) dice_next(&d) & RANDOM_ALL;
        model m = random_model(&d, dice_between(&d, 2, 60), options);
        cef_settings settings = settings_of(policy);
        settings.net_parallel = seed % 3 == 0;
        settings.mixing = seed % 4 == 0 ? CEF_MIXING_NETTED : CEF_MIXING_GROSS;
        answer a = solve_at(&m, &settings, width);
        hash = answer_hash(hash, &m, &a);
        answer_free(&a);
        model_free(&m);
    }
    return hash;
}

static uint64_t hash_loops(int32_t policy, int32_t width)
{
    uint64_t hash = FNV1A_START;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        dice d = {seed};
        const cef_index n_bus = dice_between(&d, 2, 13);
        model m = random_loop(&d, n_bus, (int) dice_between(&d, 0, 44));
        cef_settings settings = settings_of(policy);
        settings.flow_tol = 0.0;
        answer a = solve_at(&m, &settings, width);
        hash = answer_hash(hash, &m, &a);
        answer_free(&a);
        model_free(&m);
    }
    return hash;
}

/* Meters, round by round, with and without faults. */
static uint64_t hash_meters(void)
{
    uint64_t hash = FNV1A_START;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        model m = random_model(&d, dice_between(&d, 2, 40), RANDOM_ALL);
        cef_settings settings = settings_of(CEF_LOSS_SENDING);
        settings.on_unfed_loop = CEF_UNFED_MARK;
        session s = session_open(&m, &settings, NULL);
        const cef_snapshot snapshot = model_snapshot(&m);
        cef_meter_field_options options;
        cef_meter_roll *roll = NULL;
        cef_meter_field *field = NULL;
        cef_meter_field_options_init(&options, sizeof options);
        options.seed = seed;
        options.missing_rate = seed % 3 == 0 ? 0.3 : 0.0;
        options.loss_rate = seed % 2 == 0 ? 0.3 : 0.0;
        double *x = calloc(2 * (size_t) m.n_bus, sizeof *x);
        if (!x || cef_meter_roll_create(s.ctx, s.net, &settings, &snapshot, &roll, NULL) != CEF_OK ||
            cef_meter_field_create(s.ctx, roll, &options, &field, NULL) != CEF_OK)
            return 0;
        for (int round = 0; round < 20; round++) {
            if (cef_meter_field_run(field, 1, NULL, NULL) != CEF_OK ||
                cef_meter_field_read(field, x, x + m.n_bus, NULL, NULL) != CEF_OK)
                return 0;
            for (cef_index k = 0; k < 2 * m.n_bus; k++) /* NaN has many forms */
                hash = x[k] == x[k] ? fnv1a(hash, &x[k], sizeof *x) : fnv1a(hash, "NaN", 3);
        }
        cef_meter_field_destroy(field);
        cef_meter_roll_destroy(roll);
        session_close(&s);
        free(x);
        model_free(&m);
    }
    return hash;
}

/* Whole file of hashes into text; false if it is not there. */
static bool stored(char *text, size_t size)
{
    FILE *file = fopen(CEF_SOURCE_DIR "/tests/bits/expected.txt", "r");
    if (!file)
        return false;
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const widths[LANES_WIDTHS] = {"portable", "avx2", "avx512"};
    static const char *const names[] = {"sending", "consumer", "generator", "split", "prorata", "half"};
    const bool print = argc > 1 && strcmp(argv[1], "--print") == 0;
    char text[2048] = "";
    int failed = 0;
    if (!print && !stored(text, sizeof text)) {
        puts("not ok expected_hashes_are_readable");
        return 1;
    }
    for (int32_t policy = CEF_LOSS_SENDING; policy <= CEF_LOSS_HALF; policy++) {
        char line[96] = "";
        bool same = true;
        for (int32_t width = LANES_PORTABLE; width <= (print ? LANES_PORTABLE : lanes_widest()); width++) {
            snprintf(line, sizeof line, "%s %016" PRIx64 " %016" PRIx64 "\n", names[policy], hash_grids(policy, width),
                     hash_loops(policy, width));
            if (!print && !strstr(text, line))
                printf("%s: %s", widths[width], line);
            same &= strstr(text, line) != NULL;
        }
        failed += !same;
        if (print)
            fputs(line, stdout);
        else
            printf("%s bits_%s\n", same ? "ok" : "not ok", names[policy]);
    }
    char line[96];
    snprintf(line, sizeof line, "meters %016" PRIx64 "\n", hash_meters());
    if (print) {
        fputs(line, stdout);
        return 0;
    }
    const bool same = strstr(text, line) != NULL;
    printf("%s%s bits_meters\n", same ? "" : line, same ? "ok" : "not ok");
    failed += !same;
    return failed != 0;
}
