#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""timeline.py THRTRACE TAPE: the timeline of a record holds what its JSON tells, in slices that a viewer can nest; and
each view has the findings that the summary counts."""
import collections
import json
import re
import shutil
import subprocess
import sys

from tape import WRONG, replay, want


READER = """const { buildModel } = require("@tracerbench/trace-model");
const model = buildModel(JSON.parse(require("fs").readFileSync(0)));
console.log(JSON.stringify(model.processes.flatMap(p => p.threads.map(t => [t.id, t.name]))));"""


def read_by_another(rows):
    """What a reader of the format makes of it: a package of npm's, which need not be there."""
    if not shutil.which("node") or subprocess.run(["node", "-e", 'require.resolve("@tracerbench/trace-model")'],
                                                  capture_output=True, check=False).returncode:
        return
    done = subprocess.run(["node", "-e", READER], input=json.dumps(rows), capture_output=True, text=True, check=False)
    names = {r["tid"]: r["args"]["name"] for r in rows if r["name"] == "thread_name"} # the last one stays
    want("tracks as another reads them", done.returncode == 0 and dict(json.loads(done.stdout)) or done.stderr, names)


def imported(rows):
    """As Perfetto's importer takes them: sorted by time, else as they stand; an arrow belongs to the innermost slice that is
    open on its track then, and without one it is dropped. One by which a task is made begins in the call, where that is one."""
    opened = collections.defaultdict(list)
    calls = {(r["tid"], r["name"]) for r in rows if r["ph"] == "X"}
    for r in sorted((r for r in rows if "ts" in r and "tid" in r), key=lambda r: r["ts"]):
        track = opened[r["tid"]]
        while track and track[-1][1] is not None and track[-1][1] <= r["ts"] + 0.0001: # times have three digits behind the point
            track.pop()
        if r["ph"] in "BX":
            track.append((r["name"], r["ts"] + r["dur"] if r["ph"] == "X" else None))
        elif r["ph"] == "E":
            want(f"what ends on {r['tid']} at {r['ts']}", [until for _, until in track], [None])
            track.clear()
        elif r["ph"] in "sf" and not track:
            WRONG.append(f"{r['tid']}: the arrow {r['cat']} {r['id']} at {r['ts']} is in no slice")
        if r["ph"] == "f":
            want(f"the end of the arrow {r['cat']} {r['id']} binds to the slice around it", r.get("bp"), "e")
        creates = [name for name in ("clone3", "clone", "vfork", "fork") if (r["tid"], name) in calls]
        if r["ph"] == "s" and r["cat"] == "creates" and creates and track and track[-1][0] not in creates:
            WRONG.append(f"{r['tid']}: the arrow {r['cat']} {r['id']} at {r['ts']} begins in {track[-1][0]}")


def stacks(events):
    """The sums of the stacks of tasks that live, after each birth, exec and end that changes them."""
    of, sums = {}, []
    for e in events:
        before = sum(of.values())
        if e["event"] == "birth" and e["followed"] and "RLIMIT_STACK" not in (e["stack"]["source"] or ""):
            of[e["task"]] = e["stack"]["bytes"] or 0
        elif e["event"] in ("end", "exec"):
            of.pop(e["task"], None)
        if sum(of.values()) != before:
            sums.append(sum(of.values()))
    return sums


def main():
    rows = json.loads(replay("chrome"))
    events = [json.loads(line) for line in replay("json").splitlines()]
    count = collections.Counter(e["event"] for e in events)
    births = {int(e["task"][1:]): e for e in events if e["event"] == "birth"}
    followed = [b for b in births.values() if b["followed"]]
    tracks = collections.defaultdict(list)
    for r in rows:
        if "tid" in r and "ts" in r:
            tracks[r["tid"]].append(r)
    of = lambda ph: [r for r in rows if r["ph"] == ph]  # noqa: E731

    read_by_another(rows)
    imported(rows)
    want("rows without a category", [r for r in rows if not r.get("cat")], [])
    want("lives", len(of("B")), len(followed))
    want("their ends", len(of("E")), len(followed))
    want("named tracks", {r["tid"] for r in of("M") if r["name"] == "thread_name"}, set(tracks))
    want("calls", sum(r["ph"] in "Xi" and "args" in r and ("returns" in r["args"] or "errno" in r["args"]) for r in rows),
         sum(e["event"] == "call" and (e["ret"] is not None) for e in events))
    want("findings: lines, marks of the text and of the timeline",
         (count["finding"], len(re.findall(r"!! (?!above)", replay("text"))), sum(r["name"].startswith("!! ") for r in rows)),
         (events[-1]["findings"],) * 3)
    made = sum(b["parent"] is not None for b in births.values())
    for what, most in (("creates", made), ("joins", count["join"])): # where the one end is gone before the other is told of, there is none
        arrows = sum(r["cat"] == what for r in of("s"))
        if arrows > most or not arrows and most:
            WRONG.append(f"{arrows} arrows of {most}: {what}")
    want("arrows that arrive", [(r["cat"], r["id"]) for r in of("f")], [(r["cat"], r["id"]) for r in of("s")])
    want("counts", [r["args"]["alive"] for r in of("C") if r["name"] == "tasks alive"][-1], 0)
    reserved = [r["args"]["reserved"] for r in of("C") if r["name"] == "stack bytes"]
    want("bytes of stacks, of each moment", reserved, stacks(events))
    for tid, own in tracks.items():
        begin = [r["ts"] for r in own if r["ph"] == "B"]
        end = [r["ts"] for r in own if r["ph"] == "E"]
        if not begin:
            continue
        want(f"lives of {tid}", (len(begin), len(end)), (1, 1))
        last = begin[0]
        for r in sorted((r for r in own if r["ph"] == "X"), key=lambda r: r["ts"]):
            until = r["ts"] + r["dur"]
            if r["ts"] < last - 0.001 or until > end[0] + 0.001:
                WRONG.append(f"{tid}: {r['name']} at {r['ts']} to {until} in {last} to {end[0]}")
            last = until
        for r in own:
            if r["ph"] in "sf" and not begin[0] <= r["ts"] <= end[0]:
                WRONG.append(f"{tid}: the arrow {r['cat']} {r['id']} at {r['ts']} is outside of {begin[0]} to {end[0]}")
        ends = {round(r["ts"] + r["dur"], 3) for r in own if r["ph"] == "X"} # no longer within, say the viewers
        for r in own:
            if r["ph"] == "s" and round(r["ts"], 3) in ends:
                WRONG.append(f"{tid}: the arrow {r['cat']} {r['id']} begins where its call has ended, at {r['ts']}")
    for w in WRONG:
        print(w)
    return 1 if WRONG else 0


if __name__ == "__main__":
    sys.exit(main())
