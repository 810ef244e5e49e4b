#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each finding in each way of tracing: a program that has it, and whether it is told as its row says.

    finding_ways.py THRTRACE FOLDER

FOLDER has the programs of tests/tracees. Of each case exactly those findings are told by default that stand there; in another
way of them those whose rows name that way (thrtrace --findings), and what `others` says where a row has "some".
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

from harness import SLOWER, Failure, become_subreaper, run_main

TOOL, FOLDER = sys.argv[1], sys.argv[2]
WAYS = {"default": [], "light": ["--light"], "observe": ["--observe"], "observe-creators": ["--observe", "--creators=on"]}
Case = collections.namedtuple("Case", "program found options others", defaults=((), {}))

CASES = [
    Case("fail_seccomp eperm", ["creation-failed"]),
    Case("findings tid_taken", ["tid-taken"]),
    Case("refusals ns_closed", ["namespace-refused"]),
    Case("fail_as", ["memory-refused"]),
    Case("oddwaits altstack_shared", ["altstack-shared"]),
    Case("oddwaits altstack_in_tls", ["altstack-in-tls"]),
    Case("oddwaits altstack_small", ["altstack-refused"]),
    Case("refusals nicer", ["scheduling-refused"]),
    Case("given_up", ["scheduling-refused", "thread-not-started"]),
    Case("refusals strict", ["strict-refused"]),
    Case("clone3_odd", ["args-short", "args-unread", "clone3-size-absurd", "clone3-tail-set", "creation-failed"], ["-f"]),
    Case("findings set_tid_unread", ["creation-failed", "set-tid-unread"]),
    Case("faults recursion", ["stack-overflow"]),
    Case("odd_faults fiber", ["other-stack-overflow"]),
    Case("faults jump", ["guard-jumped"]),
    Case("findings stack_limit", ["stack-limit"]),
    Case("faults oldstack", ["dead-stack-used", "no-guard"]),
    Case("findings dead_tls", ["dead-tls-used"]),
    Case("odd_faults freed", ["stack-gone"], (), {"light": ["stack-gone"]}),
    Case("odd_faults return", ["empty-return"]),
    Case("faults null", ["null-call"]),
    Case("findings null_pointer", ["null-pointer"]),
    Case("rawclone lowend", ["sp-low-end"]),
    Case("rawclone freed", ["sp-unmapped", "stack-gone"], (), {"light": ["sp-unmapped"]}),
    Case("findings sp_creators", ["sp-creators"]),
    Case("findings sp_in_creators", ["sp-in-creators-stack"]),
    Case("rawclone shared", ["stack-shared"]),
    Case("oddwaits one_word", ["clear-tid-shared", "no-guard"]),
    Case("rawclone unaligned", ["sp-unaligned"]),
    Case("rawclone nosettls", ["tls-missing"]),
    Case("findings tls_unmapped", ["no-guard", "tls-unmapped"]),
    Case("findings tls_shared", ["no-guard", "tls-shared"]),
    Case("findings setid_lost", ["setid-lost"]),
    Case("exec_thread", ["exec-ends-threads"]),
    Case("fork", ["fork-with-threads"], ["-f"]),
    Case("oddwaits word_unmapped", ["clear-tid-gone", "no-guard"]),
    Case("oddwaits long_join", ["long-join"], ["--long-join=50ms"]),
    Case("robust", ["robust-held"]),
    Case("oddwaits parent_death", ["fork-with-threads", "parent-death"], ["-f"]),
    Case("oddwaits private_wait", ["no-guard", "wait-in-vain"], (), {"light": ["wait-in-vain"]}),
    Case("rawclone nocleartid", ["wait-in-vain"]),
    Case("oddwaits tid_reused", ["no-guard", "tid-reused", "wait-in-vain"]),
    Case("oddwaits creds_differ", ["creds-differ"]),
    Case("mini_debugger", ["traced-already"]),
    Case("stuck circle ends", ["deadlock"]),
    Case("stuck gone ends", ["owner-gone"]),
    Case("stuck setxid ends", ["signal-blocked"]),
    Case("oddwaits lock_at_exit", ["alive-at-exit", "lock-at-exit"]),
    Case("leaked", ["alive-at-exit", "never-joined"]),
    Case("findings no_guard", ["no-guard"]),
    Case("findings short_lives", ["short-lives"]),
]
# Two threads write and read as they come: whatever is told besides, these are, and only where their rows say.
RACED = Case("clone3_race", ["args-changed", "birth-unsure"], ["-f"])
# Where frames of a library that is gone are read.
IF_UNWOUND = Case("odd_faults dlclosed", ["code-gone"])
# What no program here can have: of these the unit tests tell stories.
TOLD_ELSEWHERE = {
    "sp-outside": "the kernel puts it where the stack ends", "sharing-differs": "no kernel does what it has not promised",
    "tls-noncanonical": "x86-64 refuses the call", "watch-ended": "tests/unit/observe/test_story.c",
    "records-lost": "tests/live/observe.py",
    "leak-check-failed": "tests/live/leak_check.py"}


def rows():
    text = subprocess.run([TOOL, "--findings", "--format=json"], capture_output=True, text=True, check=True).stdout
    return {row["id"]: row for row in map(json.loads, text.splitlines())}


def told(case, way):
    """The ids, or why nothing can be said."""
    name, *words = case.program.split()
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run([TOOL, "--format=json", "-o", out.name, *case.options, *WAYS[way], os.path.join(FOLDER, name), *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOWER, check=False)
        if done.stdout.startswith("SKIP ") or done.returncode in (77, 125):
            return done.stdout.strip() or done.stderr.strip()
        return {e["id"] for e in map(json.loads, out) if e["event"] == "finding"}


def expected(case, way, all_rows):
    if way in case.others:
        return set(case.others[way])
    return set(case.found) if way == "default" else {i for i in case.found if way in all_rows[i]["ways"]}


def check(case, way, all_rows):
    """What a busy machine makes of it, a thread that is late or lives long, is not so each time."""
    want = expected(case, way, all_rows)
    for _ in range(4):
        got = told(case, way)
        if isinstance(got, str):
            return f"skipped: {case.program} {way}: {got}"
        if case is RACED:
            got &= set(case.found)
        if got == want:
            return None
    return f"{case.program}, {way}: {sorted(got)}, not {sorted(want)}"


def main():
    become_subreaper()
    all_rows = rows()
    cases = CASES + [RACED]
    if "libunwind" in subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout:
        cases.append(IF_UNWOUND)
    has_case = {i for case in cases + [IF_UNWOUND] for i in case.found}
    if has_case | set(TOLD_ELSEWHERE) != set(all_rows) or has_case & set(TOLD_ELSEWHERE):
        raise Failure(f"no case of {set(all_rows) - has_case - set(TOLD_ELSEWHERE)}, or one too many of "
                      f"{(has_case | set(TOLD_ELSEWHERE)) - set(all_rows) | has_case & set(TOLD_ELSEWHERE)}")
    if SLOWER > 1:
        cases = [case for case in cases if "short-lives" not in case.found]  # of lives below a millisecond
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = list(filter(None, pool.map(lambda of: check(*of, all_rows), [(c, w) for c in cases for w in WAYS])))
    print("\n".join(said))
    wrong = [s for s in said if not s.startswith("skipped: ")]
    if wrong:
        raise Failure(f"{len(wrong)} are not as their rows say")
    print(f"{len(has_case)} findings of {len(cases)} programs, in {len(WAYS)} ways each")


if __name__ == "__main__":
    run_main(main)
