#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""views.py THRTRACE TAPE: what the tree, the graph and the table of a record tell is what its JSON tells."""
import csv
import io
import json
import re
import shutil
import subprocess
import sys

from tape import WRONG, replay, want

def table(ends, births):
    """Each field is the JSON's, and empty where that is null."""
    rows = list(csv.DictReader(io.StringIO(replay("csv"), newline=""), strict=True))
    want("rows of the table", [r["task"] for r in rows], [e["task"] for e in ends])
    for row, end in zip(rows, ends):
        birth = births[end["task"]]
        pairs = {"tid": end["tid"], "pid": end["tgid"], "end": end["how"], "status": end["status"], "signal": end["signal"],
                 "cpu_ns": end["cpu_ns"], "turns": end["turns"], "voluntary": end["voluntary"], "joined_by": end["joined_by"],
                 "touched_bytes": end["stack_touched"], "robust_held": end["robust_count"], "kind": birth["kind"],
                 "creator": birth["parent"], "born_ns": None if birth["kind"] == "attached" else birth["t_ns"]}
        if end["how"] not in ("detached", "not_followed"):
            pairs["lived_ns"] = end["lived_ns"]
        for key, value in pairs.items():
            want(f"{end['task']} {key}", row[key], "" if value is None else str(value))


def tree(births):
    """Each line is one task, or so many that are alike; below one that stands for many, each stands for as many."""
    count, above = 0, []
    for line in replay("tree").splitlines():
        depth, text = re.match(r"((?:[| ] )*(?:[|`]-)?)(.*)", line).groups()
        many = re.search(r"\}? x(\d+)", text)
        above = above[:len(depth) // 2] + [int(many[1]) if many else 1]
        times = 1
        for n in above:
            times *= n
        count += times
    want("tasks of the tree", count, len(births))


def graph():
    """Graphviz takes it; where there is none, each line is a node, an arrow between nodes, or a setting."""
    text = replay("dot")
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=False)
        want("dot", (done.returncode, done.stderr, "</svg>" in done.stdout), (0, "", True))
    string = r'"(?:[^"\\]|\\["\\n])*"'
    setting = rf'\w+=(?:\w+|{string})'
    lines = text.splitlines()
    want("its frame", (lines[0], lines[-1]), ("digraph threads {", "}"))
    nodes = set()
    for line in lines[1:-1]:
        node = re.fullmatch(rf"\t(T\d+|node|edge) \[{setting}(?: {setting})*\];", line)
        arrow = re.fullmatch(rf"\t(T\d+) -> (T\d+)(?: \[{setting}(?: {setting})*\])?;", line)
        if node:
            nodes.add(node[1])
        elif arrow:
            want(f"ends of {line}", {arrow[1], arrow[2]} - nodes, set())
        elif not re.fullmatch(rf"\t{setting};", line):
            WRONG.append(f"no line of a graph: {line}")


def main():
    events = [json.loads(line) for line in replay("json").splitlines()]
    births = {e["task"]: e for e in events if e["event"] == "birth"}
    table([e for e in events if e["event"] == "end"], births)
    tree(births)
    graph()
    for w in WRONG:
        print(w)
    return 1 if WRONG else 0


if __name__ == "__main__":
    sys.exit(main())
