#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py THRTRACE TAPE: from its JSON alone the table at the end of the text is made again, cell by cell; and the record
can be had in every view that there is."""
import json
import re
import subprocess
import sys

from tape import TAPE, TOOL, WRONG, replay, want

UNITS = [(10 * i, unit) for i, unit in enumerate(["", "KiB", "MiB", "GiB"])][:0:-1]


def size(n):
    """As far as stacks go, whose guard may be a part."""
    for shift, unit in UNITS:
        whole, rest = n >> shift, n % (1 << shift)
        if n and n % 1024 == 0 and whole and rest <= 65536:
            return f"{whole} {unit}" + (f" + {rest >> 10} KiB" if rest else "")
    for shift, unit in UNITS if n > 99999 else []:
        if n >> shift:
            return f"{n >> shift}.{(n % (1 << shift) >> (shift - 10)) * 100 // 1024:02} {unit}"
    return f"{n} byte" + "s" * (n != 1) if n else "0"


def duration(ns):
    for unit, length in (("s", 10**9), ("ms", 10**6)):
        if ns >= length:
            return f"{ns // length}.{ns % length // (length // 10)} {unit}"
    return f"{ns // 1000} us" if ns >= 1000 else f"{ns} ns"


def frame(f):
    """Less the parameters of C++, and less the file."""
    name = f["symbol"]
    return re.sub(r"\(.*\)( const)?$", "", name) if name else f"{f['module']}+{f['module_offset']}"


def created(birth):
    if birth["kind"] in ("program", "attached"):
        return "execve" if birth["kind"] == "program" else "(was there)"
    if birth["maker"] is None:
        return birth["parent"]
    maker = birth["creator"][birth["maker"]]
    return f"{birth['parent']} {frame(maker)}" + (f":{maker['line']}" if maker["file"] else "")


def starts(birth):
    at = birth["start_routine"]
    if not at:
        return "-"
    maker = birth["creator"][birth["maker"]]["symbol"] if birth["creator"] and birth["maker"] is not None else None
    return frame({**at, "symbol": birth["label"]}) if birth["label"] and birth["label"] != maker else frame(at)


def stack(birth, last, execs):
    """Stack and guard at the end; one that runs another program has that program's."""
    reason = birth["stack"].get("unknown", {}).get("bytes") or ""
    area = size(last["stack_bytes"]) if last["stack_bytes"] else "heap" if "heap" in reason and not execs else "-"
    bare = birth["guard"] and birth["guard"]["kind"] == "none" and not execs
    return area, "none" if bare else size(last["guard_bytes"]) if last["guard_bytes"] else "-"


def ended(end):
    how, by = end["how"], f" by {end['by']}" if end["by"] else ""
    return {"exit": f"exit({end['status']})", "exit_group": f"exit_group({end['status']}){by}", "signal": end["signal"],
            "exec": f"execve{by}", "detached": "detached", "not_followed": "not followed"}[how]


def joined(end):
    if end["joined_by"]:
        return end["joined_by"] + (" (late)" if end.get("join") == "late" else "")
    return end.get("join") if end.get("join") not in (None, "not_yet") else "-"


def rows(events):
    births = [e for e in events if e["event"] == "birth"]
    ends = {e["task"]: e for e in events if e["event"] == "end"}
    last = {row["task"]: row for row in events[-1]["threads"]}
    for birth in births:
        end = ends[birth["task"]]
        own = [e for e in events if e.get("task") == birth["task"]]
        names = [birth["name"]] + [e["name"] for e in own if e["event"] in ("exec", "name", "end") and e.get("name")]
        names += re.findall(r'PR_SET_NAME, "(.*?)"', " ".join(e["text"] for e in own if e["event"] == "call" and "text" in e))
        area, guard = stack(birth, last[birth["task"]], any(e["event"] == "exec" for e in own))
        role = end.get("role")
        yield {"T": birth["task"], "TID": str(birth["tid"]), "PID": str(birth["tgid"]), "NAME": names[-1],
               "CREATED BY": created(birth), "STARTS IN": starts(birth), "ROLE": f"{role['label']} ({role['runtime']})" if role else "-",
               "STACK": area, "TOUCHED": size(end["stack_touched"]) if end["stack_touched"] is not None else "-", "GUARD": guard,
               "LIVED": duration(end["lived_ns"]) if end["lived_ns"] is not None else "-", "END": ended(end), "JOINED": joined(end)}


def table(text):
    """The rows of the text by their titles; cells stand below these."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("THREADS"))
    titles = re.split(r"  +", lines[at + 1].strip())
    columns = [lines[at + 1].index(f"  {title}") + 2 for title in titles]
    for line in lines[at + 2:]:
        if not line.startswith("  T"):
            return
        yield {t: line[a:b].strip() for t, a, b in zip(titles, columns, columns[1:] + [None])}


def main():
    events = [json.loads(line) for line in replay("json").splitlines()]
    made = {row["T"]: row for row in rows(events)}
    any_call = any(e["event"] in ("call", "end") and e.get("how") != "detached" for e in events)
    # Without -p's rows of those that were there and still are: --table-only has all.
    text = subprocess.run([TOOL, f"--replay={TAPE}", "--table-only"], capture_output=True, text=True, check=True).stdout
    told = list(table(text))
    want("rows, in their own order", {row["T"] for row in told}, set(made))
    for row in told:
        want(row["T"], row, {title: made[row["T"]][title][:39] for title in row})
    formats = subprocess.run([TOOL, f"--replay={TAPE}", "--format=none"], capture_output=True, text=True, check=False).stderr
    formats = formats.split(" one of ")[1].strip().split(", ")
    want("views", len(formats) > 10, True)
    for view in formats:
        want(f"{view} of it", bool(replay(view).strip()), view != "strace" or any_call)
    for w in WRONG:
        print(w)
    return 1 if WRONG else 0


if __name__ == "__main__":
    sys.exit(main())
