/* SPDX-License-Identifier: Apache-2.0 */
/* Every public struct is laid out as published: offsets and sizes against the stored numbers of layouts.inc, fields
 * that touch each other (no hidden padding), 8-byte aligned, struct_size first. And every published constant keeps its
 * number. */
#include <cef/case.h>
#include <cef/cef.h>
#include <criterion/criterion.h>

typedef struct {
    const char *name;
    size_t offset, size;               /* as compiled */
    size_t stored_offset, stored_size; /* as published */
} field;

static void check_layout(const char *name, size_t size, size_t stored_size, const field *fields, size_t n)
{
    cr_assert(size == stored_size, "sizeof %s is %zu, published %zu", name, size, stored_size);
    cr_assert(size % 8 == 0, "%s is not a multiple of 8 bytes", name);
    size_t end = 0;
    for (size_t k = 0; k < n; k++) {
        cr_assert(fields[k].offset == fields[k].stored_offset && fields[k].size == fields[k].stored_size,
                  "%s.%s is at %zu with %zu bytes, published %zu with %zu", name, fields[k].name, fields[k].offset,
                  fields[k].size, fields[k].stored_offset, fields[k].stored_size);
        cr_assert(fields[k].offset == end, "%zu hidden bytes before %s.%s", fields[k].offset - end, name,
                  fields[k].name);
        end += fields[k].size;
    }
    cr_assert(end == size, "%s has %zu bytes after its last listed field", name, size - end);
}

#define FIELD(type, field, offset, size)                                                                               \
    {                                                                                                                  \
#field, offsetof(type, field), sizeof(((type *) 0)->field), offset, size                                       \
    }
#define LAYOUT(type, size, ...)                                                                                        \
    Test(layout, type)                                                                                                 \
    {                                                                                                                  \
        static const field fields[] = {__VA_ARGS__};                                                                   \
        check_layout(#type, sizeof(type), size, fields, sizeof fields / sizeof *fields);                               \
    }
#include "layouts.inc"

typedef struct {
    const char *name;
    int64_t value, stored;
} constant;

#define CONSTANT(name, stored)                                                                                         \
    {                                                                                                                  \
#name, name, stored                                                                                            \
    }

Test(layout, constants)
{
    static const constant constants[] = {
#include "constants.inc"
    };
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++)
        cr_assert(constants[k].value == constants[k].stored, "%s is %lld, published %lld", constants[k].name,
                  (long long) constants[k].value, (long long) constants[k].stored);
}

Test(layout, widths)
{
    cr_assert(sizeof(cef_status) == 4 && sizeof(cef_index) == 4 && sizeof(cef_id) == 8 && sizeof(cef_element) == 4 &&
              sizeof(cef_log_level) == 4);
    cr_assert((cef_status) -1 < 0 && (cef_index) -1 < 0 && (cef_id) -1 < 0, "these integers are signed");
}
