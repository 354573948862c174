#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command cef in the hands of somebody in a hurry or of ill will: slips of the hand, wrong kinds of files, pipes that close,
locales, names that are no text."""
import json
import os
import signal
import subprocess
import threading
import unittest

from command import CEF, CHAIN, Command, VERBS, run


class Slips(Command):
    def test_verbs_are_guessed(self):
        for typed, meant in (("meter", "meters"), ("TRACE", "trace"), ("Seris", "series"), ("power-flow", "powerflow"), ("generat", "generate"),
                             ("hlep", "help"), ("explian", "explain"), ("version", "--version"), ("-version", "--version"), ("--hlep", "--help")):
            self.assertIn(f"did you mean '{meant}'?", self.fails(2, "usage", typed))
        for typed in ("", "zzz", "x", "-", "--"):
            self.assertNotIn("did you mean", self.fails(2, "usage", typed))

    def test_options_are_guessed_among_those_of_the_verb(self):
        for verb, typed, meant in (("meters", "--lossrate", "--loss-rate"), ("meters", "--max-round", "--max-rounds"), ("trace", "--Flow-Tol", "--flow-tol"),
                                   ("series", "--profile", "--profiles"), ("series", "--kep", "--keep"), ("powerflow", "--slak", "--slack"),
                                   ("generate", "--busses", "--buses"), ("check", "--factor", "--factors"), ("convert", "--hepl", "--help")):
            self.assertIn(f"did you mean '{meant}'?", self.fails(2, "usage", verb, f"{typed}=1"))
        self.assertNotIn("loss-rate'?", self.fails(2, "usage", "trace", "--lossrate=1"))

    def test_codes_are_guessed(self):
        self.assertIn("did you mean 'settings-differ'?", self.fails(2, "usage", "explain", "Setting-difers"))

    def test_empty_text(self):
        for arguments in (["trace", ""], ["check", ""], ["convert", "a.m", ""], ["explain", ""], ["meters", "", "--sync"]):
            self.assertIn("an argument is empty text", self.fails(2, "usage", *arguments))
        self.fails(2, "usage", "trace", "x.m", "-o", "")

    def test_very_long_arguments_are_cut_and_the_reason_stays(self):
        long, case = "a" * 100000, self.write("c.yaml", CHAIN)
        for arguments in ([long], ["--" + long], ["trace", "--" + long], ["trace", case, long], ["trace", case, f"--format={long}"],
                          ["explain", long], ["help", long], ["generate", "--buses", long, "-o", "x"], ["--version", long]):
            text = self.fails(2, "usage", *arguments)
            self.assertLess(len(text), 400)
        for reason, code, arguments in (("File name too long", "cannot-open", ["trace", long + ".yaml"]), ("File name too long", "cannot-write", ["trace", case, "-o", long]),
                                        ("File name too long", "cannot-open", ["trace", case, "--factors", long]),
                                        ("File name too long", "cannot-write", ["generate", "--buses", "9", "-o", long + ".yaml"])):
            self.assertIn(reason, self.fails(3, code, *arguments))
        self.assertIn("its ending is none of", self.fails(1, "unknown-format", "trace", long))


class Names(Command):
    BAD = b"gr\xfcn \x1b[31m\xc2\x9b \xff.yaml"

    def bad(self, text=CHAIN):
        path = os.path.join(os.fsencode(self.folder), self.BAD)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_case_whose_name_is_no_text(self):
        path = self.bad()
        for verb in ("trace", "meters", "check"):
            done = run(verb, path, "--format", "json")
            self.assertEqual(done.returncode, 0, done.stderr)
            json.loads(done.stdout.decode("utf-8"))

    def test_a_file_option_whose_name_is_no_text(self):
        factors = os.path.join(os.fsencode(self.folder), b"f\xfc.csv")
        with open(factors, "w", encoding="utf-8") as file:
            file.write("gen,bus,intensity\ng1,1,0.5\n")
        result = json.loads(run("trace", self.write("c.yaml", CHAIN), "--factors", factors, "--format=json").stdout.decode("utf-8"))
        self.assertTrue(result["settings"]["factors"].endswith("f\ufffd.csv"))

    def test_messages_are_clean_text(self):
        """Neither escape sequences (also those of one byte, and U+009B) nor bytes that are no UTF-8 reach the terminal."""
        for arguments in (["trace", self.BAD], ["trace", self.bad("libcef: x")], [self.BAD], ["trace", b"x.m", b"--f\xff\x1b"],
                          ["trace", b"x.m", b"--format=\x9b\xc3\xbc"], ["explain", b"\xe2\x82"], ["explain", "ü\u009b31m".encode()]):
            done = run(*arguments)
            self.assertGreater(done.returncode, 0)
            text = done.stderr.decode("utf-8")  # or it fails
            self.assertFalse([c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)], text)
        self.assertIn("'ü??31m'", run("explain", "ü\u009b31m").stderr.decode())

    def test_a_long_id_is_cut_and_marked(self):
        """An id of 64 bytes must not be shown as one of the 63 that would be allowed."""
        for name in ("x" * 64, "x" * 60 + "ä" * 40):
            text = self.fails(1, "bad-id", "trace", self.write("c.yaml", CHAIN.replace("{id: 4}", f"{{id: {name}}}")))
            self.assertRegex(text, "is 'x{59,61}.*\\.\\.', expected 1-63 bytes")

    def test_case_text_that_is_no_utf8(self):
        with open(self.path("c.yaml"), "wb") as file:
            file.write(CHAIN.encode().replace(b"chain", b"ch\xe4in"))
        self.assertIn("c.yaml:2", self.fails(1, "bad-encoding", "trace", self.path("c.yaml")))


class Kinds(Command):
    def test_a_folder_where_a_file_is_wanted(self):
        case, folder = self.write("c.yaml", CHAIN), self.folder
        for verb in ("trace", "meters", "check", "powerflow"):
            self.fails(1, "missing-field", verb, folder)
        self.fails(3, "cannot-read", "trace", case, "--factors", folder)
        self.fails(3, "cannot-read", "meters", case, "--fuel-factors", folder)
        self.fails(3, "cannot-write", "check", case, "-o", folder)
        os.mkdir(self.path("d.yaml"))
        os.mkdir(self.path("d.yaml/keep"))
        self.fails(3, "cannot-write", "convert", case, self.path("d.yaml"))
        self.fails(3, "cannot-write", "generate", "--buses", "9", "-o", self.path("d.yaml"))
        self.assertEqual(os.listdir(self.path("d.yaml")), ["keep"])
        self.assertEqual(self.leftovers(), [])

    def test_a_file_where_a_folder_is_wanted(self):
        case, file = self.write("c.yaml", CHAIN), self.write("plain", "x")
        self.fails(1, "missing-field", "series", case, "--profiles", file, "-o", self.path("out"))
        self.fails(3, "cannot-write", "trace", case, "--format=csv", "-o", file + "/")
        self.fails(3, "cannot-write", "generate", "--buses", "9", "-o", file + "/g")
        self.assertEqual(sorted(os.listdir(self.folder)), ["c.yaml", "plain"])

    def test_a_case_from_a_pipe(self):
        os.mkfifo(self.path("pipe.yaml"))
        def feed():
            with open(self.path("pipe.yaml"), "w", encoding="utf-8") as pipe:
                pipe.write(CHAIN)
        feeder = threading.Thread(target=feed)
        feeder.start()
        piped = self.ok("trace", self.path("pipe.yaml"))
        feeder.join()
        self.assertEqual(piped, self.ok("trace", self.write("c.yaml", CHAIN)))
        self.fails(1, "unknown-format", "trace", "-", stdin=subprocess.DEVNULL)  # a case has an ending

    def test_places_that_cannot_be_written(self):
        case = self.write("c.yaml", CHAIN)
        for target in ("/proc/x", "/sys/x"):
            for arguments in (["trace", case, "-o", target + ".json"], ["meters", case, "-o", target + "/"], ["check", case, "-o", target],
                              ["generate", "--buses", "9", "-o", target + ".yaml"], ["convert", case, target + ".yaml"],
                              ["generate", "--buses", "9", "-o", target]):
                self.fails(3, "cannot-write", *arguments)
        os.mkdir(self.path("locked"), 0o555)
        if os.geteuid() != 0:
            self.fails(3, "cannot-write", "trace", case, "-o", self.path("locked/x.json"))
        self.assertEqual(os.listdir(self.path("locked")), [])


class Streams(Command):
    def commands(self):
        case = self.write("c.yaml", CHAIN)
        return [["trace", case], ["meters", case], ["check", case], ["explain"], ["--help"], ["--version"]] + [[verb, "--help"] for verb in VERBS] + [
            ["trace", case, "--format", "json"], ["meters", case, "--format", "csv"]]

    def shell(self, text, *arguments):
        return subprocess.run(["bash", "-c", text, "x", CEF, *arguments], capture_output=True, check=False)

    def test_closed_standard_output(self):
        for arguments in self.commands():
            done = self.shell('"$@" >&-', *arguments)
            self.assertEqual((done.returncode, done.stdout), (3, b""), arguments)
            self.assertIn(b"error[cannot-write]: standard output: ", done.stderr)

    def test_all_streams_closed(self):
        case = self.write("c.yaml", CHAIN)
        self.assertEqual(self.shell('"$@" <&- >&- 2>&-', "trace", case).returncode, 3)
        self.assertEqual(self.shell('"$@" <&- >&- 2>&-', "trace", case, "-o", self.path("out.json")).returncode, 0)
        with open(self.path("out.json"), encoding="utf-8") as file:
            json.load(file)  # and no message went into it

    def test_closed_streams_are_held(self):
        """No file may get the number of a standard stream, into which messages go: /dev/null stands there."""
        case = self.path("pipe.yaml")
        os.mkfifo(case)
        for closed in ((2,), (0, 1), (0, 1, 2)):
            with subprocess.Popen([CEF, "check", case, "-o", self.path("out.json")],
                                  preexec_fn=lambda numbers=closed: [os.close(number) for number in numbers]) as process:
                with open(case, "w", encoding="utf-8") as writer:  # it reads now
                    held = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in closed]
                    writer.write(CHAIN)
                process.wait()
            self.assertEqual(held, ["/dev/null"] * len(closed), closed)

    def test_a_reader_that_goes_away(self):
        """No message, no signal: exit 3 where something was left to write, whatever the verb."""
        self.ok("generate", "--buses", "3000", "-o", self.path("g.yaml"))
        for arguments in (["trace", self.path("g.yaml"), "--format=json"], ["meters", self.path("g.yaml"), "--format=csv"], ["meters", "--help"]):
            done = self.shell('"$@" | true; exit ${PIPESTATUS[0]}', *arguments)
            self.assertIn(done.returncode, (0, 3), arguments)
            self.assertEqual((done.stdout, done.stderr), (b"", b""))
        read, write = os.pipe()
        os.close(read)
        for arguments in self.commands():
            done = run(*arguments, stdout=write)
            self.assertEqual((done.returncode, done.stderr), (3, b""), arguments)
        os.close(write)

    def test_sigpipe_ignored_or_not(self):
        case = self.write("c.yaml", CHAIN)
        read, write = os.pipe()
        os.close(read)
        for action in (signal.SIG_DFL, signal.SIG_IGN):
            done = run("trace", case, stdout=write, preexec_fn=lambda a=action: signal.signal(signal.SIGPIPE, a))
            self.assertEqual(done.returncode, 3)
        os.close(write)


class Locales(Command):
    def test_numbers_do_not_follow_the_locale(self):
        case = self.write("c.yaml", CHAIN)
        for arguments in (["trace", case], ["trace", case, "--format=json", "--flow-tol", "0.5"], ["trace", case, "--format=csv"],
                          ["meters", case, "--loss-rate=0.25", "--format=json"], ["check", case], ["meters", "--help"]):
            plain = self.ok(*arguments, env={"LC_ALL": "C"})
            for locale in ("de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "no_such_locale", "C.UTF-8", "tr_TR.UTF-8"):
                self.assertEqual(self.ok(*arguments, env={"LC_ALL": locale, "LANG": locale, "LC_NUMERIC": locale}), plain)
        self.assertIn("--flow-tol cannot be '0,5'", self.fails(2, "usage", "trace", case, "--flow-tol", "0,5", env={"LC_ALL": "de_DE.UTF-8"}))

    def test_no_verb_sets_a_locale(self):
        """Locales may not be installed where this runs: the command does not ask for one at all."""
        symbols = subprocess.run(["nm", "-D", "--undefined-only", CEF], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("setlocale", symbols)
        self.assertNotIn("strtod", symbols)


if __name__ == "__main__":
    unittest.main(verbosity=2)
