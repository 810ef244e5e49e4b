#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of --format=html in a browser without a window.

    page.py THRTRACE MARKUP

MARKUP (tests/tracees/markup.c) names its threads like markup. The page is opened at a thread, and then driven as a person
would do it: search, click, keys. Another with 10000 threads has to be painted within 3 s.
"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_main, skip

TOOL, MARKUP = sys.argv[1:3]
NAMES = ["markup", "</script><b>", "<!--<script>", "\"'><img src=", "&lt;&amp;", "</noscript><i>"]
DATA = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.S)
MANY = 10000

# Frames come when they come, in a browser without a window: not so here.
FRAMES = "<script>window.requestAnimationFrame = f => setTimeout(f, 1);</script>"

# What a person does, and what is to be seen then; it is left for --dump-dom in an attribute of the root.
DRIVER = r"""<script>
(async () => {
	const told = {}, page = document.getElementById("page"), find = document.getElementById("find");
	const lanes = document.getElementById("lanes"), scroll = document.getElementById("scroll");
	const texts = (root, what) => [...root.querySelectorAll(what)].map(e => e.textContent);
	const later = () => new Promise(done => setTimeout(done, 100));
	const drawn = async () => { /* what the lanes show when all that was asked for is drawn */
		await later();
		return lanes.toDataURL();
	};
	const key = name => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
	try {
		told.opened = texts(page, "h3");
		told.flags = texts(page, ".flags dt").map(t => t.replace(/[a-z ]+$/, ""));
		told.teaches = page.querySelector(".flags dt").title;
		told.stack = texts(page, ".stack div");
		told.frames = texts(page, ".frames li");
		key("Escape");
		told.closed = page.hidden;
		told.names = texts(scroll, "tr.row td:nth-child(3)");
		find.value = "</script";
		find.dispatchEvent(new Event("input"));
		told.found = texts(scroll, "tr.row td:nth-child(3)");
		scroll.querySelector("tr.row").click();
		await later();
		told.clicked = texts(page, "h3");
		find.value = "";
		find.dispatchEvent(new Event("input"));
		scroll.querySelector("th:nth-child(3)").click();
		told.sorted = texts(scroll, "tr.row td:nth-child(3)");
		key("0");
		const before = await drawn();
		key("+");
		told.zoomed = await drawn() !== before;
		key("0");
		told.back = await drawn() === before;
		key("p");
		told.lanes = Number(document.getElementById("stage").dataset.lanes);
		told.shared = [document.getElementById("pack").getAttribute("aria-pressed"), await drawn() !== before];
		key("p");
		told.own = await drawn() === before;
		key("ArrowDown");
		await later();
		told.next = texts(page, "h3");
		told.strange = document.querySelectorAll("#page b, #page img, #scroll b, #scroll img, #scroll i, svg").length;
		told.scripts = document.scripts.length;
	} catch (e) {
		told.error = String(e.stack);
	}
	document.documentElement.dataset.told = JSON.stringify(told);
})();
</script>
"""


# Of a page that is not driven.
STACK = """document.documentElement.dataset.told =
	JSON.stringify([...document.querySelectorAll("#page .stack div")].map(part => part.textContent))"""


class Root(html.parser.HTMLParser):
    """The attributes of the root, and how many rows there are, less those that only who runs no scripts has."""
    attributes, rows, plain = {}, 0, False

    def handle_starttag(self, tag, attrs):
        if tag == "html":
            self.attributes = dict(attrs)
        self.plain |= tag == "noscript"
        self.rows += tag == "tr" and not self.plain

    def handle_endtag(self, tag):
        self.plain &= tag != "noscript"


def browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    return skip("no Chromium (Debian: chromium)")


def dumped(command, where, path, *options):
    """The document as it is after its scripts have run."""
    done = subprocess.run([command, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={where}/profile",
                           *options, "--dump-dom", f"file://{path}"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "HOME": where})
    root = Root()
    root.feed(done.stdout)
    if not root.attributes:
        skip(f"{command} shows nothing here: {done.stderr[-200:]}")
    return root


