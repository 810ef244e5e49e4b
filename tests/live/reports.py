#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reports.py THRTRACE TAPE: the findings of a record as SARIF and as a report of JUnit's form.

Both are held against the JSON of the same record, and SARIF against what the standard asks of what is in it. Where
THRTRACE_SARIF_SCHEMA names the schema of SARIF 2.1.0 (OASIS) and python3-jsonschema is there, and where
THRTRACE_JUNIT_XSD names a schema of JUnit's form and xmllint is there, they are asked, too.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

TOOL, TAPE = sys.argv[1:3]
WRONG = []


def want(what, got, wanted):
    if got != wanted:
        WRONG.append(f"{what}: {got!r}, wanted {wanted!r}")


def replay(form, *options):
    return subprocess.run([TOOL, f"--replay={TAPE}", f"--format={form}", *options], capture_output=True, text=True,
                          check=True).stdout


def moment(ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9))


def sarif(findings, summary, known, begun_ns):
    log = json.loads(replay("sarif", *known))
    want("keys of the log", sorted(log), ["$schema", "runs", "version"])
    want("version", log["version"], "2.1.0")
    want("runs", len(log["runs"]), 1)
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    want("tool", driver["name"], "thrtrace")
    want("its version is semantic", bool(re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])), True)
    rows = [json.loads(line) for line in subprocess.run([TOOL, "--findings", "--format=json"], capture_output=True, text=True,
                                                        check=True).stdout.splitlines()]
    rules = [(r["id"], r["defaultConfiguration"]["level"], r["shortDescription"]["text"], r["fullDescription"]["text"],
              r["help"]["text"], r["properties"]["source"]) for r in driver["rules"]]
    want("rules", rules, [(r["id"], r["severity"], r["what"], r["why"], r["repair"], r["source"]) for r in rows])
    want("results", len(run["results"]), len(findings))
    for result, finding in zip(run["results"], findings):
        want("rule", driver["rules"][result["ruleIndex"]]["id"], result["ruleId"])
        want("id", result["ruleId"], finding["id"])
        want("level", result["level"], finding["severity"])
        want("message", result["message"]["text"], finding["text"])
        want("fingerprint", result["partialFingerprints"]["thrtrace/v1"], finding["fingerprint"])
        want("task", result["properties"]["task"], finding["task"])
        want("suppressed", "suppressions" in result, bool(known))
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            want(f"{uri} is a URI", bool(re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)), True)
            want("line", location["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1, True)
    done = run["invocations"][0]
    want("begun and ended", (done["startTimeUtc"], done["endTimeUtc"]),
         (moment(begun_ns) + "Z", moment(begun_ns + summary["t_ns"]) + "Z"))
    want("exit status", done.get("exitCode"), summary["exit_status"])
    want("signal", done.get("exitSignalNumber"), summary["exit_signal"])
    return log


def junit(findings, summary, known, begun_ns):
    text = replay("junit", *known)
    root = ET.fromstring(text.encode())
    want("root", (root.tag, [s.tag for s in root]), ("testsuites", ["testsuite"]))
    suite = root[0]
    cases = suite.findall("testcase")
    failures = suite.findall("testcase/failure")
    fails = bool(summary["exit_signal"] or summary["exit_status"])
    want("cases", len(cases), len(findings) + 1)
    want("tests", int(suite.get("tests")), len(cases))
    want("failures", int(suite.get("failures")), len(failures))
    want("begun", suite.get("timestamp"), moment(begun_ns))
    want("errors and skipped", (suite.get("errors"), suite.get("skipped")), ("0", "0"))
    bad = [f for f in findings if f["severity"] != "note" and not known]
    want("what fails", len(failures), fails + len(bad))
    want("names", [c.get("name") for c in cases[1:]], [f["fingerprint"] for f in findings])
    want("classes", [c.get("classname") for c in cases], ["thrtrace.program"] + ["thrtrace." + f["id"] for f in findings])
    want("messages", [f.get("message") for f in failures[fails:]], [f["text"] for f in bad])
    for case in cases:
        want("time", bool(re.fullmatch(r"\d+(\.\d{3})?", case.get("time"))), True)
    return text


def ask_schemas(log, text):
    schema, xsd = os.environ.get("THRTRACE_SARIF_SCHEMA"), os.environ.get("THRTRACE_JUNIT_XSD")
    if schema:
        import jsonschema  # pylint: disable=import-outside-toplevel
        with open(schema, encoding="utf-8") as f:
            rules = json.load(f)
        want("the schema of SARIF", [e.message for e in jsonschema.validators.validator_for(rules)(rules).iter_errors(log)], [])
    if xsd and shutil.which("xmllint"):
        done = subprocess.run(["xmllint", "--noout", "--schema", xsd, "-"], input=text, capture_output=True, text=True, check=False)
        want("xmllint", (done.returncode, done.stderr), (0, "- validates\n"))


def main():
    lines = replay("json")
    events = [json.loads(line) for line in lines.splitlines()]
    findings = [e for e in events if e["event"] == "finding"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
        f.write(lines)
        f.flush()
        for known in ([], ["--fail-on=none", f"--baseline={f.name}"]):
            begun_ns = events[0]["wall_ns"] - events[0]["t_ns"]
            ask_schemas(sarif(findings, events[-1], known, begun_ns), junit(findings, events[-1], known, begun_ns))
    for line in WRONG:
        print(line)
    sys.exit(bool(WRONG))


main()
