#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fifty agents find the carbon of a grid without a centre, while they and their broker are killed and frozen.

usage: meters_broker.py [--short] [--agents N] [--case CASE] [--round-ms MS]

Starts a broker on loopback (Eclipse Mosquitto), runs N `cef-meterd`, kills and restarts some of them and the broker, freezes
some, prints what becomes known as it does, and at the end compares every value with `cef trace`. The commands come from
LIBCEF_COMMAND and LIBCEF_METERD, else from the path.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mqtt5  # noqa: E402

CEF = os.environ.get("LIBCEF_COMMAND") or "cef"
METERD = os.environ.get("LIBCEF_METERD") or "cef-meterd"
LIMIT = 300.0  # seconds until the show is given up


def find_broker():
    """Debian keeps it in sbin, which is not on everybody's path."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Broker:
    """Mosquitto on a free port of loopback; nothing it knows survives a kill. `lines` are added to its configuration."""

    def __init__(self, folder, *lines):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.config, self.log = os.path.join(folder, "broker.conf"), os.path.join(folder, "broker.log")
        allow = [] if any(line.startswith("allow_anonymous") for line in lines) else ["allow_anonymous true"]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join([f"listener {self.port} 127.0.0.1", "persistence false", "log_dest stderr", *allow, *lines, ""]))
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([find_broker(), "-c", self.config], stdout=log, stderr=log)
        limit = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > limit:
                    with open(self.log, encoding="utf-8") as log:
                        raise RuntimeError(f"the broker does not start: {log.read()}") from None
                time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Agent:
    """One cef-meterd; its boot counter survives in a file."""

    def __init__(self, folder, number, case, broker, *options):
        self.number, self.folder, self.process, self.frozen = number, folder, None, False
        self.output = os.path.join(folder, f"agent{number}.json")
        self.command = [METERD, case, "--agent", str(number), "--broker", broker.url, "--state",
                        os.path.join(folder, f"agent{number}.state"), "--stay", "--quiet", "-o", self.output,
                        *(() if "--interval" in options else ("--interval", "7")), *options]

    def start(self):
        with open(os.path.join(self.folder, f"agent{self.number}.log"), "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.frozen = False

    def freeze(self, frozen):
        self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)
        self.frozen = frozen

    def end(self):
        """Ends it cleanly; its exit code and summary."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        code = self.process.wait(timeout=60)
        try:
            with open(self.output, encoding="utf-8") as file:
                return code, json.load(file)
        except FileNotFoundError:
            return code, None

    def said(self):
        with open(os.path.join(self.folder, f"agent{self.number}.log"), encoding="utf-8") as file:
            return file.read()


class Watcher:
    """The latest status of every agent, through the broker; comes back when the broker does."""

    def __init__(self, broker, prefix="cef"):
        self.broker, self.prefix, self.client, self.status = broker, prefix, None, {}

    def look(self, seconds):
        limit = time.monotonic() + seconds
        while True:
            left = limit - time.monotonic()
            try:
                if self.client is None:
                    self.client = mqtt5.Client(self.broker.port, f"watcher-{os.getpid()}-{id(self)}")
                    self.client.subscribe(f"{self.prefix}/v1/+/+/status/+")
                for _, payload, _ in self.client.messages(max(0.0, min(left, 0.2))):
                    status = json.loads(payload)
                    self.status[status["agent"]] = status
            except (OSError, mqtt5.Closed):
                self.close()
                time.sleep(max(0.0, min(left, 0.05)))
            if left <= 0:
                return self.status

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def total(self, *keys):
        """A number of the statuses, summed."""
        total = 0
        for status in self.status.values():
            value = status
            for key in keys:
                value = value.get(key, 0) if isinstance(value, dict) else 0
            total += value
        return total

    def forget(self):
        self.status = {}


def traced(case, *options):
    """cef trace's intensities and their absolute bounds, by bus id."""
    done = subprocess.run([CEF, "trace", case, "--format", "json", *options], check=True, capture_output=True, text=True)
    bus = json.loads(done.stdout)["bus"]
    return {i: (x, None if x is None else abs(x) * e) for i, x, e in zip(bus["id"], bus["intensity"], bus["error_bound"])}


def compare(summaries, exact):
    """Worst |agents' value - trace's|; raises where that is more than both bounds allow, or a bus is missing."""
    worst, seen = 0.0, 0
    for summary in summaries:
        bus = summary["bus"]
        for name, x, bound, sure in zip(bus["id"], bus["intensity"], bus["bound"], bus["certified"]):
            seen += 1
            theirs, their_bound = exact[name]
            assert sure, f"bus {name} is not certified"
            assert (x is None) == (theirs is None), f"bus {name}: {x}, cef trace says {theirs}"
            if x is not None:
                assert abs(x - theirs) <= bound + their_bound, f"bus {name}: {x} +- {bound}, cef trace says {theirs}"
                worst = max(worst, abs(x - theirs))
    assert seen == len(exact), f"{seen} buses reported, the case has {len(exact)}"
    return worst


# ---- the show ----

