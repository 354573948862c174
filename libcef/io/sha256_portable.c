/* SPDX-License-Identifier: Apache-2.0 */
/* Where libcef knows no SHA instructions. */
#include "io/sha256.h"

bool sha256_has_instructions(void) { return false; }

void sha256_blocks_by_instruction(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
    (void) state, (void) data, (void) n_blocks; /* never called */
}
