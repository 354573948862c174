#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command cef: output that is never half written, tables for people."""
import json
import os
import pty
import resource
import stat
import subprocess
import unittest

from command import CEF, CHAIN, Command, RING, SHORT, SIGNS, run


class Output(Command):
    def full(self, *arguments):
        with open("/dev/full", "wb") as full:
            return self.fails(3, "cannot-write", *arguments, stdout=full)

    def test_full_disk_on_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        for arguments in (["trace", case], ["trace", case, "--format", "json"], ["trace", case, "--format=csv"],
                          ["check", case], ["check", case, "--format=json"], ["explain"], ["--version"], ["--help"],
                          ["help", "trace", "--man"]):
            self.assertIn("No space left", self.full(*arguments))

    def test_full_device_as_file(self):
        self.fails(3, "cannot-write", "trace", self.write("c.yaml", CHAIN), "-o", "/dev/full")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_full_disk_leaves_no_folder(self):
        self.ok("generate", "--buses", "500", "-o", self.path("g.yaml"))
        os.mkdir(self.path("old"))
        for folder, there in (("new", False), ("old", True)):
            self.fails(3, "cannot-write", "trace", self.path("g.yaml"), "--format=csv", "-o", self.path(folder) + "/",
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
            self.assertEqual(os.path.exists(self.path(folder)), there)
        self.assertEqual(os.listdir(self.path("old")), [])

    def test_closed_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        self.fails(3, "cannot-write", "trace", case, stdout=None, preexec_fn=lambda: os.close(1))

    def test_closed_standard_error_does_not_mix_into_data(self):
        case = self.write("c.yaml", CHAIN.replace(", intensity: 0.2", ""))
        done = subprocess.run([CEF, "trace", case, "--missing-factor=0", "--format=json", "-o", self.path("o.json")],
                              preexec_fn=lambda: os.close(2), stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0)
        with open(self.path("o.json"), encoding="utf-8") as file:
            json.load(file)

    def test_reader_that_went_away(self):
        self.ok("generate", "--buses", "3000", "-o", self.path("g.yaml"))
        with subprocess.Popen([CEF, "trace", self.path("g.yaml"), "--format", "json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.read(10)
            process.stdout.close()
            errors = process.stderr.read()
            self.assertEqual(process.wait(), 3)
        self.assertEqual(errors, b"")

    def test_file_is_whole_and_alone(self):
        case = self.write("c.yaml", CHAIN)
        out = self.ok("trace", case, "--format", "json", "-o", self.path("out.json"))
        self.assertEqual(out, "")
        with open(self.path("out.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.ok("trace", case, "--format", "json"))
        self.assertEqual(self.leftovers(), [])
        umask = os.umask(0)
        os.umask(umask)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out.json")).st_mode), 0o666 & ~umask)

    def test_format_by_the_files_ending(self):
        case = self.write("c.yaml", CHAIN)
        self.ok("trace", case, "-o", self.path("out.json"))
        self.ok("trace", case, "-o", self.path("out.csv"))
        self.ok("trace", case, "-o", self.path("out.txt"))
        with open(self.path("out.json"), encoding="utf-8") as file:
            json.load(file)
        with open(self.path("out.csv"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("id,intensity,"))
        with open(self.path("out.txt"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("chain: 4 buses"))

    def test_dash_is_standard_output(self):
        case = self.write("c.yaml", CHAIN)
        self.assertEqual(self.ok("trace", case, "-o", "-"), self.ok("trace", case))

    def test_failing_leaves_the_target_alone(self):
        target = self.write("out.json", "precious")
        self.fails(1, "unsolved", "trace", self.write("s.yaml", SHORT), "-o", target)
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual(self.leftovers(), [])

    def test_write_failure_leaves_the_target_alone(self):
        target = self.write("out.json", "precious")
        self.ok("generate", "--buses", "1000", "-o", self.path("g.yaml"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.fails(3, "cannot-write", "trace", self.path("g.yaml"), "--format", "json", "-o", target, preexec_fn=limit)
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual(self.leftovers(), [])

    def test_little_memory_ends_with_all_or_nothing(self):
        """Whatever is the limit the command ends, and leaves a whole file or none: OpenBLAS's threads do not hold it."""
        self.ok("generate", "--buses", "5000", "-o", self.path("g.yaml"))
        target, ends = self.path("out.json"), set()
        for megabytes in (48, 56, 64, 72, 96, 192, 1024) if "asan" not in os.environ.get("LIBCEF_BUILD_DIR", "") else ():
            limit = lambda n=megabytes << 20: resource.setrlimit(resource.RLIMIT_AS, (n, n))
            done = subprocess.run([CEF, "trace", self.path("g.yaml"), "--format", "json", "-o", target],
                                  preexec_fn=limit, capture_output=True, timeout=60, check=False)
            ends.add(done.returncode)
            if b"OpenBLAS blas_thread_init" in done.stderr and done.returncode < 0:
                continue  # OpenBLAS ended the process while it was loaded
            self.assertIn(done.returncode, (0, 4, 127), done.stderr)  # 127: its libraries did not fit
            self.assertEqual(os.path.exists(target), done.returncode == 0)
            self.assertEqual(self.leftovers(), [])
            if done.returncode == 0:
                with open(target, encoding="utf-8") as file:
                    self.assertTrue(json.load(file)["certificate"]["certified"])
                os.remove(target)
        self.assertTrue(not ends or 0 in ends)

    def test_write_failure_of_one_csv_leaves_all(self):
        self.ok("generate", "--buses", "1000", "-o", self.path("g.yaml"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.fails(3, "cannot-write", "trace", self.path("g.yaml"), "-o", self.path("tables/"), preexec_fn=limit)
        self.assertFalse(os.path.exists(self.path("tables")))

    def test_no_folder_to_write_into(self):
        self.fails(3, "cannot-write", "trace", self.write("c.yaml", CHAIN), "-o", self.path("no/such/out.json"))

    def test_link_is_followed_and_mode_kept(self):
        target = self.write("real.json", "old")
        os.chmod(target, 0o640)
        os.symlink(target, self.path("link.json"))
        self.ok("trace", self.write("c.yaml", CHAIN), "-o", self.path("link.json"))
        self.assertTrue(os.path.islink(self.path("link.json")))
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o640)
        with open(target, encoding="utf-8") as file:
            json.load(file)

    def on_terminal(self, environment, *arguments):
        leader, follower = pty.openpty()
        done = run(*arguments, stdout=follower, env=environment)
        os.close(follower)
        text = b""
        try:
            while True:
                piece = os.read(leader, 65536)
                if not piece:
                    break
                text += piece
        except OSError:
            pass
        os.close(leader)
        self.assertEqual(done.returncode, 0)
        return text.decode()

    def test_colours_only_on_a_terminal_that_wants_them(self):
        case = self.write("c.yaml", CHAIN)
        self.assertNotIn("\033", self.ok("trace", case))
        self.assertIn("\033[", self.on_terminal({"TERM": "xterm", "NO_COLOR": ""}, "trace", case))
        self.assertNotIn("\033", self.on_terminal({"TERM": "xterm", "NO_COLOR": "1"}, "trace", case))
        self.assertNotIn("\033", self.on_terminal({"TERM": "dumb", "NO_COLOR": ""}, "trace", case))

    def test_control_bytes_do_not_reach_the_terminal(self):
        self.assertNotIn("\033", self.fails(3, "cannot-open", "trace", self.path("\033[31m.m")))
        self.assertNotIn("\033", self.fails(2, "usage", "trace", "x.m", "--\033[31m"))


class Table(Command):
    def test_small_case_shows_every_bus(self):
        text = self.ok("trace", self.write("c.yaml", CHAIN))
        self.assertIn("0.800000", text)
        self.assertIn("0.522222", text)
        self.assertIn("undefined", text)
        self.assertIn("\ncertified\n", text)
        self.assertRegex(text, r"generation +150\.000 +90\.000 +100\.00 +0\.600000")
        self.assertRegex(text, r"load +145\.000 ")
        self.assertRegex(text, r"loss +5\.000 ")
        self.assertIn("generation", text)

    def test_large_case_shows_the_extremes(self):
        self.ok("generate", "--buses", "300", "-o", self.path("g.yaml"))
        text = self.ok("trace", self.path("g.yaml"))
        self.assertIn("The 20 highest and 20 lowest", text)
        self.assertLess(len(text.splitlines()), 80)

    def test_loop_in_words(self):
        self.assertIn("3 buses, 10.000 MW around: 1 2 3", self.ok("trace", self.write("r.yaml", RING)))

    def test_no_negative_zero(self):
        self.assertNotIn("-0.000", self.ok("trace", self.write("s.yaml", SIGNS)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
