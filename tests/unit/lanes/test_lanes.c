/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: in every instruction set that this machine runs, and in the plain C of other processors, an operation on
 * eight lanes is the loop over eight numbers, infinities, NaN, both zeros and the smallest numbers included, and
 * touches no memory outside its lanes. */
#include <criterion/criterion.h>

#include "lanes/lanes.h"
#include "lanes_checks.h"

static void expect_right(const char *wrong) { cr_assert(!wrong, "%s", wrong); }

static void expect_at(int32_t width, const char *(*checks)(void) )
{
    if (lanes_widest() < width)
        cr_skip_test("this machine does not run it");
    expect_right(checks());
}

Test(lanes, plain) { expect_right(lanes_checks_plain()); }

Test(lanes, portable) { expect_right(lanes_checks_portable()); }

Test(lanes, avx2) { expect_at(LANES_AVX2, lanes_checks_avx2); }

Test(lanes, avx512) { expect_at(LANES_AVX512, lanes_checks_avx512); }
