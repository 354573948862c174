#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts a broker on loopback for bench_mqtt and ends it.

usage: mqtt_rate.py BENCH [OPTION..]
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "meters_broker"))
import meters_broker  # noqa: E402


def main():
    if not meters_broker.find_broker() or not os.path.exists(sys.argv[1]):
        print("bench_mqtt left out: it needs libmosquitto-dev and mosquitto")
        return 0
    with tempfile.TemporaryDirectory(prefix="cef-bench-") as folder:
        broker = meters_broker.Broker(folder).start()
        try:
            return subprocess.run(sys.argv[1:], env={**os.environ, "LIBCEF_BROKER": broker.url}, check=False).returncode
        finally:
            broker.stop()


if __name__ == "__main__":
    sys.exit(main())
