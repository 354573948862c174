#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef series over many periods: what is resumed, killed or solved by other numbers of threads is compared byte by byte."""
import contextlib
import json
import os
import pty
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

from command import CEF, run
from series import Series, load, npy, scaled


def one_loop(n):
    """A grid of one loop: a ring and chords, balanced at every bus; elimination inside it is what takes time."""
    dice = random.Random(n)
    arcs = [(k, (k + 1) % n, 100.0) for k in range(n)] + [(k, (k + dice.randrange(2, n - 1)) % n, 40.0) for k in range(2 * n)
                                                          if k % n == k or k % 2]
    arcs = [(i % n, j, p) for i, j, p in arcs]
    surplus = [0.0] * n
    for i, j, p in arcs:
        surplus[i] += p
        surplus[j] -= p
    gens = [(k, s + 10) for k, s in enumerate(surplus) if s >= 0]
    loads = [(k, 10.0 if s >= 0 else -s) for k, s in enumerate(surplus)]
    lines = ["libcef: 1", "buses: [" + ", ".join(f"{{id: {k}}}" for k in range(n)) + "]", "branches:"]
    lines += [f"  - {{from: {i}, to: {j}, p_from: {p}}}" for i, j, p in arcs] + ["generators:"]
    lines += [f"  - {{id: {k}, bus: {k}, p: {p}, intensity: {k % 7 / 8}}}" for k, p in gens] + ["loads:"]
    lines += [f"  - {{id: {k}, bus: {k}, p: {p}}}" for k, p in loads]
    return "\n".join(lines) + "\n", [p for *_, p in arcs], [p for _, p in gens], [p for _, p in loads]


