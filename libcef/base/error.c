/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as data: statuses, diagnostics, the caller's cef_error. */
#include "base/base.h"

static const struct {
    const char *code;
    cef_status status;
    const char *text;
} diagnostics[DIAG_COUNT] = {{"", CEF_OK, ""},
#define CEF_DIAG_ROW(name, code, status, text) {code, status, text},
                             CEF_DIAGNOSTICS(CEF_DIAG_ROW)
#undef CEF_DIAG_ROW
};

const char *diag_code(cef_diag diag) { return diagnostics[diag].code; }

cef_status diag_status(cef_diag diag) { return diagnostics[diag].status; }

const char *diag_explain(const char *code)
{
    for (int k = 1; code && k < DIAG_COUNT; k++)
        if (strcmp(diagnostics[k].code, code) == 0)
            return diagnostics[k].text;
    return NULL;
}

const char *diag_code_at(int32_t k) { return k >= 0 && k < DIAG_COUNT - 1 ? diagnostics[k + 1].code : NULL; }

static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = from ? strlen(from) : 0;
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char) from[n] & 0xC0) == 0x80) /* never cut inside a UTF-8 character */
            n--;
    }
    memcpy(to, from ? from : "", n);
    memset(to + n, 0, size - n);
}

cef_status error_set(cef_error *error, cef_diag diag, cef_where where, const char *message)
{
    const cef_status status = diagnostics[diag].status;
    if (!error || error->struct_size == 0)
        return status;
    cef_error own = {.struct_size = error->struct_size,
                     .id = where.id,
                     .value = where.value,
                     .status = status,
                     .element = where.element,
                     .index = where.index,
                     .period = -1,
                     .line = where.line};
    copy_text(own.code, sizeof own.code, diagnostics[diag].code);
    copy_text(own.name, sizeof own.name, where.name);
    copy_text(own.message, sizeof own.message, message);
    struct_write(error, &own, sizeof own);
    return status;
}

/* Every struct of the ABI begins with a size_t, so its size is a multiple of one, and none will ever reach a page: what
 * is neither was never set, and half a pointer or memory behind the struct must not be read for it. */
static bool is_struct_size(size_t size) { return size % sizeof(size_t) == 0 && size <= 4096; }

cef_status struct_read(void *own, size_t own_size, const void *theirs, size_t min_size, const char *what,
                       cef_error *error)
{
    if (!theirs)
        return error_format(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "%s is NULL", what);
    size_t size = 0;
    memcpy(&size, theirs, sizeof size);
    if (size < min_size)
        return error_format(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                            "%s.struct_size is %d, at least %d is needed: set it to sizeof the struct", what,
                            (int64_t) size, (int64_t) min_size);
    if (!is_struct_size(size))
        return error_format(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                            "%s.struct_size is %d, the size of this struct in no version: set it to sizeof the struct",
                            what, (int64_t) size);
    const unsigned char *bytes = theirs;
    for (size_t k = own_size; k < size; k++)
        if (bytes[k] != 0)
            return error_format(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                                "%s has %d bytes and asks for what this libcef does not know (byte %d is not 0)", what,
                                (int64_t) size, (int64_t) k);
    memset(own, 0, own_size);
    memcpy(own, theirs, size < own_size ? size : own_size);
    return CEF_OK;
}

void struct_write(void *theirs, const void *own, size_t own_size)
{
    size_t size = 0;
    memcpy(&size, theirs, sizeof size);
    if (size > own_size)
        size = own_size;
    if (size > sizeof size)
        memcpy((char *) theirs + sizeof size, (const char *) own + sizeof size, size - sizeof size);
}
