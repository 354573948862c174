#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums the reports of a test run and judges them.

usage: sum_tests.py [--minimum FILE] [--store] CONFIGURATION=FOLDER...

FOLDER holds reports/*.tap (written by run_test.py) and, if ctest ran there, junit.xml. Fails when a case failed, when ctest
says that a program failed or did not run and its report does not tell, when a configuration ran fewer cases than FILE says,
or when LIBCEF_CASES names a folder and a case test skipped. --store writes what ran into FILE instead of comparing.
The last line printed is `N passed, N failed, N skipped`.
"""
import argparse
import glob
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

VERDICTS = ("ok", "not ok", "skip")
# A case test has `case_` at the start of one word of its name, or was declared with it: golden_case_x, io/s::case_14.
CASE_TEST = re.compile(r"(^|[^A-Za-z0-9])case_")


def read_reports(folder):
    """{verdict: [case name]} of all reports below folder."""
    cases = {verdict: [] for verdict in VERDICTS}
    for path in sorted(glob.glob(os.path.join(folder, "reports", "*.tap"))):
        with open(path, encoding="utf-8") as file:
            for line in file:
                verdict = next((v for v in VERDICTS if line.startswith(v + " ")), None)
                if verdict is None:
                    cases["not ok"].append(f"{os.path.basename(path)}: not a report line: {line.strip()!r}")
                else:
                    cases[verdict].append(line[len(verdict) + 1:].strip())
    return cases


def ctest_failures(folder, cases):
    """Programs that ctest calls failed or not run although their report shows no failure, or which have no report."""
    path = os.path.join(folder, "junit.xml")
    if not os.path.exists(path):
        return ["junit.xml is missing: ctest did not run to its end"] if not os.path.basename(folder) == "checks" else []
    reported = {name.split("/", 1)[0] for verdict in VERDICTS for name in cases[verdict]}
    told = {name.split("/", 1)[0] for name in cases["not ok"]}
    failures = []
    for test in ElementTree.parse(path).getroot().iter("testcase"):
        name, status = test.get("name"), test.get("status")
        if status != "run" and name not in told:
            failures.append(f"{name}: ctest status {status}")
        elif name not in reported:
            failures.append(f"{name}: no report")
    return failures


def read_minimum(path):
    minimum = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split("#", 1)[0].split()
            if words:
                minimum[words[0]] = int(words[1])
    return minimum


def store_minimum(path, counted):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: Apache-2.0\n"
                   "# Cases that each configuration of `./bootstrap.sh test` runs at least. After adding tests:\n"
                   "# tests/tools/sum_tests.py --minimum tests/minimum_tests.txt --store checks=build/checks release=build/release ...\n")
        for configuration, count in counted.items():
            file.write(f"{configuration} {count}\n")


def too_few(minimum, counted):
    failures = []
    for configuration, count in counted.items():
        if configuration not in minimum:
            failures.append(f"{configuration}: no stored minimum")
        elif count < minimum[configuration]:
            failures.append(f"{configuration}: {count} cases ran, at least {minimum[configuration]} must")
    failures += [f"{configuration}: did not run" for configuration in minimum if configuration not in counted]
    return failures


def judge(configurations, with_cases):
    """(totals {verdict: [name]}, {configuration: cases that ran}); case skips become failures where cases are there."""
    totals, counted = {verdict: [] for verdict in VERDICTS}, {}
    for configuration, folder in configurations:
        cases = read_reports(folder)
        cases["not ok"] += ctest_failures(folder, cases)
        case_skips = [name for name in cases["skip"] if CASE_TEST.search(name)]
        counted[configuration] = len(cases["ok"]) + len(cases["not ok"]) + len(case_skips)
        if with_cases:
            cases["skip"] = [name for name in cases["skip"] if name not in case_skips]
            cases["not ok"] += [f"{name} (skipped although LIBCEF_CASES is set)" for name in case_skips]
        for verdict in VERDICTS:
            totals[verdict] += [f"{configuration}: {name}" for name in cases[verdict]]
        print(f"{configuration}: {len(cases['ok'])} passed, {len(cases['not ok'])} failed, {len(cases['skip'])} skipped")
    return totals, counted


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minimum")
    parser.add_argument("--store", action="store_true")
    parser.add_argument("configuration", nargs="+")
    options = parser.parse_args(arguments)
    configurations = [tuple(item.split("=", 1)) for item in options.configuration]
    totals, counted = judge(configurations, with_cases=os.path.isdir(os.environ.get("LIBCEF_CASES", "")))
    if options.minimum and options.store:
        store_minimum(options.minimum, counted)
    elif options.minimum:
        totals["not ok"] += too_few(read_minimum(options.minimum), counted) if os.path.exists(options.minimum) else \
            [f"{options.minimum}: there is no stored minimum"]
    for name in totals["skip"]:
        print(f"skipped: {name}")
    for name in totals["not ok"]:
        print(f"FAILED: {name}")
    print(", ".join(f"{len(totals[verdict])} {word}" for verdict, word in zip(VERDICTS, ("passed", "failed", "skipped"))))
    return 1 if totals["not ok"] or not totals["ok"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
