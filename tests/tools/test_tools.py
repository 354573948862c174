#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judges judged: each rule of run_test.py, sum_tests.py and check_architecture.py is broken once and must be noticed."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURE = os.path.join(HERE, "..", "architecture", "check_architecture.py")


def run(*command, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "LIBCEF_CASES"}
    done = subprocess.run([sys.executable, *command], env={**kept, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode()


def write(folder, path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="libcef-tools-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name


class RunTest(Scratch):
    def report(self, kind, program):
        path = os.path.join(self.folder, "t.tap")
        code, _ = run(os.path.join(HERE, "run_test.py"), kind, "t", path, "--", sys.executable, "-c", program)
        with open(path, encoding="utf-8") as file:
            return code, file.read().splitlines()

    def test_tap_lines(self):
        code, lines = self.report("tap", "print('1..3\\nok a\\nok 2 - b # SKIP none\\nskip c: why\\nnot ok d')")
        self.assertEqual((code, lines), (1, ["ok t/a", "skip t/b: none", "skip t/c: why", "not ok t/d"]))

    def test_last_line_with_counts(self):
        code, lines = self.report("tap", "print('hello\\n2 passed, 0 failed, 1 skipped')")
        self.assertEqual((code, lines), (0, ["ok t/case 1", "ok t/case 2", "skip t/case 1"]))

    def test_exit_status_counts_though_all_cases_passed(self):
        code, lines = self.report("tap", "print('ok a'); raise SystemExit(3)")
        self.assertEqual((code, lines), (1, ["ok t/a", "not ok t/exit status 3 of the program"]))

    def test_nothing_reported_is_a_failure(self):
        self.assertEqual(self.report("tap", "pass"), (1, ["not ok t/nothing was reported"]))

    def test_exit_kind(self):
        self.assertEqual(self.report("exit", "pass"), (0, ["ok t/exit status"]))
        self.assertEqual(self.report("exit", "raise SystemExit(1)"), (1, ["not ok t/exit status"]))

    def test_unittest_kind(self):
        program = ("import unittest\nclass C(unittest.TestCase):\n  def test_a(self): 'doc line'\n"
                   "  def test_b(self): self.skipTest('no numpy')\n  def test_c(self): self.fail()\n"
                   "unittest.main(argv=['x', '-v'])")
        code, lines = self.report("unittest", program)
        self.assertEqual(code, 1)
        self.assertEqual([line.split(" t/")[0] for line in lines], ["ok", "skip", "not ok"])
        self.assertIn("C.test_a", lines[0])
        self.assertIn("no numpy", lines[1])


class SumTests(Scratch):
    def sum(self, reports, *options, junit="<testsuite/>", **environment):
        write(self.folder, "dev/reports/t.tap", reports)
        if junit:
            write(self.folder, "dev/junit.xml", junit)
        code, text = run(os.path.join(HERE, "sum_tests.py"), *options, f"dev={self.folder}/dev", **environment)
        return code, text, text.splitlines()[-1]

    def minimum(self, text):
        write(self.folder, "minimum.txt", text)
        return "--minimum", os.path.join(self.folder, "minimum.txt")

    def test_last_line(self):
        self.assertEqual(self.sum("ok t/a\nskip t/b: no\n")[0::2], (0, "1 passed, 0 failed, 1 skipped"))

    def test_failure_is_named(self):
        code, text, last = self.sum("ok t/a\nnot ok t/b\n")
        self.assertEqual((code, last), (1, "1 passed, 1 failed, 0 skipped"))
        self.assertIn("FAILED: dev: t/b", text)

    def test_nothing_ran(self):
        self.assertEqual(self.sum("")[0], 1)

    def test_fewer_than_the_minimum(self):
        self.assertEqual(self.sum("ok t/a\n", *self.minimum("dev 1\n"))[0], 0)
        self.assertEqual(self.sum("ok t/a\n", *self.minimum("dev 2\n"))[0::2], (1, "1 passed, 1 failed, 0 skipped"))
        self.assertEqual(self.sum("ok t/a\nskip t/b\n", *self.minimum("dev 2\n"))[0], 1)
        self.assertEqual(self.sum("ok t/a\n", *self.minimum("dev 1\nasan 1\n"))[0], 1)
        self.assertEqual(self.sum("ok t/a\n", *self.minimum("other 1\n"))[0], 1)
        self.assertEqual(self.sum("ok t/a\n", "--minimum", os.path.join(self.folder, "none"))[0::2],
                         (1, "1 passed, 1 failed, 0 skipped"))

    def test_case_tests_may_skip_only_without_cases(self):
        reports, minimum = "ok t/a\nskip t/s::case_14: LIBCEF_CASES is not set\n", self.minimum("dev 2\n")
        self.assertEqual(self.sum(reports, *minimum)[0], 0)
        code, _, last = self.sum(reports, *minimum, LIBCEF_CASES=self.folder)
        self.assertEqual((code, last), (1, "1 passed, 1 failed, 0 skipped"))

    def test_program_that_did_not_run(self):
        junit = '<testsuite><testcase name="gone" status="notrun"/><testcase name="t" status="run"/></testsuite>'
        code, text, _ = self.sum("ok t/a\n", junit=junit)
        self.assertEqual(code, 1)
        self.assertIn("gone", text)

    def test_program_without_a_report(self):
        self.assertEqual(self.sum("ok t/a\n", junit='<testsuite><testcase name="u" status="run"/></testsuite>')[0], 1)

    def test_ctest_did_not_finish(self):
        self.assertEqual(self.sum("ok t/a\n", junit=None)[0], 1)

    def test_store(self):
        self.sum("ok t/a\nok t/b\n", *self.minimum(""), "--store")
        self.assertEqual(self.sum("ok t/a\n", "--minimum", os.path.join(self.folder, "minimum.txt"))[0], 1)


class Architecture(Scratch):
    HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"

    def problems(self, path, text):
        """Names of the rules that a tree with one more file breaks."""
        def broken():
            code, text = run(ARCHITECTURE, self.folder)
            lines = {line for line in text.splitlines() if line.startswith("not ok")}
            self.assertEqual(code, 1 if lines else 0)
            return lines
        for k in range(11):
            write(self.folder, f"libcef/base/file{k}.c", self.HEAD)
        before = broken()
        write(self.folder, path, self.HEAD + text)
        return broken() - before

    def test_each_rule(self):
        long_function = "int f(void)\n{\n" + "    work();\n" * 60 + "}\n"
        for path, text, word in (
                ("libcef/network/a.c", '#include "flow/flow.h"\n', "rooms below"),
                ("libcef/flow/a.c", '#include "network/graph.h"\n', "rooms below"),
                ("libcef/io/a.c", '#include "network/network.h"\n', "rooms below"),
                ("libcef/flow/a.c", "#include <cef/case.h>\n", "rooms below"),
                ("libcef/run/a.c", 'void f(void) { printf("x"); }\n', "prints"),
                ("libcef/io/a.c", "double f(char *s) { return strtod(s, 0); }\n", "locale"),
                ("libcef/run/a.c", "void f(void) { abort(); }\n", "ends the host"),
                ("libcef/run/a.c", "void *f(void) { return malloc(3); }\n", "allocates"),
                ("libcef/io/a.c", "void f(void) { errno = 0; }\n", "errno"),
                ("libcef/io/file.c", "void f(void) { errno = 0; }\n", "errno"),
                ("libcef/run/a.c", "static int counter;\n", "mutable state"),
                ("libcef/run/a.c", "static const char *name = 0;\n", "mutable state"),
                ("libcef/run/a.c", "void f(void)\n{\n    static double last[4];\n}\n", "mutable state"),
                ("libcef/run/a.c", "int global = 3;\n", "mutable state"),
                ("libcef/solve/a.c", "#include <cblas.h>\n", "AMD and BLAS"),
                ("bindings/cli/a.c", '#include "base/base.h"\n', "public headers only"),
                ("include/cef/a.h", "#include <stdio.h>\n", "public headers include"),
                ("libcef/run/a.c", long_function, "60 lines"),
                ("libcef/run/a.c", "int a(void);\n" * 400, "60 lines")):
            with self.subTest(path=path, text=text[:40]):
                found = self.problems(path, text)
                self.assertTrue(len(found) == 1 and word in next(iter(found)), found)
            os.remove(os.path.join(self.folder, path))

    def test_licence(self):
        write(self.folder, "libcef/base/bare.c", "int a;\n" * 4)
        _, text = run(ARCHITECTURE, self.folder)
        self.assertIn("libcef/base/bare.c", text)

    def test_harmless_code(self):
        text = ('#include "base/base.h"\n#include <math.h>\n/* printf("x"); static int y; */\n'
                'static const int table[2] = {1, 2};\nstatic const char *const names[] = {"abort()"};\n'
                "static int helper(int a) { return a; }\nstatic inline double twice(double x) { return 2 * x; }\n")
        self.assertEqual(self.problems("libcef/run/a.c", text), set())


if __name__ == "__main__":
    unittest.main()
