#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds what --format=json writes against man/thrtrace.schema.json.

    schema.py THRTRACE SOURCE PROGRAM...

The golden files, and a trace of each PROGRAM in each mode. Every kind of line and of finding is in the schema, and a key
that is not in it does not pass.
"""
import copy
import json
import os
import re
import subprocess
import sys

from harness import Failure, become_subreaper, run, run_traced, skip

try:
    from jsonschema import Draft202012Validator
except ImportError:
    skip("jsonschema for Python is missing (Debian: python3-jsonschema)")

MODES = {"filter": ["-f"], "all": ["-f", "--no-seccomp"], "light": ["-f", "--light"]}


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.whole = json.load(f)
        Draft202012Validator.check_schema(self.whole)
        self.defs = self.whole["$defs"]
        self.any = Draft202012Validator(self.whole)
        names = [one["$ref"].rsplit("/", 1)[1] for one in self.whole["oneOf"]]
        # Of one kind by itself: what is wrong is then said in a line, and not once for each other kind.
        self.of = {name: Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": self.defs}) for name in names}
        self.seen = {}

    def hold(self, line, where):
        kind = line.get("event")
        if kind not in self.of:
            raise Failure(f"{where}: there is no event {kind!r} in the schema")
        for error in self.of[kind].iter_errors(line):
            at = "/".join(str(p) for p in error.absolute_path)
            raise Failure(f"{where}: {kind}: {at}: {error.message[:500]}")
        self.seen.setdefault(kind, line)


def check_golden(schema, source):
    folder = os.path.join(source, "tests/golden")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".json"))
    if not names:
        raise Failure(f"no golden file in {folder}")
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                schema.hold(json.loads(line), f"{name}:{number}")


def check_live(schema, thrtrace, programs):
    for program in programs:
        for mode, options in MODES.items():
            _, events = run_traced(thrtrace, options, [program], 60)
            for event in events:
                schema.hold(event, f"{os.path.basename(program)}, {mode}")


def check_looks(schema, thrtrace):
    for options in ["--snapshot"], ["--snapshot", "--all"], ["--snapshot", "--stacks"]:
        looked = run([thrtrace, *options, "--format=json", str(os.getpid())], 60)
        if looked.code:
            raise Failure(f"{options}: {looked.err}")
        for line in looked.out.splitlines():
            schema.hold(json.loads(line), " ".join(options))


def check_thread(schema, thrtrace):
    for more in [], ["--stacks"]:
        sleeper = subprocess.Popen(["sleep", "60"])
        looked = run([thrtrace, f"--explain-thread={sleeper.pid}", "--format=json", *more], 60)
        sleeper.kill()
        sleeper.wait()
        schema.hold(json.loads(looked.out), "--explain-thread")


def check_words(schema, thrtrace):
    for options in ["--lesson"], ["--lesson=vm"], ["--try", "fork", "CLONE_THREAD", "pthread_create"]:
        for line in run([thrtrace, *options, "--format=json"], 20).out.splitlines():
            schema.hold(json.loads(line), " ".join(options))


def check_kinds(schema, thrtrace, source):
    """What the view can write and what may be found, from where it is written."""
    with open(os.path.join(source, "decode/sinks/json.c"), encoding="utf-8") as f:
        text = f.read()
    lines = set(re.findall(r'\[EV_\w+\] = "(\w+)"', text)) | set(re.findall(r'begin\("(\w+)"', text)) | {"finding"}
    lines.discard("exiting")  # for the model: no view is shown it
    missing = lines - set(schema.of)
    if missing or len(lines) < 15:
        raise Failure(f"not in the schema: {missing}; known: {lines}")
    table = run([thrtrace, "--findings", "--format=json"], 20).out
    ids = [json.loads(line)["id"] for line in table.splitlines()]
    if schema.defs["finding_id"]["enum"] != ids:
        raise Failure(f"findings of the schema and of --findings differ: {set(schema.defs['finding_id']['enum']) ^ set(ids)}")


def objects_of(value):
    """Every object in it that is described key by key; those of unknown, limits by state and the like are not."""
    if isinstance(value, list):
        for one in value:
            yield from objects_of(one)
    elif isinstance(value, dict):
        yield value
        for key, one in value.items():
            if key not in ("unknown", "states", "state"):
                yield from objects_of(one)


def check_strict(schema):
    """Of each kind that was seen one line, changed: it passes as it is, and no longer."""
    for kind, line in schema.seen.items():
        if not schema.any.is_valid(line):
            raise Failure(f"{kind}: more than one kind, or none, fits {line}")
        for i in range(len(list(objects_of(line)))):
            changed = copy.deepcopy(line)
            list(objects_of(changed))[i]["no_such_key"] = 1
            if schema.any.is_valid(changed) or schema.of[kind].is_valid(changed):
                raise Failure(f"{kind}: an unknown key passes: {changed}")
        for key in ("event", "t_ns") if "t_ns" in line else ("event",):
            if schema.any.is_valid({k: v for k, v in line.items() if k != key}):
                raise Failure(f"{kind}: it passes without {key}")


def main():
    thrtrace, source, *programs = sys.argv[1:]
    become_subreaper()
    schema = Schema(os.path.join(source, "man/thrtrace.schema.json"))
    check_kinds(schema, thrtrace, source)
    check_golden(schema, source)
    check_live(schema, thrtrace, programs)
    check_looks(schema, thrtrace)
    check_thread(schema, thrtrace)
    check_words(schema, thrtrace)
    check_strict(schema)
    print(f"kinds of lines seen: {', '.join(sorted(schema.seen))}")


if __name__ == "__main__":
    try:
        main()
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