class Show:
    def __init__(self, broker, agents, n_bus):
        self.broker, self.agents, self.n_bus = broker, agents, n_bus
        self.watcher, self.start, self.lines = Watcher(broker), time.monotonic(), 0

    def line(self, event=""):
        status = self.watcher.status.values()
        alive = sum(s["state"] != "gone" for s in status)
        sure = sum(s.get("certified", 0) for s in status if s["state"] != "gone")
        worst = max((s.get("worst_bound", 1.0) for s in status), default=1.0)
        if self.lines % 20 == 0:
            print(f"{'time':>7} {'agents':>7} {'certified':>14} {'worst bound':>12} {'messages':>9} {'refused':>8}  ")
        self.lines += 1
        refused = sum(n for s in status for why, n in s.get("refused", {}).items() if why != "replayed")
        bar = "#" * (20 * sure // self.n_bus)
        print(f"{time.monotonic() - self.start:6.1f}s {alive:7} {sure:6} of {self.n_bus:4} {worst:12.1e} "
              f"{self.watcher.total('messages'):9} {refused:8}  {bar:<20} {event}", flush=True)

    def certified(self):
        return sum(s.get("certified", 0) for s in self.watcher.status.values() if s["state"] != "gone")

    def watch(self, condition, event="", every=0.5):
        """Prints lines until the condition holds."""
        limit = time.monotonic() + LIMIT
        self.line(event)
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError("the agents do not get there")
            self.watcher.look(every)
            self.line()

    def for_a_while(self, seconds, event):
        end = time.monotonic() + seconds
        self.watch(lambda: time.monotonic() >= end, event)


def perform(show, pause, seed):
    """Kills, freezes and restarts; every step waits for what it is about."""
    some = random.Random(seed).sample(show.agents, 16)
    killed, frozen, late = some[:6], some[6:10], some[10:16]
    for agent in show.agents:
        if agent not in late:
            agent.start()
    show.watch(lambda: len(show.watcher.status) >= len(show.agents) - len(late), f"{len(show.agents) - len(late)} agents start")
    for agent in frozen:
        agent.freeze(True)
    show.for_a_while(pause, f"{len(frozen)} agents freeze")
    for agent in killed:
        agent.kill()
    show.for_a_while(pause, f"{len(killed)} agents are killed")
    for agent in late:
        agent.start()
    show.for_a_while(pause, f"{len(late)} latecomers start")
    show.broker.kill()
    show.for_a_while(pause, "the broker is killed: all it held is lost")
    show.broker.start()
    for agent in frozen:
        agent.freeze(False)
    for agent in killed:
        agent.start()
    show.watcher.forget()
    show.watch(lambda: show.certified() == show.n_bus, "the broker is back, agents thaw and restart knowing nothing")
    again = some[:3]
    for agent in again:
        agent.kill()
        agent.start()
        show.watcher.status.pop(agent.number, None)
    show.broker.kill()
    show.broker.start()
    show.watcher.forget()
    show.watch(lambda: show.certified() == show.n_bus, f"{len(again)} agents and the broker once more, at the end")


def end_all(agents):
    summaries = []
    for agent in agents:
        code, summary = agent.end()
        if code != 0:
            raise RuntimeError(f"agent {agent.number} ended with {code}: {agent.said()}")
        summaries.append(summary)
    return summaries


def run(options, folder):
    case = options.case
    if not case:
        case = os.path.join(folder, "grid.yaml")
        subprocess.run([CEF, "generate", "--buses", str(options.buses), "--seed", "5", "-o", case], check=True)
    exact = traced(case)
    broker = Broker(folder).start()
    agents = [Agent(folder, k, case, broker, "--agents", str(options.agents), "--round-ms", str(options.round_ms),
                    "--seed", str(options.seed)) for k in range(options.agents)]
    show = Show(broker, agents, len(exact))
    print(f"{options.agents} agents meter {len(exact)} buses over {broker.url}, a round every {options.round_ms} ms at most")
    try:
        perform(show, options.pause, options.seed)
        summaries = end_all(agents)
    finally:
        for agent in agents:
            if agent.process and agent.process.poll() is None:
                agent.kill()
        show.watcher.close()
        broker.stop()
    worst = compare(summaries, exact)
    rounds = max(s["info"]["rounds"] for s in summaries)
    messages = sum(s["info"]["messages"] for s in summaries)
    print(f"every value certified: {len(exact)} buses equal cef trace, worst difference {worst:.1e} tCO2/MWh "
          f"({rounds} rounds, {messages} messages through the broker by those alive at the end)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="faster rounds, shorter pauses")
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--buses", type=int, default=400, help="of the generated grid")
    parser.add_argument("--case", help="a case file instead of a generated grid")
    parser.add_argument("--round-ms", type=int)
    parser.add_argument("--pause", type=float)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.round_ms = options.round_ms or (40 if options.short else 150)
    options.pause = options.pause or (0.5 if options.short else 3.0)
    if not find_broker():
        print("there is no mosquitto on this machine (Debian: package mosquitto)", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory(prefix="cef-meters-") as folder:
        run(options, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
