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
    return print ? 0 : failed != 0;
}
