/* SPDX-License-Identifier: Apache-2.0 */
/* The extremes of a large table: rows by what they are ranked for, equal ones in case order. */
#ifndef CEF_CLI_RANK_H
#define CEF_CLI_RANK_H

#include <stddef.h>

#include <cef/status.h>

typedef struct {
    double value;
    cef_index row;
} ranked;

void rank_highest_first(ranked *rows, size_t n);

#endif /* CEF_CLI_RANK_H */
