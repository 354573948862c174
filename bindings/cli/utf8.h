/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CEF_CLI_UTF8_H
#define CEF_CLI_UTF8_H

/* Bytes of the UTF-8 character at text, 0 if there is none: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
int utf8_length(const unsigned char *text);

#endif /* CEF_CLI_UTF8_H */
