#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A trace that is recorded, and its replay: the same bytes, in every mode and view.

    record.py THRTRACE same TRACEE       each mode, with and without -f, as text and as JSON
    record.py THRTRACE views TRACEE      each option that shapes the output, at the recording and at the replay
    record.py THRTRACE refused TRACEE    options that need other answers, files that are no record
    record.py THRTRACE killed WAITS      thrtrace dies by SIGKILL: what it has seen can be replayed; it gets SIGTERM
    record.py THRTRACE terminal TRACEE   the trace goes to a terminal, which is written to at once
"""
import os
import pty
import signal
import struct
import subprocess
import sys
import zlib

from harness import Failure, check_leftovers, in_own_folder, run, wait_until, ways

TIMEOUT = 60
MODES = ([], ["--no-seccomp"], ["--light"], ["--prove=off"], ["--creators=off"], ["-e", "all"])


class Case:
    def __init__(self, thrtrace, cwd, program):
        self.thrtrace, self.cwd, self.program = thrtrace, cwd, program
        self.tape = os.path.join(cwd, "tape")

    def path(self, name):
        return os.path.join(self.cwd, name)

    def content(self, name):
        """b"" when there is none yet."""
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def record(self, options, trace="direct", tape=None, program=None):
        """The program under thrtrace, recorded: the trace as it is printed directly."""
        ran = run([self.thrtrace, f"--record={tape or self.tape}", "-o", self.path(trace), *options, "--",
                   *(program or [self.program])], TIMEOUT, cwd=self.cwd)
        check_leftovers("after the recording")
        return ran

    def replay(self, options=(), tape=None, trace="replayed"):
        return run([self.thrtrace, f"--replay={tape or self.tape}", "-o", self.path(trace), *options], TIMEOUT)

    def expect_same(self, what, replay_options, tape=None):
        ran = self.replay(replay_options, tape)
        if ran.code != 0 or ran.err:
            raise Failure(f"{what}: the replay ends with {ran.code}: {ran.err}")
        direct, replayed = self.content("direct"), self.content("replayed")
        if not direct or direct != replayed:
            at = next((i for i, (a, b) in enumerate(zip(direct, replayed)) if a != b), min(len(direct), len(replayed)))
            raise Failure(f"{what}: {len(direct)} bytes directly, {len(replayed)} replayed; they differ at byte {at}: "
                          f"{direct[max(0, at - 80):at + 80]!r} and {replayed[max(0, at - 80):at + 80]!r}")


# ---- a tape by the bytes of thrtrace-tape(5) ----

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


VERSION = 2  # thrtrace-tape(5), PREAMBLE


def records_of(tape):
    """Each record as its bytes, and its operation."""
    magic, version, crc = struct.unpack_from("<8sII", tape)
    if magic != b"THRTAPE\n" or version != VERSION or crc != zlib.crc32(tape[:12]):
        raise Failure(f"not the preamble of the manual: {tape[:16]!r}")
    at = 16
    while at < len(tape):
        size, crc = struct.unpack_from("<II", tape, at)
        block = tape[at + 8:at + 8 + size]
        at += 8 + size
        if zlib.crc32(block) != crc:
            raise Failure("not the checksum of the manual")
        start = 0
        while start < size:
            question_size, question = varint(block, start)
            answer_size, answer = varint(block, question + question_size)
            yield block[question], block[start:answer + answer_size]
            start = answer + answer_size


def tape_of(records):
    head = b"THRTAPE\n" + struct.pack("<I", VERSION)
    block = b"".join(records)
    return head + struct.pack("<I", zlib.crc32(head)) + struct.pack("<II", len(block), zlib.crc32(block)) + block


# ---- cases ----

def same(case):
    for mode, follow, view in ways(MODES, ([], ["-f"]), ([], ["--format=json"])):
        options = [*mode, *follow, *view]
        ran = case.record(options)
        if "record" in ran.err:
            raise Failure(f"{options}: {ran.err}")
        case.expect_same(f"{options}", view)


def views(case):
    shapes = (["--notes=all"], ["--notes=none"], ["--color=always"], ["--summary"], ["-q"], ["-t"], ["-ttt"], ["-r"], ["-T"],
              ["-e", "signal=all"], ["--format=json", "--summary"])
    for shape in shapes:
        case.record(shape)
        case.expect_same(f"{shape}", shape)
    # Whatever the recording printed, each view can be had of it.
    case.record(["-q", "--notes=none"])
    replays = {}
    for shape in ([], *shapes, ["-e", "clone3,clone"]):
        ran = case.replay(shape)
        if ran.code != 0:
            raise Failure(f"replayed with {shape}: {ran.code}: {ran.err}")
        replays[" ".join(shape)] = case.content("replayed")
    if len(set(replays.values())) < 8:
        raise Failure("the options make no difference at a replay")
    chosen = replays["-e clone3,clone"]
    if b"clone" not in chosen or b" mmap(" in chosen or b" mmap(" not in replays[""]:
        raise Failure(f"-e at a replay does not choose: {chosen.decode()}")
    # The reports of a command that reads the trace are none of the program's.
    run(["sh", "-c", '"$1" --record=tape -o "|cat >direct" "$2"', "sh", case.thrtrace, case.program], TIMEOUT, cwd=case.cwd)
    case.expect_same("-o '|command'", [])
    # From standard input, without any path.
    with open(case.tape, "rb") as tape:
        piped = subprocess.run([case.thrtrace, "--replay=-", "-o", "-"], stdin=tape, capture_output=True, timeout=TIMEOUT, check=False)
    if piped.returncode != 0 or piped.stdout != case.content("direct"):
        raise Failure(f"--replay=-: {piped.returncode}: {piped.stderr.decode()}")


def expect(ran, code, *parts):
    if ran.code != code or any(part not in ran.err for part in parts):
        raise Failure(f"exit status {ran.code} and {ran.err!r}; expected: {code} and {parts}")


def edited(case, whole):
    """Records of another thrtrace, or another machine: with right checksums."""
    def replay_of(records):
        with open(case.path("edited"), "wb") as f:
            f.write(tape_of(records))
        return case.replay(tape=case.path("edited"))

    records = list(records_of(whole))
    expect(replay_of(r for _, r in records), 0)
    case.expect_same("in one block", [], case.path("edited"))
    kcmp = next(i for i, (op, _) in enumerate(records) if op == 21)
    expect(replay_of(r for i, (_, r) in enumerate(records) if i != kcmp), 1, "not the trace that was recorded",
           "no answer to 1 of", "(kcmp)")
    expect(replay_of(r for op, r in records if op != 2), 125, "its head is missing")
    machine = os.uname().machine.encode()
    expect(replay_of(r.replace(machine, b"!" * len(machine)) if op == 2 else r for op, r in records), 125,
           "which this thrtrace does not know")
    # An operation of a later thrtrace is passed over.
    expect(replay_of([*(r for _, r in records[:-1]), b"\x02\x7f\x00\x01x", records[-1][1]]), 0)


def refused(case):
    plain = run([case.program], TIMEOUT)
    case.record([])
    for options, part in ((["--light"], "--light needs answers"), (["--no-seccomp"], "made with --seccomp-bpf"), (["-f"], "no -f"),
                          (["--prove=off"], "made with --prove=on"), (["--creators=off"], "made with --creators=on"),
                          (["-E", "A=b"], "--env does not go with --replay"), (["--", "true"], "no program is run"),
                          (["--format=none"], "it is one of")):
        expect(case.replay(options), 125, part)
    for options in (["--seccomp-bpf"], ["--prove=on"], ["--creators=on"], ["-e", "signal=none"]):
        expect(case.replay(options), 0)
    whole = case.content("tape")
    for name, content, code, part in (("empty", b"", 125, "no record"), ("text", b"#!/bin/sh\n" * 9, 125, "no record"),
                                      ("head", whole[:20], 125, "no beginning"),
                                      ("cut", whole[:-1], 1, "is cut at byte"),
                                      ("longer", whole + b"x", 1, "is damaged at byte"),
                                      ("bit", whole[:-30] + bytes([whole[-30] ^ 4]) + whole[-29:], 1, "is damaged at byte")):
        with open(case.path(name), "wb") as f:
            f.write(content)
        ran = case.replay(tape=case.path(name))
        if code == 1 and name == "bit" and ran.code == 125: # a tape of one block: nothing is left of it
            code, part = 125, "no beginning"
        expect(ran, code, part)
    edited(case, whole)
    expect(case.replay(tape=case.path("none")), 125, "No such file")
    expect(case.record([], tape=case.path("none/none")), 125, "No such file")
    # The record fails, the trace and the program do not.
    if os.path.exists("/dev/full"):
        ran = case.record([], tape="/dev/full")
        expect(ran, plain.code, "No space left on device: the record is not whole")
        if b"THREADS" not in case.content("direct"):
            raise Failure("the trace is not whole without its record")
    if os.stat(case.tape).st_mode & 0o077:
        raise Failure("others may read the record")


def start_waits(case):
    """The program that waits for ever, under a recording thrtrace, once its two threads are in the trace."""
    with open(case.path("said"), "wb") as said:
        thrtrace = subprocess.Popen([case.thrtrace, f"--record={case.tape}", "-o", case.path("direct"), "--", case.program,
                                     "TERM"], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL, process_group=0)

    def ready():
        if thrtrace.poll() is not None:
            raise Failure(f"thrtrace ends with {thrtrace.returncode}")
        return b"ready" in case.content("said") and case.content("direct").count(b"is born") >= 2
    wait_until("the program waits", ready)
    return thrtrace


def killed(case):
    def recorded():
        case.replay()
        return case.content("replayed").startswith(case.content("direct"))
    thrtrace = start_waits(case)
    wait_until("what is in the trace is in the record", recorded)
    os.kill(thrtrace.pid, signal.SIGKILL)
    thrtrace.wait()
    check_leftovers("after SIGKILL")
    direct = case.content("direct")
    expect(case.replay(), 1, "the record is cut at byte", "its last record is missing")
    replayed = case.content("replayed")
    if not replayed.startswith(direct) or b"is born" not in replayed or b"THREADS" in replayed:
        raise Failure(f"directly:\n{direct.decode()}\nreplayed:\n{replayed.decode()}")
    os.unlink(case.path("direct"))
    thrtrace = start_waits(case)
    os.kill(thrtrace.pid, signal.SIGTERM) # passed on to the program, which catches it
    if thrtrace.wait(TIMEOUT) != 42:
        raise Failure(f"SIGTERM ends it with {thrtrace.returncode}")
    check_leftovers("after SIGTERM")
    case.expect_same("SIGTERM", [])
    # Let go when the time is over.
    for mode in (["--light"], ["--no-seccomp"]):
        direct = case.path("direct")
        os.unlink(direct)
        os.unlink(case.tape)
        thrtrace = subprocess.Popen([case.thrtrace, f"--record={case.tape}", "-o", direct, *mode, "--duration=300ms", "--",
                                     case.program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0)
        wait_until("the trace and the record end", lambda: case.replay().code == 0 and b"THREADS" in case.content("direct"))
        os.killpg(thrtrace.pid, signal.SIGKILL) # the program, and thrtrace, which waits for its end
        thrtrace.wait(TIMEOUT)
        check_leftovers("after --duration")
        case.expect_same(f"{mode} --duration", [])


def terminal(case):
    """Nothing is waited for when the trace goes to a terminal; its replay need not go there."""
    for options in ([], ["--light"]):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(case.thrtrace, [case.thrtrace, f"--record={case.tape}", "--format=json", *options, "--", "/bin/sh", "-c",
                                     'exec "$1" >/dev/null', "sh", case.program])
        seen = b""
        while True:
            try:
                piece = os.read(fd, 65536)
            except OSError: # EIO: its other side is closed
                break
            if not piece:
                break
            seen += piece
        os.waitpid(pid, 0)
        os.close(fd)
        with open(case.path("direct"), "wb") as f:
            f.write(seen.replace(b"\r\n", b"\n"))
        case.expect_same(f"a terminal, {options}", ["--format=json"])


CASES = {f.__name__: f for f in (same, views, refused, killed, terminal)}


def main():
    thrtrace, name, program = sys.argv[1:]
    return in_own_folder(lambda folder: CASES[name](Case(os.path.abspath(thrtrace), folder, os.path.abspath(program))))


if __name__ == "__main__":
    sys.exit(main())
