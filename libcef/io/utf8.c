/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a whole file before it is parsed: every byte after it is known to be UTF-8 (RFC 3629) and not NUL. */
#include "io/fields.h"

/* Bytes of the character at s, 0 if it is not UTF-8. */
static size_t character_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return s[0] != 0;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    const size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (n > left)
        return 0;
    for (size_t k = 1; k < n; k++)
        if ((s[k] & 0xC0) != 0x80)
            return 0;
    const bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    const bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || outside ? 0 : n;
}

bool text_is_utf8(const char *text, size_t length, int32_t *line)
{
    *line = 1;
    for (size_t k = 0; k < length;) {
        const size_t n = character_length((const unsigned char *) text + k, length - k);
        if (n == 0)
            return false;
        *line += text[k] == '\n' && *line < INT32_MAX;
        k += n;
    }
    return true;
}
