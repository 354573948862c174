/* SPDX-License-Identifier: Apache-2.0 */
/* Inside SHA-256: the processor's own instructions, in a file that CMake chooses. */
#ifndef CEF_IO_SHA256_H
#define CEF_IO_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const uint32_t sha256_constant[64];
bool sha256_has_instructions(void);
void sha256_blocks_by_instruction(uint32_t state[8], const uint8_t *data, size_t n_blocks);

#endif /* CEF_IO_SHA256_H */
