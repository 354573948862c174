#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a compiler does not see (docs/design.md), read from the sources as text.

usage: check_architecture.py SOURCE_DIR

Floors: a room includes only rooms before it, by their door. Nothing in libcef prints, aborts, follows the locale, sets errno
or keeps mutable state between calls. Only room sparse names AMD and BLAS. The command uses the public headers only. Every
file names its licence. Functions stay within 60 lines and files within 400, or stand in allowed.txt with a reason.
"""
import os
import re
import sys

SOURCE = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
FLOORS = ["base", "lanes", "sparse", "network", "powerflow", "flow", "order", "solve", "result", "storage", "run", "batch",
          "meter", "generate", "io", "api"]
INNER_DOORS = {"base/diagnostics.h": "base", "io/case_data.h": "io"}  # headers shared inside one room, by room
IO_ONLY_HEADER = "cef/case.h"
MAX_FUNCTION, MAX_FILE = 60, 400
CODE = (".c", ".h", ".py", ".sh", ".cmake", ".txt", ".in", ".inc")

BANNED = {
    "prints": r"(?:f|d|v|vf|vd)?printf|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal",
    "formats with the locale": r"v?snprintf|v?sprintf|v?asprintf|strto(?:d|f|ld)|ato[fil]|atoll|v?s?f?scanf|setlocale|localeconv"
                               r"|is(?:alpha|digit|space|alnum|upper|lower|print|punct)|to(?:upper|lower)|strcoll|strcasecmp",
    "ends the host": r"abort|exit|_exit|_Exit|quick_exit|raise|kill|longjmp",
    "changes the host": r"signal|sigaction|atexit|feenableexcept|fesetround|fesetenv|fedisableexcept|openblas_set_num_threads"
                        r"|srand|rand|random|strtok|putenv|setenv|system|popen|fork",
    "allocates beside the context": r"malloc|calloc|realloc|strdup|strndup|posix_memalign|aligned_alloc|free|alloca",
}
ERRNO_READERS = re.compile(r"libcef/io/\w+\.c$")  # may read errno of the system calls they make
NUMERIC_LIBRARIES = re.compile(r"\b(amd_\w+|cblas_\w+|dgemm_?|klu_\w+|btf_\w+|openblas_\w+)\b|<(?:amd|cblas|klu|btf|umfpack|cholmod)\.h>")
failed = 0


def check(name, problems):
    global failed
    failed += bool(problems)
    for problem in problems:
        print(f"  {problem}")
    print(f"{'not ok' if problems else 'ok'} {name}")


# ---- reading ----

def files_below(*folders, endings=(".c", ".h")):
    """Paths relative to the source folder, sorted."""
    found = []
    for folder in folders:
        for place, inner, names in os.walk(os.path.join(SOURCE, folder)):
            inner[:] = [name for name in inner if name not in ("build", "__pycache__") and not name.startswith(".")]
            found += [os.path.relpath(os.path.join(place, name), SOURCE) for name in names if name.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def blank(match):
    """A comment or a literal becomes spaces: positions and line numbers stay."""
    text = match.group(0)
    quote = text[0] if text[0] in "\"'" else ""
    return quote + re.sub(r"[^\n]", " ", text[1:-1] if quote else text) + quote


def code_only(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.DOTALL)


def includes(text):
    """[(line number, header)], the includes of comments left out."""
    lines = re.sub(r"/\*.*?\*/", blank, text, flags=re.DOTALL).splitlines()
    matches = [(k + 1, re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)) for k, line in enumerate(lines)]
    return [(k, match.group(1)) for k, match in matches if match]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Allowed:
    """allowed.txt: {(rule, place): reason}; remembers which were needed."""

    def __init__(self, path):
        self.reasons, self.used, self.malformed = {}, set(), []
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.strip() or line.startswith("#"):
                    continue
                match = re.match(r"(\S+) (\S+): (.{10,})$", line.rstrip())
                if match:
                    self.reasons[match.group(1), match.group(2)] = match.group(3)
                else:
                    self.malformed.append(f"allowed.txt: not `RULE PLACE: reason`: {line.strip()}")

    def __call__(self, rule, place):
        if (rule, place) in self.reasons:
            self.used.add((rule, place))
            return True
        return False

    def problems(self):
        return self.malformed + [f"{rule} {place} is allowed but not needed" for rule, place in self.reasons
                                 if (rule, place) not in self.used]


# ---- the rules ----

def floor_problem(room, path, header):
    """Why a file of `room` may not include `header`, or None."""
    own = os.path.basename(header) if "/" not in header else None
    if own:  # "file.h" beside this one, or a system header such as <math.h>
        return None
    if header in INNER_DOORS:
        return None if INNER_DOORS[header] == room else f"{header} is for room {INNER_DOORS[header]} only"
    other, _, rest = header.partition("/")
    if other == "cef":
        if header == IO_ONLY_HEADER and room not in ("io",):
            return f"{header} belongs to the library libcef_io"
        return None
    if other not in FLOORS:
        return None if not os.path.isdir(os.path.join(SOURCE, "libcef", other)) else f"{other} is no known room"
    if other == room:
        return None
    if FLOORS.index(other) > FLOORS.index(room):
        return f"room {room} includes {other}, which is above it"
    return None if rest == f"{other}.h" else f"{header} is not the door of room {other}"


def check_floors(sources, allowed):
    problems = []
    for path in sources:
        room = path.split("/")[1]
        if room not in FLOORS:
            problems.append(f"{path}: room {room} has no floor")
            continue
        for line, header in includes(read(path)):
            problem = floor_problem(room, path, header)
            if problem and not allowed("include", f"{path}:{header}"):
                problems.append(f"{path}:{line}: {problem}")
    # io is a library of its own: of libcef it uses what is public, and room base, which both libraries hold.
    for path in files_below("libcef/io"):
        problems += [f"{path}:{line}: libcef_io includes {header}; only <cef/...> and base/base.h are in reach"
                     for line, header in includes(read(path))
                     if "/" in header and header.split("/")[0] in FLOORS and header.split("/")[0] not in ("base", "io")]
    check("rooms include only rooms below, by the door", problems)


def check_banned(sources, allowed):
    for what, names in BANNED.items():
        pattern, problems = re.compile(rf"(?<![\w.>])({names})\s*\("), []
        for path in sources:
            code = code_only(read(path))
            problems += [f"{path}:{line_of(code, match.start())}: {match.group(1)}" for match in pattern.finditer(code)
                         if not allowed("banned", f"{path}:{match.group(1)}")]
        check(f"nothing in libcef {what}", problems)


def check_streams_and_errno(sources, allowed):
    problems = []
    for path in sources:
        code = code_only(read(path))
        for match in re.finditer(r"\b(stdout|stderr|errno)\b", code):
            read_only = match.group(1) == "errno" and ERRNO_READERS.match(path) and \
                not re.match(r"errno\s*=[^=]", code[match.start():])
            if not read_only and not allowed("banned", f"{path}:{match.group(1)}"):
                problems.append(f"{path}:{line_of(code, match.start())}: {match.group(1)}")
    check("nothing in libcef uses stdout, stderr or errno (room io reads it)", problems)


def check_state(sources, allowed):
    """`static` or file-scope objects must be const; thread-local ones do not exist."""
    problems = []
    for path in sources:
        code = code_only(read(path))
        for match in re.finditer(r"^[ \t]*(?:static|_Thread_local|__thread)\b([^;{}()]*?)(?:=|;|\[)", code, flags=re.MULTILINE):
            declaration = match.group(1)
            if re.search(r"\bconst\b[^*]*$", declaration) or "inline" in declaration:
                continue
            name = re.findall(r"\w+", declaration)[-1] if re.findall(r"\w+", declaration) else "?"
            if not allowed("state", f"{path}:{name}"):
                problems.append(f"{path}:{line_of(code, match.start())}: {name} can change and outlives the call")
        for match in re.finditer(r"^(?!static\b|typedef\b|extern\b|return\b|#)(?:const\s+)?\w[\w \t]*[\s*]\**(\w+)(?:\[[^\]]*\])?\s*=[^=]",
                                 code, flags=re.MULTILINE):
            if "const" not in match.group(0) and not allowed("state", f"{path}:{match.group(1)}"):
                problems.append(f"{path}:{line_of(code, match.start())}: {match.group(1)} is a global variable")
    check("no mutable state outlives a call", problems)


def check_numeric_libraries(sources, allowed):
    problems = []
    for path in sources:
        text = code_only(read(path))
        if not path.startswith("libcef/sparse/"):
            problems += [f"{path}:{line_of(text, match.start())}: {match.group(0)}" for match in NUMERIC_LIBRARIES.finditer(text)
                         if not allowed("include", f"{path}:{match.group(0)}")]
    with_blas = {path for path in sources if re.search(r"\bcblas_|<cblas\.h>", code_only(read(path)))}
    if len(with_blas) > 1:
        problems.append(f"BLAS is named in {len(with_blas)} files: {', '.join(sorted(with_blas))}; one is enough")
    check("only room sparse names AMD and BLAS, and one file BLAS", problems)


def check_bindings():
    problems = []
    rooms = "|".join(FLOORS)
    for path in files_below("bindings", "examples"):
        problems += [f"{path}:{line}: {header}" for line, header in includes(read(path))
                     if re.match(rf"(?:\.\./)*(?:libcef/)?(?:{rooms})/", header) or "libcef/" in header]
    listings = [path for path in files_below("bindings", "examples", endings=("CMakeLists.txt",))
                if re.search(r"(?<!TARGET_PROPERTY:)libcef_flags|libcef_\w+_objects|PROJECT_SOURCE_DIR\}/libcef", read(path))]
    problems += [f"{path}: gives its sources a way into the rooms" for path in listings]
    check("bindings and examples use the public headers only", problems)


def check_public_headers():
    problems = []
    for path in files_below("include"):
        problems += [f"{path}:{line}: {header}" for line, header in includes(read(path))
                     if not header.startswith("cef/") and header not in ("stddef.h", "stdint.h")]
    check("public headers include public headers, stddef.h and stdint.h", problems)


def check_licence():
    problems = []
    folders = ("libcef", "include", "bindings", "examples", "benches", "tests", "cmake", "docs")
    for path in files_below(*folders, endings=CODE) + ["CMakeLists.txt", "bootstrap.sh", ".ci/run"]:
        name = os.path.basename(path)
        plain_data = path.endswith(".txt") and name != "CMakeLists.txt" or "corpus" in path
        if plain_data or path.startswith("docs/") or not os.path.exists(os.path.join(SOURCE, path)):
            continue
        if path.endswith(".pc.in") or re.match(r"libcef/\w+/CMakeLists", path):  # a room's list of files
            continue
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(read(path).splitlines()[:2]):
            problems.append(path)
    check("every file names its licence in its first lines", problems)


def functions(text):
    """[(name, first line, lines)] of the function bodies of clang-formatted C: a `{` alone at the start of a line."""
    found, start, name = [], None, None
    lines = code_only(text).splitlines()
    for k, line in enumerate(lines):
        if line == "{" and start is None:
            head, first = "", k
            while first > 0 and lines[first - 1].strip() and not lines[first - 1].endswith((";", "}")):
                first -= 1
                head = lines[first] + " " + head
            match = re.search(r"\bTest\((\w+), (\w+)|(\w+)\s*\(", head)
            names = [part for part in match.groups() if part] if match else ["?"]
            start, name = first, "::".join(names)
        elif line.startswith("}") and start is not None:
            found.append((name, start + 1, k - start + 1))
            start = None
    return found


def check_lengths(allowed):
    """Long files are listed; those of the product must have a reason."""
    problems = []
    for path in files_below("libcef", "include", "bindings", "examples", "benches", "tests"):
        text = read(path)
        length = text.count("\n")
        if length > MAX_FILE and path.startswith(("tests/", "benches/")):
            print(f"  note: {path}: {length} lines")
        elif length > MAX_FILE and not allowed("long-file", path):
            problems.append(f"{path}: {length} lines")
        problems += [f"{path}:{line}: {name} has {n} lines" for name, line, n in functions(text)
                     if n > MAX_FUNCTION and not allowed("long-function", f"{path}:{name}")]
    check(f"functions up to {MAX_FUNCTION} lines, files up to {MAX_FILE}", problems)


def main():
    sources = files_below("libcef")
    allowed = Allowed(os.path.join(HERE, "allowed.txt"))
    check("there are sources to check", [] if len(sources) > 10 else [f"{len(sources)} files below libcef"])
    check_floors(sources, allowed)
    check_banned(sources, allowed)
    check_streams_and_errno(sources, allowed)
    check_state(sources, allowed)
    check_numeric_libraries(sources, allowed)
    check_bindings()
    check_public_headers()
    check_licence()
    check_lengths(allowed)
    check("every exception is needed and has a reason", allowed.problems())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
