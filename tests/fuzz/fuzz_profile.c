/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of the command on any bytes: 'c' and a CSV file, else the beginning of an NPY file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void read_csv(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    require(copy != NULL);
    memcpy(copy, text, size);
    copy[size] = 0;
    profile p = {.name = "fuzz", .npy = {.fd = -1}, .path = strdup("fuzz.csv")};
    cef_error error = {.struct_size = sizeof error};
    const cef_status status = profile_csv_parse(&p, copy, size, &error);
    free(copy);
    require(status == CEF_OK ? p.there && p.columns > 0 : error.code[0] && error.message[0]);
    size_t named = 0;
    for (const char *name = p.text; status == CEF_OK && named < p.columns; named++)
        name += strlen(name) + 1;
    for (size_t k = 0; status == CEF_OK && k < p.rows * p.columns; k++)
        require(!isinf(p.values[k]));
    profile_close(&p);
}

static void read_npy(const uint8_t *bytes, size_t size)
{
    npy_header h;
    const char *wrong = npy_header_parse(bytes, size, &h);
    if (wrong) {
        require(wrong[0] != 0);
        return;
    }
    require(h.start <= size && h.start <= NPY_HEADER_MOST && (h.n_dim == 1 || h.n_dim == 2) &&
            (h.item == 8 || h.item == 4) && (h.kind == 'f' || h.kind == 'i'));
    const uint64_t file = npy_header_file_size(&h);
    require(file == 0 || file >= h.start);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 0 && bytes[0] == 'c')
        read_csv((const char *) bytes + 1, size - 1);
    else
        read_npy(bytes, size);
    return 0;
}
