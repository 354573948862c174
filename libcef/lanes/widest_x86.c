/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64: asks the processor (and the system, which must save the wide registers). */
#include "lanes/lanes.h"

int32_t lanes_widest(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        return LANES_AVX512;
    return __builtin_cpu_supports("avx2") ? LANES_AVX2 : LANES_PORTABLE;
}
