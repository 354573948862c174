/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the process, whoever asks: link the object library process_malloc. */
#ifndef CEF_TEST_PROCESS_MALLOC_H
#define CEF_TEST_PROCESS_MALLOC_H

#include <stdbool.h>

long process_allocations(void); /* so far, from all threads */
bool process_counts(void);      /* false: sanitizers have their own malloc, and nothing is counted */

/* A line of the report; 0 if it holds, else 1. */
int verdict(const char *name, bool holds);

#endif /* CEF_TEST_PROCESS_MALLOC_H */
