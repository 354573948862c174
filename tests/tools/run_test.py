#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one test program and writes what it reported as TAP lines, one for each case.

usage: run_test.py criterion|tap|unittest|exit NAME REPORT -- COMMAND...

Exits 1 if the program failed, a case failed, or nothing was reported: a test that ran nothing has proved nothing.
"""
import os
import re
import subprocess
import sys

SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
TAP_LINE = re.compile(r"^(ok|not ok|skip)\b(?:\s+\d+)?(?:\s*-)?\s+(.*?)\s*$")
SKIP_MARK = re.compile(r"^(.*?)\s*#\s*SKIP\b\s*(.*)$", re.IGNORECASE)
TIME_MARK = re.compile(r"\s*\(\d+\.\d+s\)$")
UNITTEST_LINE = re.compile(r"^(test\w*) \(([\w.]+)\).*? \.\.\. (ok|FAIL|ERROR|expected failure|unexpected success|skipped.*)$")


def tap_cases(text):
    """[(verdict, name)] of TAP lines; the verdict is ok, not ok or skip."""
    cases = []
    for line in text.splitlines():
        match = TAP_LINE.match(line)
        if not match:
            continue
        verdict, name = match.groups()
        skipped = SKIP_MARK.match(name)
        if verdict == "ok" and skipped:
            verdict, name = "skip", ": ".join(part for part in skipped.groups() if part)
        cases.append((verdict, TIME_MARK.sub("", name)))
    return cases


def summed_cases(text):
    """Cases of a program that prints only its last line `N passed, N failed, N skipped`."""
    lines = text.strip().splitlines()
    match = SUMMARY.match(lines[-1].strip()) if lines else None
    if not match:
        return []
    counts = [int(count) for count in match.groups()]
    return [(verdict, f"case {k + 1}") for verdict, n in zip(("ok", "not ok", "skip"), counts) for k in range(n)]


def unittest_cases(text):
    cases = []
    # A docstring puts the verdict on the line after the test's name.
    for line in re.sub(r"^(test\w* \([\w.]+\))\n(.* \.\.\. )", r"\1 \2", text, flags=re.MULTILINE).splitlines():
        match = UNITTEST_LINE.match(line)
        if not match:
            continue
        method, place, verdict = match.groups()
        name = place if place.endswith("." + method) else f"{place}.{method}"
        if verdict.startswith("skipped"):
            cases.append(("skip", f"{name}: {verdict[8:]}"))
        else:
            cases.append(("ok" if verdict in ("ok", "expected failure") else "not ok", name))
    return cases


def run(kind, report, command):
    """Runs the command; returns its exit code and what it reported."""
    environment = dict(os.environ)
    options = environment.get("ASAN_OPTIONS", "")
    if kind == "criterion":
        # Criterion forks; leaks are checked by the plain tests, whose exit code shows them.
        environment["ASAN_OPTIONS"] = (options + ":" if options else "") + "detect_leaks=0"
        command = command + ["-j1", "--color=never", f"--tap={report}"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode("utf-8", "replace")
    sys.stdout.write(output)
    if kind == "criterion":
        with open(report, encoding="utf-8", errors="replace") as file:
            return done.returncode, tap_cases(file.read())
    if kind == "unittest":
        return done.returncode, unittest_cases(output)
    if kind == "exit":
        return done.returncode, [("ok" if done.returncode == 0 else "not ok", "exit status")]
    return done.returncode, tap_cases(output) or summed_cases(output)


def main(arguments):
    kind, name, report = arguments[:3]
    command = arguments[4:]
    os.makedirs(os.path.dirname(report), exist_ok=True)
    with open(report, "w", encoding="utf-8"):
        pass
    code, cases = run(kind, report, command)
    failed = any(verdict == "not ok" for verdict, _ in cases)
    if code != 0 and not failed:
        cases.append(("not ok", f"exit status {code} of the program"))
    if not cases:
        cases.append(("not ok", "nothing was reported"))
    with open(report, "w", encoding="utf-8") as file:
        for verdict, case in cases:
            file.write(f"{verdict} {name}/{case}\n")
    bad = [case for verdict, case in cases if verdict == "not ok"]
    for case in bad:
        print(f"not ok: {name}/{case}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
