/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of bench_meter share. */
#ifndef CEF_BENCHES_METER_BENCH_H
#define CEF_BENCHES_METER_BENCH_H

#include "tools.h"

/* Every case of the folder: rounds and messages to exactness, and what plain relaxation reaches. Goes on writing the
 * open JSON object; json may be NULL. */
void bench_meter_cases(FILE *json, const char *folder);

#endif /* CEF_BENCHES_METER_BENCH_H */
