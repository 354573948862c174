# SPDX-License-Identifier: Apache-2.0
"""A broker, a folder and agents for one test; small grids; packs and messages as bytes."""
import json
import os
import shutil
import struct
import subprocess
import tempfile
import time
import unittest

import meters_broker
from meters_broker import Agent, Broker, Watcher

LIMIT = 120.0  # seconds that a condition may take on a slow machine

# Carbon flows 1 -> 2 -> 3 -> 4. x1 = 0.8, x2 = (60 0.8 + 40 0.1)/100 = 0.52, x3 = x4 = x2.
CHAIN = """libcef: 1
name: chain
buses: [{id: 1}, {id: 2}, {id: 3}, {id: 4}]
branches: [{id: a, from: 1, to: 2, p_from: 60, p_to: -60}, {id: b, from: 2, to: 3, p_from: 80, p_to: -80},
           {id: c, from: 3, to: 4, p_from: 50, p_to: -50}]
generators: [{id: g1, bus: 1, p: 100, intensity: 0.8}, {id: g2, bus: 2, p: 40, intensity: 0.1}]
loads: [{id: l1, bus: 1, p: 40}, {id: l2, bus: 2, p: 20}, {id: l3, bus: 3, p: 30}, {id: l4, bus: 4, p: 50}]
"""
X2 = 0.52

# A ring 1 -> 2 -> 3 -> 1 with 50, 60, 10 MW (tests/cli works it): 10 MW go round, through every agent of three.
RING = """libcef: 1
name: ring
buses: [{id: 1}, {id: 2}, {id: 3}]
branches: [{id: 1, from: 1, to: 2, p_from: 50, p_to: -50}, {id: 2, from: 2, to: 3, p_from: 60, p_to: -60}, {id: 3, from: 3, to: 1, p_from: 10, p_to: -10}]
generators: [{id: 1, bus: 1, p: 60, intensity: 0.5}, {id: 2, bus: 2, p: 30, intensity: 0.2}]
loads: [{id: 1, bus: 1, p: 20}, {id: 2, bus: 2, p: 20}, {id: 3, bus: 3, p: 50}]
"""



def ring(n, load=0.25, around=16.0, chord=2.0, reach=5, every=7):
    """One loop of n buses: a ring, chords along it, units at bus 1 and opposite. Powers are multiples of 2^-10."""
    half, chords = n // 2, [(k, k + reach) for k in range(0, n - reach, every)]
    flow = [around + load * (half - 1 - k % half) for k in range(n)]  # each unit feeds its half of the ring
    for a, b in chords:
        flow[a:b] = [p - chord for p in flow[a:b]]
    arcs = [(k, (k + 1) % n, p) for k, p in enumerate(flow)] + [(a, b, chord) for a, b in chords]
    rows = ["libcef: 1", "name: ring", "buses:", *(f"  - {{id: {k + 1}}}" for k in range(n)), "branches:",
            *(f"  - {{id: {i}, from: {a + 1}, to: {b + 1}, p_from: {p}, p_to: {-p}}}" for i, (a, b, p) in enumerate(arcs)),
            "generators:", *(f"  - {{id: {k}, bus: {k * half + 1}, p: {load * (half - 1)}, intensity: {0.75 - 0.5 * k}}}" for k in range(2)),
            "loads:", *(f"  - {{id: {k + 1}, bus: {k + 1}, p: {load}}}" for k in range(n) if k % half)]
    return "\n".join(rows) + "\n"


# Where the fields of a message stand (docs/meters.md).
VERSION, FACTS, FLAGS, EPOCH, INTERVAL, FROM, TO, LINK, BOOT, SEQUENCE = 4, 5, 10, 16, 20, 24, 28, 32, 36, 40
READING, INTENSITY, BOUND, SHARE = 64, 72, 80, 88


def pack(agent, *messages, kind=1, settings=0):
    body = b"".join(struct.pack("<H", len(m)) + m for m in messages)
    return b"CEFP" + struct.pack("<BBHII", 1, kind, len(messages), agent, settings) + body


def unpack(payload):
    at, found = 16, []
    while at < len(payload):
        length = struct.unpack_from("<H", payload, at)[0]
        found.append(payload[at + 2:at + 2 + length])
        at += 2 + length
    return found


def changed(message, at, form, value):
    out = bytearray(message)
    struct.pack_into("<" + form, out, at, value)
    return bytes(out)


@unittest.skipUnless(meters_broker.find_broker(), "no mosquitto on this machine")
class WithBroker(unittest.TestCase):
    """A broker, a folder, agents that are gone at the end whatever happens."""

    LINES = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cef-mqtt-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder, *self.lines()).start()
        self.addCleanup(self.broker.stop)
        self.watcher, self.agents = Watcher(self.broker), []
        self.addCleanup(self.watcher.close)
        self.addCleanup(self.kill_all)

    def lines(self):
        return ()

    def kill_all(self):
        for agent in self.agents:
            if agent.process and agent.process.poll() is None:
                agent.kill()

    def case(self, text, name="case.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def grid(self, buses, seed):
        path = os.path.join(self.folder, "grid.yaml")
        subprocess.run([meters_broker.CEF, "generate", "--buses", str(buses), "--seed", str(seed), "-o", path], check=True)
        return path

    def team(self, case, n, *options):
        self.agents = [Agent(self.folder, k, case, self.broker, "--agents", str(n), *options) for k in range(n)]
        return self.agents

    def until(self, condition, what):
        limit = time.monotonic() + LIMIT
        while not condition(self.watcher.look(0.05)):
            if time.monotonic() > limit:
                self.fail(f"not within {LIMIT} s: {what}; {json.dumps(self.watcher.status)}; "
                          f"{[a.said() for a in self.agents if a.process]}")

    def all_done(self):
        self.until(lambda s: len(s) == len(self.agents) and all(x["state"] == "done" for x in s.values()), "all are done")

    def end_all(self):
        return meters_broker.end_all(self.agents)

    def ended(self, *arguments, case=None):
        """A cef-meterd that ends by itself: exit code, standard error, summary or None."""
        command = [meters_broker.METERD, *([case] if case else []), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        return done.returncode, done.stderr, json.loads(done.stdout) if done.stdout.startswith("{") else None
