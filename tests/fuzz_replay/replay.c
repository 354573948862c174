/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of a folder: whole, every prefix, and every byte replaced by some that readers trip
 * over. The target ends the program when something is wrong; the name printed last says where. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FILE = 1 << 20, MAX_VARIED = 2048 };
static const uint8_t trips[] = {0, '\n', ' ', '"', '\'', '[', '{', '-', '.', ',', ';', '9', 0x80, 0xFF};

/* A block of exactly `size` bytes: the address sanitizer sees a read past its end. */
static void run_exact(const uint8_t *data, size_t size)
{
    uint8_t *own = malloc(size ? size : 1);
    if (!own)
        abort();
    memcpy(own, data, size);
    (void) LLVMFuzzerTestOneInput(own, size);
    free(own);
}

static void run_varied(uint8_t *data, size_t size)
{
    run_exact(data, size);
    if (size > MAX_VARIED)
        return;
    for (size_t k = 0; k < size; k++) {
        const uint8_t kept = data[k];
        run_exact(data, k);
        data[k] = trips[k % sizeof trips];
        run_exact(data, size);
        data[k] = (uint8_t) (kept ^ 1);
        run_exact(data, size);
        data[k] = kept;
    }
}

static bool replay(const char *path, const char *name)
{
    static uint8_t data[MAX_FILE];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const size_t size = fread(data, 1, sizeof data, file);
    const bool whole = feof(file) && !ferror(file);
    if (fclose(file) != 0 || !whole)
        return false;
    fprintf(stderr, "replaying %s\n", name);
    run_varied(data, size);
    return true;
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    const int n = argc == 2 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
    int failed = n < 0;
    for (int k = 0; k < n; k++) {
        char path[4096];
        struct stat about;
        (void) snprintf(path, sizeof path, "%s/%s", argv[1], entries[k]->d_name);
        if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) {
            const bool good = replay(path, entries[k]->d_name);
            printf("%s %s\n", good ? "ok" : "not ok", entries[k]->d_name);
            failed += !good;
        }
        free(entries[k]);
    }
    free(entries);
    return fflush(stdout) != 0 || failed > 0;
}
