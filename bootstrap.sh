#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 to a built, shown, tested or measured libcef. `./bootstrap.sh help` lists the verbs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 022

BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config libsuitesparse-dev libopenblas-dev libyaml-dev
                libmosquitto-dev)
TEST_PACKAGES=(g++ clang clang-format libclang-rt-dev binutils libcriterion-dev libgmp-dev mosquitto python3 python3-venv)

usage() {
    cat <<'TEXT'
usage: ./bootstrap.sh VERB
  build   release build in build/release, the command is build/release/bin/cef
  demo    builds, traces examples/ieee14.yaml and a generated grid of 10 000 buses, shows tables and certificates
  test    everything CI runs; the last line reads `N passed, N failed, N skipped`
  bench   builds and runs the benches, with the other methods in the same run
  help    this text
Missing Debian packages are installed with apt-get (as root, or through sudo). LIBCEF_CASES names a folder of MATPOWER
cases for the tests that use them; ../shared/cases is taken if it exists and the variable is not set.
TEXT
}

die() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 1
}

say() { printf '\n== %s\n' "$*"; }

# ---- what the machine must have ----

install_packages() { # install_packages PACKAGE... : only those that are missing
    local missing=() package native
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        die "this is not a Debian-like system (no apt-get). Install the equivalents of: ${BUILD_PACKAGES[*]} ${TEST_PACKAGES[*]}," \
            "then run cmake --preset release && cmake --build --preset release"
    native=$(dpkg --print-architecture) # a package of another architecture does not serve
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status} ${Architecture}\n' "$package" 2>/dev/null |
            grep -qxE "installed ($native|all)" || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "these packages are missing: ${missing[*]}. Install them as root, or install sudo."
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install: ${missing[*]}. libcef is built and tested on Debian 12."
}

make_venv() { # numpy for the Python binding, apart from whatever Python the machine has
    if ! .venv/bin/python -c 'import numpy' 2>/dev/null; then
        say "python environment in .venv"
        [ -x .venv/bin/python ] || /usr/bin/python3 -m venv .venv || die "/usr/bin/python3 -m venv failed (package python3-venv)"
        .venv/bin/python -m pip install -q --disable-pip-version-check 'numpy>=1.24' ||
            die "pip could not install numpy into .venv; is the package index reachable?"
    fi
}

# ---- building ----

configure() { # configure PRESET [-DNAME=VALUE...] : quiet unless it fails
    mkdir -p build/log
    cmake --preset "$@" >build/log/configure.txt 2>&1 || {
        cat build/log/configure.txt
        die "configuring $1 failed"
    }
}

build_release() {
    install_packages "${BUILD_PACKAGES[@]}"
    configure release
    cmake --build --preset release
    [ -x build/release/bin/cef ] || die "the build left no command build/release/bin/cef"
}

verb_build() {
    build_release
    say "built: $PWD/build/release/bin/cef"
}

verb_demo() {
    build_release
    local cef=build/release/bin/cef
    mkdir -p build/demo
    say "IEEE 14 buses: nodal carbon intensities and their certificate"
    "$cef" trace examples/ieee14.yaml --format table
    say "a generated grid of 10 000 buses"
    "$cef" generate --buses 10000 --seed 1 -o build/demo/grid10k.yaml
    "$cef" trace build/demo/grid10k.yaml --format table
    "$cef" trace build/demo/grid10k.yaml --format json -o build/demo/grid10k.json
    say "every bus, branch, generator and load: build/demo/grid10k.json"
}

# Real cases for tests and benches: LIBCEF_CASES, else a folder beside the checkout.
find_cases() {
    if [ -z "${LIBCEF_CASES:-}" ] && [ -d ../shared/cases ]; then
        LIBCEF_CASES=../shared/cases
    fi
    if [ -n "${LIBCEF_CASES:-}" ]; then
        LIBCEF_CASES=$(cd "$LIBCEF_CASES" && pwd) || die "LIBCEF_CASES is not a folder"
        export LIBCEF_CASES
        say "cases from LIBCEF_CASES=$LIBCEF_CASES"
    fi
}