def want(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {got!r}, wanted {wanted!r}")


def at_once(text):
    """How many lived at once, at most."""
    data = json.loads(DATA.search(text)[2])
    steps = [(row[data["births"][0].index("t")], 1) for row in data["births"][1:]]
    steps += [(row[data["ends"][0].index("t")], -1) for row in data["ends"][1:]]
    live = most = 0
    for _, by in sorted(steps):
        live += by
        most = max(most, live)
    return most


def drive(command, where, text):
    path = f"{where}/driven.html"
    with open(path, "w", encoding="ascii") as f:
        f.write(text.replace("<main>", FRAMES + "<main>").replace("</body>", DRIVER + "</body>"))
    root = dumped(command, where, path + "#T1", "--virtual-time-budget=10000")
    told = json.loads(root.attributes.get("data-told", "{}"))
    want("an error of the page", told.get("error"), None)
    want("what is opened by #T1", told["opened"], [f"T1 {NAMES[1]}"])
    if "CLONE_SETTLS" not in told["flags"] or "CLONE_VM" not in told["flags"]:
        raise Failure(f"its flags: {told['flags']}")
    if "address space" not in told["teaches"]:
        raise Failure(f"what is said of the first: {told['teaches']}")
    if not any("TLS" in part for part in told["stack"]) or not any("guard" in part for part in told["stack"]):
        raise Failure(f"its stack: {told['stack']}")
    if not any("pthread_create" in frame for frame in told["frames"]):
        raise Failure(f"its creator's frames: {told['frames']}")
    want("closed by Esc", told["closed"], True)
    want("names in the table", told["names"], NAMES)
    want("found", told["found"], [NAMES[1]])
    want("clicked", told["clicked"], [f"T1 {NAMES[1]}"])
    want("sorted by name", told["sorted"], sorted(NAMES))
    want("zoomed by a key, and back", (told["zoomed"], told["back"]), (True, True))
    want("as many lanes as lived at once", told["lanes"], at_once(text))
    want("lanes shared by a key, and each its own again", (told["shared"], told["own"]), (["true", True], True))
    want("the next one", told["next"], [f"T2 {NAMES[2]}"])
    want("elements made of names", told["strange"], 0)
    want("scripts", told["scripts"], 4)


def other_machine(command, where):
    """On aarch64 the thread's record lies below the TLS base: a record of that machine, whose T1 is a thread of glibc."""
    tape = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/aarch64.tape")
    text = subprocess.run([TOOL, f"--replay={tape}", "--format=html"], capture_output=True, text=True, check=True).stdout
    path = f"{where}/other.html"
    with open(path, "w", encoding="ascii") as f:
        f.write(text.replace("</body>", f"<script>{STACK}</script></body>"))
    parts = json.loads(dumped(command, where, path + "#T1").attributes["data-told"])
    want("its stack, from the top", [p.split("0x")[0] for p in parts[:3]],
         ["TLS1824 bytes, base ", "thread controlbelow the base", "touched, from sp "])


def many(command, where, text):
    """The same page with one thread so many times."""
    begin, data, end = DATA.search(text).groups()
    data = json.loads(data)
    more = range(len(NAMES), MANY + 1)
    begun, span = data["births"][1][3], data["end"] - data["births"][1][3]
    for table in ("births", "ends"): # label, tid, pid, time; label, time
        first, *columns = data[table][0]
        row = next(r for r in data[table][1:] if r[0] == 1)
        at = columns.index("t") + 1
        want("the first column", first, "l")
        for i in more: # lives of many lengths, which overlap
            new = [i] + row[1:]
            new[at] = begun + (span * (i * 7919 % MANY) // MANY + (table == "ends") * span) // 2
            data[table].append(new)
    data["peak"] = MANY // 2
    data["waits"] += [[0, i, begun + span * i // MANY, begun + span * (i + 1) // MANY] for i in more]
    plain = re.search(r'<tr id="T1">.*?</tr>\n', text, re.S).group()
    text = text.replace(plain, plain + "".join(plain.replace("T1", f"T{i}") for i in more))
    path = f"{where}/many.html"
    with open(path, "w", encoding="ascii") as f:
        f.write(DATA.sub(lambda _: begin + json.dumps(data, separators=(",", ":")).replace("<", "\\u003c") + end, text))
    times = []
    for _ in range(3): # the machine may be busy
        root = dumped(command, where, f"{path}#T{MANY // 2}")
        times.append(int(root.attributes["data-painted"]))
        if root.rows > 300 + len(NAMES) + 2:
            raise Failure(f"{root.rows} rows were made for {MANY} threads")
        if times[-1] < 3000:
            return
    raise Failure(f"{MANY} threads are painted after {times} ms")


def main():
    command = browser()
    with tempfile.TemporaryDirectory() as where:
        out = f"{where}/page.html"
        subprocess.run([TOOL, "--format=html", "-o", out, MARKUP], check=True, timeout=60)
        with open(out, encoding="ascii") as f:
            text = f.read()
        drive(command, where, text)
        many(command, where, text)
        other_machine(command, where)


if __name__ == "__main__":
    run_main(main)
