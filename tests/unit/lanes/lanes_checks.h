/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of room lanes against the loop over eight numbers that it stands for, in one instruction set. */
#ifndef CEF_TESTS_LANES_CHECKS_H
#define CEF_TESTS_LANES_CHECKS_H

/* NULL, or the operation that is wrong. plain: what other processors run, here without SSE2. */
const char *lanes_checks_plain(void);
const char *lanes_checks_portable(void);
const char *lanes_checks_avx2(void);
const char *lanes_checks_avx512(void);

#endif /* CEF_TESTS_LANES_CHECKS_H */
