#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the preset `bench` and runs every bench: tables to stdout, JSON to build/bench/*.json. Options are handed to the
# benches (--repetitions N, --sizes 10000,100000). LIBCEF_CASES names a folder of MATPOWER cases. The power flow runs beside
# lightsim2grid and pandapower where pip can install them (build/bench/peers).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset bench >/dev/null
cmake --build --preset bench
revision=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || revision="$revision, changed"

cd build/bench
# Tracing twice: with large pages asked for by all that is measured, KLU's memory and the callers' columns like libcef's
# (glibc 2.35 and later), then with what each gets by default. The tables say how much lies in large pages.
echo
echo "== large pages for all (GLIBC_TUNABLES=glibc.malloc.hugetlb=1)"
GLIBC_TUNABLES=glibc.malloc.hugetlb=1 OPENBLAS_NUM_THREADS=1 ./bin/bench_trace --json bench_trace.json --revision "$revision" "$@"
echo
echo "== the pages each gets by default"
OPENBLAS_NUM_THREADS=1 ./bin/bench_trace --json bench_trace_default.json --revision "$revision" "$@"
for bench in batch series reader meter; do
    echo
    OPENBLAS_NUM_THREADS=1 ./bin/bench_$bench --json "bench_$bench.json" --revision "$revision" "$@"
done

# Four weeks of the worked example, AC power flow and trace with storage: what each stage takes (docs/texas-year.md).
echo
OPENBLAS_NUM_THREADS=1 ./examples/texas_year --hours 672 --plain --threads "$(nproc)" | sed -n '/^Certificate/,$p'

python=/usr/bin/python3
[ -x "$python" ] || python=python3
echo
OPENBLAS_NUM_THREADS=1 "$python" ../../benches/powerflow_peers.py ./bin/bench_powerflow --json bench_powerflow.json \
    --revision "$revision" "$@"

echo
OPENBLAS_NUM_THREADS=1 "$python" ../../benches/mqtt_rate.py ./bin/bench_mqtt --json bench_mqtt.json --revision "$revision" "$@"
