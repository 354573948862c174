#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the two shared libraries show to the world, against the stored lists and the headers.

usage: check_symbols.py LIBCEF_SO LIBCEF_IO_SO LIBCEF_A LIBCEF_IO_A SOURCE_DIR
"""
import glob
import os
import re
import subprocess
import sys

LIBRARIES = {"libcef": sys.argv[1], "libcef_io": sys.argv[2]}
ARCHIVES = sys.argv[3:5]
SOURCE = sys.argv[5]
HERE = os.path.dirname(os.path.abspath(__file__))
# What a library may need at run time, and no other.
NEEDED = {"libcef": r"lib(c|m|amd|klu|suitesparseconfig|openblas|blas|gcc_s)\.so", "libcef_io": r"lib(c|m|cef|yaml(-0)?)[.-]"}
failed = 0


def check(name, problems):
    global failed
    failed += bool(problems)
    for problem in problems:
        print(f"  {problem}")
    print(f"{'not ok' if problems else 'ok'} {name}")


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()


def without_comments(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)


def exported(path):
    """[(symbol, version)] that a dynamic linker sees."""
    symbols = []
    for line in output("nm", "-D", "--defined-only", "--with-symbol-versions", path).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":
            symbols.append(tuple((name + "@@").replace("@@@@", "@@").split("@@")[:2]))
    return symbols


def archived(path):
    """Names that an archive defines for the programs linked to it."""
    lines = output("nm", "--defined-only", "-g", path).splitlines()
    return {line.split()[-1] for line in lines if len(line.split()) == 3}


def declared():
    """{library: {function}} of the public headers."""
    functions = {"libcef": set(), "libcef_io": set()}
    folder = os.path.join(SOURCE, "include", "cef")
    for header in os.listdir(folder):
        library = "libcef_io" if header == "case.h" else "libcef"
        functions[library].update(re.findall(r"CEF_API\b[^;]*?\b(cef_\w+)\(", without_comments(os.path.join(folder, header))))
    return functions


def differences(got, want, what):
    return [f"{name}: {what}" for name in sorted(got - want)] + [f"{name}: missing" for name in sorted(want - got)]


def main():
    nulls = ""
    for path in sorted(glob.glob(os.path.join(HERE, "nulls*.c"))):
        with open(path, encoding="utf-8") as file:
            nulls += file.read()
    headers = declared()
    check("the archives share no name", sorted(archived(ARCHIVES[0]) & archived(ARCHIVES[1])))
    for library, path in LIBRARIES.items():
        with open(os.path.join(HERE, f"symbols-{library}.txt"), encoding="utf-8") as file:
            stored = set(file.read().split())
        shown = exported(path)
        check(f"{library} exports the stored list", differences({name for name, _ in shown}, stored, "not in the list"))
        node = {"libcef": "LIBCEF_0", "libcef_io": "LIBCEF_IO_0"}[library]
        check(f"{library} versions its symbols", [f"{name}@{version}" for name, version in shown if version != node])
        check(f"{library} list is what the headers declare", differences(stored, headers[library], "not in a header"))
        check(f"{library} functions are all called with NULL",
              [name for name in sorted(stored) if not re.search(rf"\b{name}\(", nulls)])
        dynamic = output("readelf", "-d", path)
        soname = re.search(r"\(SONAME\).*\[(.*)\]", dynamic)
        check(f"{library} SONAME", [] if soname and soname.group(1) == f"{library}.so.0" else [f"SONAME {soname}"])
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
        check(f"{library} needs only what is agreed", [n for n in needed if not re.match(NEEDED[library], n)])
        check(f"{library} has no text relocations or executable stack",
              [line for line in dynamic.splitlines() if "TEXTREL" in line] +
              [line for line in output("readelf", "-lW", path).splitlines() if "GNU_STACK" in line and "RWE" in line])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
