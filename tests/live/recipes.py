#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The SQL of thrtrace-json(5) says of traces what their lines say.

    recipes.py THRTRACE PAGE PROGRAM FINDS...

PROGRAM is traced twice, and FINDS..., which has findings, once. DuckDB is its command (duckdb), or @duckdb/node-api of npm
where node finds it (NODE_PATH).
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_main, skip

TOOL, PAGE, PROGRAM, FINDS = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
NODE = """
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
	const db = await (await DuckDBInstance.create(":memory:")).connect();
	const [view, ...recipes] = JSON.parse(require("fs").readFileSync(0, "utf8"));
	await db.run(view);
	const all = [];
	for (const sql of recipes)
		all.push((await db.runAndReadAll(sql)).getRowObjectsJson());
	console.log(JSON.stringify(all));
})().catch((e) => { console.error(String(e)); process.exit(1); });
"""


def recipes_of(page):
    with open(page, encoding="utf-8") as f:
        found = re.findall(r'^\.\\" recipe ?(\w*)\n(.*?)^\.\\" end$', f.read(), re.S | re.M)
    return {name: sql.replace("\\-", "-").replace("\\(aq", "'").strip().rstrip(";") for name, sql in found}


def ask_command(view, sqls):
    out = []
    for sql in sqls:
        said = subprocess.run(["duckdb", "-json", "-c", f"{view}; {sql}"], capture_output=True, text=True, check=True).stdout
        out.append(json.loads(said or "[]"))
    return out


def ask_node(view, sqls):
    done = subprocess.run(["node", "-e", NODE], input=json.dumps([view, *sqls]), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"DuckDB: {done.stderr}")
    return json.loads(done.stdout)


def duckdb():
    if shutil.which("duckdb"):
        return ask_command
    node = shutil.which("node")
    if node and subprocess.run([node, "-e", 'require.resolve("@duckdb/node-api")'], capture_output=True,
                               check=False).returncode == 0:
        return ask_node
    return skip("no DuckDB: neither its command nor npm's @duckdb/node-api, where node finds it (NODE_PATH)")


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def same(what, got, want):
    if got != want:
        raise Failure(f"{what}: {got}, and the lines say {want}")


def main():
    ask = duckdb()
    recipes = recipes_of(PAGE)
    with tempfile.TemporaryDirectory() as where:
        os.chdir(where)
        for name, program in {"one": [PROGRAM], "two": [PROGRAM], "odd": FINDS}.items():
            subprocess.run([TOOL, "--format=json", "-o", f"{name}.jsonl", *program], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60, check=False)
        runs = {name: lines_of(name) for name in sorted(os.listdir("."))}
        view = recipes.pop("")
        routines, findings, peaks = ask(view, [recipes[name] for name in ("routines", "findings", "peaks")])
        os.chdir("/")
    born = [e for run in runs.values() for e in run if e["event"] == "birth"]
    ended = [e for run in runs.values() for e in run if e["event"] == "end"]
    same("routines", {row["runs"]: int(row["threads"]) for row in routines},
         collections.Counter(e["label"] or e["what"] for e in born))
    same("CPU", sum(int(row["cpu_ns"] or 0) for row in routines), sum(e["cpu_ns"] or 0 for e in ended))
    same("deepest", max(int(row["deepest"] or 0) for row in routines), max(e["stack_touched"] or 0 for e in ended))
    same("findings", {row["id"]: int(row["times"]) for row in findings},
         collections.Counter(e["id"] for run in runs.values() for e in run if e["event"] == "finding"))
    same("peaks", {os.path.basename(row["filename"]): int(row["peak"]) for row in peaks},
         {name: run[-1]["peak"] for name, run in runs.items()})
    if not findings or len(peaks) != 3:
        raise Failure("there is nothing that could be wrong")
    print(f"recipes: {len(recipes)} of SQL, on {sum(map(len, runs.values()))} lines")


if __name__ == "__main__":
    run_main(main)
