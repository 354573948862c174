#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs libcef into a temporary prefix, moves that elsewhere, and uses it as a stranger would.

usage: check_package.py CMAKE CC SOURCE_DIR BUILD_DIR
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

CMAKE, CC, SOURCE, BUILD = sys.argv[1:5]
HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = ["batch.h", "case.h", "cef.h", "context.h", "generate.h", "meter.h", "network.h", "powerflow.h", "solver.h", "status.h", "storage.h"]
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
failed = 0


def run(command, **environment):
    """Output of a command that must succeed."""
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} gave {done.returncode}:\n{text}")
    return text


def case(name, function, *arguments):
    global failed
    try:
        function(*arguments)
        print(f"ok {name}")
    except (AssertionError, OSError) as error:
        failed += 1
        print("\n".join("  " + line for line in str(error).splitlines()))
        print(f"not ok {name}")


def install(prefix, moved):
    run([CMAKE, "--install", BUILD, "--prefix", prefix])
    shutil.move(prefix, moved)


def library_folder(prefix):
    for folder, _, files in os.walk(prefix):
        if "libcef.so" in files:
            return folder
    raise AssertionError("libcef.so is not installed")


def check_files(prefix):
    """Headers exactly, and nothing of the rooms; the version in the files' names; no path of the build in the texts."""
    assert sorted(os.listdir(f"{prefix}/include/cef")) == HEADERS, os.listdir(f"{prefix}/include/cef")
    assert os.listdir(f"{prefix}/include") == ["cef"], os.listdir(f"{prefix}/include")
    libraries = library_folder(prefix)
    for name in ("libcef.so.0", "libcef_io.so.0", "libcef.a", "libcef_io.a", "cmake/libcef/libcef-config-version.cmake"):
        assert os.path.exists(f"{libraries}/{name}"), f"{name} is missing"
    assert os.path.exists(f"{prefix}/share/doc/libcef/LICENSE"), "the licence is missing"
    for folder, _, files in os.walk(libraries):
        for name in files:
            if name.endswith((".pc", ".cmake")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                assert BUILD not in text and SOURCE not in text, f"{name} names the build or source folder"


def by_find_package(prefix, scratch, static):
    build = os.path.join(scratch, "static" if static else "shared")
    run([CMAKE, "-S", f"{HERE}/outside", "-B", build, "-G", "Ninja", f"-DCMAKE_C_COMPILER={CC}",
         f"-DCMAKE_PREFIX_PATH={prefix}", f"-DSTATIC={'ON' if static else 'OFF'}"])
    run([CMAKE, "--build", build])
    needed = run(["readelf", "-d", f"{build}/outside"])
    assert ("libcef.so.0" in needed) != static, needed
    print(" ", run([f"{build}/outside"]).strip())


def refuses_other_version(scratch, prefix):
    project = os.path.join(scratch, "version")
    os.makedirs(project)
    with open(f"{project}/CMakeLists.txt", "w", encoding="utf-8") as file:
        file.write("cmake_minimum_required(VERSION 3.16)\nproject(version NONE)\nfind_package(libcef 9.9 QUIET CONFIG)\n"
                   "if(libcef_FOUND)\n  message(FATAL_ERROR \"9.9 was found\")\nendif()\n")
    run([CMAKE, "-S", project, "-B", f"{project}/build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}"])


def pc_environment(prefix):
    return {"PKG_CONFIG_PATH": f"{library_folder(prefix)}/pkgconfig"}


def by_pkg_config(prefix, scratch):
    flags = run(["pkg-config", "--cflags", "--libs", "libcef_io"], **pc_environment(prefix)).split()
    program = os.path.join(scratch, "by_pkg_config")
    run([CC, "-std=c11", "-Wall", "-Wextra", "-Werror", f"{HERE}/outside/outside.c", "-o", program, *flags])
    print(" ", run([program], LD_LIBRARY_PATH=library_folder(prefix)).strip())


def by_pkg_config_static(prefix, scratch):
    """One file that needs no shared library at all; glibc's archive too."""
    flags = run(["pkg-config", "--static", "--cflags", "--libs", "libcef_io"], **pc_environment(prefix)).split()
    program = os.path.join(scratch, "by_pkg_config_static")
    run([CC, "-std=c11", "-static", f"{HERE}/outside/outside.c", "-o", program, *flags])
    assert "NEEDED" not in run(["readelf", "-d", program])
    print(" ", run([program]).strip())


def documented_program(prefix, scratch):
    """The program of docs/c-api.md is built as the text says, and prints what its comment promises."""
    with open(f"{SOURCE}/docs/c-api.md", encoding="utf-8") as file:
        text = re.search(r"```c\n(.*?int main.*?)```", file.read(), re.DOTALL).group(1)
    source, program = os.path.join(scratch, "program.c"), os.path.join(scratch, "program")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    flags = run(["pkg-config", "--cflags", "--libs", "libcef"], **pc_environment(prefix)).split()
    run([CC, "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags])
    output = run([program], LD_LIBRARY_PATH=library_folder(prefix))
    assert output.startswith("0.540 tCO2/MWh at bus 1, certified"), output


def pc_version(prefix):
    version = run(["pkg-config", "--modversion", "libcef", "libcef_io"], **pc_environment(prefix)).split()
    header = open(f"{prefix}/include/cef/status.h", encoding="utf-8").read().split()
    numbers = [header[header.index(f"LIBCEF_VERSION_{part}") + 1] for part in ("MAJOR", "MINOR", "PATCH")]
    assert version == [".".join(numbers)] * 2, f"{version} against the header's {numbers}"


def pc_absolute_folders(scratch):
    """Folders given as absolute paths are taken as they are."""
    build = os.path.join(scratch, "absolute")
    run([CMAKE, "-S", SOURCE, "-B", build, "-G", "Ninja", "-DLIBCEF_BUILD_TESTS=OFF", "-DLIBCEF_BUILD_EXAMPLES=OFF",
         "-DCMAKE_INSTALL_LIBDIR=/opt/cef/lib64", "-DCMAKE_INSTALL_INCLUDEDIR=/opt/cef/inc", f"-DCMAKE_C_COMPILER={CC}"])
    flags = run(["pkg-config", "--cflags", "--libs", "libcef"], PKG_CONFIG_PATH=build).split()
    assert flags == ["-I/opt/cef/inc", "-L/opt/cef/lib64", "-lcef"], flags


def header_alone(prefix, scratch, header, language):
    ending, command = {"C11": ("c", [CC, "-std=c11"]), "C++11": ("cpp", ["g++", "-std=c++11"])}[language]
    source = os.path.join(scratch, f"header_{header[:-2]}.{ending}")
    with open(source, "w", encoding="utf-8") as file:
        file.write(f"#include <cef/{header}>\n#include <cef/{header}>\nint cef_outside_uses_headers(void);\n"
                   "int cef_outside_uses_headers(void) { return (int) CEF_OK; }\n")
    run([*command, *STRICT, f"-I{prefix}/include", source])


def command_runs(prefix):
    text = run([f"{prefix}/bin/cef", "--version"])
    assert "0.1.0" in text, text


def main():
    with tempfile.TemporaryDirectory(prefix="libcef-package-") as scratch:
        moved = os.path.join(scratch, "moved", "usr")
        os.makedirs(os.path.dirname(moved))
        case("install", install, os.path.join(scratch, "prefix"), moved)
        case("installed files", check_files, moved)
        case("find_package shared", by_find_package, moved, scratch, False)
        case("find_package static", by_find_package, moved, scratch, True)
        case("find_package refuses another version", refuses_other_version, scratch, moved)
        case("pkg-config shared", by_pkg_config, moved, scratch)
        case("pkg-config static", by_pkg_config_static, moved, scratch)
        case("program of docs/c-api.md", documented_program, moved, scratch)
        case("pkg-config versions", pc_version, moved)
        case("pkg-config absolute folders", pc_absolute_folders, scratch)
        for header in HEADERS:
            for language in ("C11", "C++11"):
                case(f"header {header} as {language}", header_alone, moved, scratch, header, language)
        case("installed command", command_runs, moved)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
