/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, one character at a time. */
#include "utf8.h"

#include <stdbool.h>

int utf8_length(const unsigned char *text)
{
    const unsigned char first = text[0];
    const int n = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : 4;
    if (n == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (int k = 1; k < n; k++)
        if ((text[k] & 0xc0) != 0x80)
            return 0;
    const bool wrong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
                       (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f);
    return wrong ? 0 : n;
}