class Long(Series):
    """A loop of 120 buses, solved one by one: long enough to be ended half-way."""
    BUSES, PERIODS = 120, 2880
    OPTIONS = ["--loss", "half", "--threads", "1"]

    @classmethod
    def setUpClass(cls):
        cls.store = tempfile.mkdtemp(prefix="cef-series-")
        cls.addClassCleanup(shutil.rmtree, cls.store, ignore_errors=True)
        case = os.path.join(cls.store, "grid.yaml")
        text, flows, gens, loads = one_loop(cls.BUSES)
        with open(case, "w", encoding="utf-8") as file:
            file.write(text)
        os.makedirs(os.path.join(cls.store, "in"))
        for name, values in (("branch_p_from", flows), ("gen_p", gens), ("load_p", loads)):
            npy(os.path.join(cls.store, "in", f"{name}.npy"), scaled(values, cls.PERIODS))
        done = run("series", case, "--profiles", os.path.join(cls.store, "in"), "-o", os.path.join(cls.store, "whole"),
                   *cls.OPTIONS)
        assert done.returncode == 0, done.stderr

    def setUp(self):
        super().setUp()
        self.case = os.path.join(self.store, "grid.yaml")
        os.symlink(os.path.join(self.store, "in"), self.path("in"))
        os.symlink(os.path.join(self.store, "whole"), self.path("whole"))

    def start(self, *options, out="out", **more):
        return subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path(out), *self.OPTIONS,
                                 *options], stderr=subprocess.PIPE, **more)

    def done_blocks(self, out="out"):
        try:
            with open(self.path(f"{out}/manifest.json"), encoding="utf-8") as file:
                return json.load(file)["done"]
        except FileNotFoundError:
            return 0

    def wait_for_blocks(self, process, least, out="out"):
        """Until a commit says so; ends with the process. Commits are 0.2 s apart and the whole run may be shorter than
        that: it runs in bursts, and stands still in between."""
        burst = 0.008
        while process.poll() is None and self.done_blocks(out) < least:
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.21)
            process.send_signal(signal.SIGCONT)
            time.sleep(burst)
            burst *= 1.5  # a build with sanitizers takes longer to begin

    def start_and_hold(self, least, out="out"):
        """A run that is stopped (SIGSTOP) after its first commits and before its end, however slow this machine is."""
        for _ in range(30):
            process = self.start(out=out)
            self.wait_for_blocks(process, least, out)
            process.send_signal(signal.SIGSTOP)
            if process.poll() is None and self.done_blocks(out) < self.PERIODS // 96 // 2:
                return process
            self.end(process, signal.SIGKILL)
            shutil.rmtree(self.path(out))
        self.fail("the run was never seen half-way")

    def end(self, process, number):
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        text = process.communicate()[1].decode()
        return process.returncode, text

    def test_killed_at_any_moment_and_resumed_to_the_same_bytes(self):
        dice, killed = random.Random(20161231), 0
        for attempt in range(40):
            process = self.start()
            before = self.done_blocks()
            if attempt % 2 == 0:
                self.wait_for_blocks(process, before + 1)
            time.sleep(dice.random() * 0.15)
            code, text = self.end(process, signal.SIGKILL)
            self.assertIn(code, (0, -signal.SIGKILL), text)
            self.assertGreaterEqual(self.done_blocks(), before)
            if code == 0:
                break
            killed += 1
            if os.path.exists(self.path("out/summary.json")):  # killed on its way out: then nothing may be missing
                self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))
                break
        self.assertGreaterEqual(killed, 2)
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_a_finished_block_is_not_done_again(self):
        """What stands in the arrays of finished blocks stays: a mark put there survives the resumed run."""
        process = self.start_and_hold(2)
        self.end(process, signal.SIGKILL)
        done = self.done_blocks()
        self.assertGreater(done, 0)
        self.assertLess(done, self.PERIODS // 96)
        with open(self.path("out/bus_intensity.npy.part"), "r+b") as file:
            file.seek(128 + (96 * done - 1) * self.BUSES * 8)
            file.write(struct.pack("<d", 12345.0))
            file.seek(128 + 96 * done * self.BUSES * 8)
            file.write(struct.pack("<d", 12345.0))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        rows, whole = load(self.path("out/bus_intensity.npy")), load(self.path("whole/bus_intensity.npy"))
        self.assertEqual(rows[96 * done - 1][0], 12345.0)
        self.assertEqual(rows[96 * done][0], whole[96 * done][0])

    def test_signals_end_it_between_blocks(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            out = f"out{int(number)}"
            for _ in range(10):
                code, text = self.end(self.start_and_hold(1, out), number)
                if code != 0:
                    break
                shutil.rmtree(self.path(out))  # a commit tells of blocks solved before: all were, when it was held
            self.assertEqual(code, 128 + number, text)
            self.assertRegex(text, r"interrupted: \d+ of 30 blocks of 96 periods are finished; the same command goes on")
            done = self.done_blocks(out)
            self.assertIn(f" {done} of 30", text)
            self.assertFalse(os.path.exists(self.path(f"{out}/summary.json")))
            self.assertEqual(self.series(*self.OPTIONS, out=out).returncode, 0)
            self.same_bytes(self.bytes_of("whole"), self.bytes_of(out))

    def test_other_threads_may_go_on(self):
        process = self.start_and_hold(1)
        self.end(process, signal.SIGKILL)
        self.assertEqual(self.series("--loss", "half", "--threads", "3").returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_a_finished_run_is_left_as_it_is(self):
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        before = os.stat(self.path("out/bus_intensity.npy"))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        after = os.stat(self.path("out/bus_intensity.npy"))
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        os.remove(self.path("out/summary.json"))  # killed while it was named
        os.rename(self.path("out/load_carbon.npy"), self.path("out/load_carbon.npy.part"))
        self.assertEqual(self.series(*self.OPTIONS).returncode, 0)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def test_two_at_once_are_refused(self):
        process = self.start_and_hold(1)
        self.refused(3, "series-locked", *self.OPTIONS)
        self.refused(3, "series-locked", *self.OPTIONS, "--overwrite")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))

    def copy_inputs(self):
        """Copies that may be spoilt."""
        if os.path.islink(self.path("in")):
            os.remove(self.path("in"))
        else:
            shutil.rmtree(self.path("in"))
        shutil.copytree(os.path.join(self.store, "in"), self.path("in"))

    def spoil_while_it_is_read(self, spoil):
        """Runs until one was held before it had read all: a commit tells of blocks solved before."""
        for _ in range(10):
            self.copy_inputs()
            process = self.start_and_hold(1)
            spoil(self.path("in/load_p.npy"))
            process.send_signal(signal.SIGCONT)
            text = process.communicate()[1].decode()
            if process.returncode != 0:
                break
            shutil.rmtree(self.path("out"))
        self.assertEqual(process.returncode, 3, text)
        self.assertIn("error[file-changed]", text)

    def test_cut_short_while_it_is_read(self):
        self.spoil_while_it_is_read(lambda file: os.truncate(file, 5000))
        self.assertFalse(os.path.exists(self.path("out/summary.json")))

    def test_written_while_it_is_read(self):
        def write(name):
            with open(name, "r+b") as file:
                file.seek(5000)
                file.write(b"12345678")

        self.spoil_while_it_is_read(write)
        self.refused(1, "series-changed", *self.OPTIONS)

    def test_progress_only_on_a_terminal(self):
        self.assertEqual(self.series(*self.OPTIONS, out="quiet").stderr, b"")
        leader, follower = pty.openpty()
        process = subprocess.Popen([CEF, "series", self.case, "--profiles", self.path("in"), "-o", self.path("out"),
                                    *self.OPTIONS], stderr=follower, env={**os.environ, "NO_COLOR": "1"})
        os.close(follower)
        text = b""
        with contextlib.suppress(OSError):
            while True:
                piece = os.read(leader, 4096)
                if not piece:
                    break
                text += piece
        os.close(leader)
        self.assertEqual(process.wait(), 0)
        self.assertIn(b"of 2880 periods, ", text)
        self.assertIn(b" a second, ", text)
        self.assertIn(b" s left", text)
        self.assertNotIn(b"\x1b[3", text)
        self.same_bytes(self.bytes_of("whole"), self.bytes_of("out"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
