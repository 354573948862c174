/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of room io share. */
#ifndef CEF_TESTS_IO_TEST_H
#define CEF_TESTS_IO_TEST_H

#include <cef/case.h>
#include <cef/cef.h>

/* A case of two buses: bus 1 generates 60, the line takes 60 and gives 58, bus 2 takes 50 + 5 x 1.2^2 (7.2) + .8. */
#define M_HEAD "function mpc = two\nmpc.version = '2';\nmpc.baseMVA = 100;\n"
#define M_BUS                                                                                                          \
    "mpc.bus = [\n"                                                                                                    \
    "\t1\t3\t0\t0\t0\t0\t1\t1\t0\t110\t1\t1.1\t0.9;\n"                                                                 \
    "\t2\t1\t50\t10\t5\t0\t7\t1.2\t0\t110\t1\t1.1\t0.9;\n"                                                             \
    "];\n"
#define M_GEN "mpc.gen = [\n\t1\t60\t0\tInf\t-Inf\t1\t100\t1\t80\t0;\n];\n"
#define M_BRANCH "mpc.branch = [\n\t1\t2\t0.01\t0.1\t0\t0\t0\t0\t0\t0\t1\t-360\t360\t60\t5\t-57.2\t-4;\n];\n"
#define M_CASE M_HEAD M_BUS M_GEN M_BRANCH

cef_context *io_context(void);
cef_case *io_read(cef_context *ctx, const char *text); /* a .m that must be right */
/* A .m that must be refused with this code at this line (0: any). */
void io_refused(const char *text, const char *code, int line);
cef_snapshot io_snapshot(const cef_case *c);
cef_case_info io_info(const cef_case *c);
cef_network_data io_network(const cef_case *c);

#endif /* CEF_TESTS_IO_TEST_H */