verb_bench() {
    install_packages "${BUILD_PACKAGES[@]}"
    find_cases
    exec benches/run.sh "$@" # configures and builds the preset `bench` first
}

# ---- testing ----

# Each configuration builds, tests and leaves build/<preset>/{reports,junit.xml}; checks without ctest leave a report in
# build/checks. Nothing stops at the first failure: tests/tools/sum_tests.py judges all of them at the end.
CHECKS=build/checks/reports

check() { # check NAME COMMAND... : one case; its output only when it fails
    local name=$1
    shift
    if "$@" >"build/log/check-$name.txt" 2>&1; then
        echo "ok check/$name" | tee "$CHECKS/$name.tap"
    else
        grep -E -A4 '(error|warning)[:\[]|^FAILED' "build/log/check-$name.txt" | cut -c 1-300 | head -n 200 ||
            tail -n 60 "build/log/check-$name.txt"
        echo "not ok check/$name" | tee "$CHECKS/$name.tap"
    fi
}

build_quietly() { # build_quietly PRESET [TARGET...]
    local preset=$1 jobs
    jobs=$(nproc)
    shift
    cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"} -- -k 0 # all that is wrong, not only the first
}

no_warnings() { # no_warnings PRESET : in what configuring and building it said
    ! grep -nE 'warning:|CMake [A-Za-z ]*Warning' "build/log/check-configure-$1.txt" "build/log/check-build-$1.txt"
}

format_check() {
    find libcef include bindings tests examples benches \( -name '*.c' -o -name '*.h' \) -print0 |
        xargs -0 clang-format --dry-run -Werror
}

test_preset() { # test_preset PRESET CTEST-OPTION... : builds and runs
    local preset=$1 directory=$PWD/build/$1
    shift
    rm -rf "$directory/reports" "$directory/junit.xml"
    ctest --test-dir "$directory" -j "$(nproc)" --output-on-failure --output-junit "$directory/junit.xml" "$@" || true
}

verb_test() {
    local start=$SECONDS
    install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    make_venv
    find_cases
    rm -rf build/checks
    mkdir -p build/log "$CHECKS"
    local python=$PWD/.venv/bin/python summed=(checks=build/checks)

    say "format"
    check format format_check

    local preset options
    for preset in release asan noblas clang; do
        say "$preset ($((SECONDS - start)) s)"
        options=()
        case $preset in
            release) options=(-DLIBCEF_BUILD_TESTS=ON -DLIBCEF_BUILD_EXAMPLES=ON -DLIBCEF_WERROR=ON) ;;
        esac
        check "configure-$preset" cmake --preset "$preset" -DPython3_EXECUTABLE="$python" "${options[@]}"
        check "build-$preset" build_quietly "$preset"
        check "no-warnings-$preset" no_warnings "$preset"
        case $preset in
            release) test_preset "$preset" ;;                 # all of them
            asan) test_preset "$preset" -LE '^once$' ;;       # all but those about the sources, the package, Python
            noblas) test_preset "$preset" -LE '^(once|slow)$' ;;
            clang) test_preset "$preset" -LE '^(once|slow)$' ;;
        esac
        summed+=("$preset=build/$preset")
    done

    say "threads ($((SECONDS - start)) s)"
    check configure-tsan cmake --preset tsan -DPython3_EXECUTABLE="$python"
    check build-tsan build_quietly tsan threads_tests
    test_preset tsan -L '^threads$'
    summed+=(tsan=build/tsan)

    if [ -f tests/fuzz/CMakeLists.txt ]; then
        say "the fuzzers build ($((SECONDS - start)) s); their corpus was replayed above"
        check configure-fuzz cmake --preset fuzz
        check build-fuzz build_quietly fuzz fuzzers
    fi

    say "all ($((SECONDS - start)) s)"
    exec "$python" tests/tools/sum_tests.py --minimum tests/minimum_tests.txt "${summed[@]}"
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
    build) verb_build "$@" ;;
    demo) verb_demo "$@" ;;
    test) verb_test "$@" ;;
    bench) verb_bench "$@" ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
