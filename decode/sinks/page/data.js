/* SPDX-License-Identifier: MIT */
/*
 * The page of --format=html, first part: what is known of each task, and words. The parts share one block of a strict script.
 * No library. Whatever the traced program has named gets into the document as text, never as markup.
 */
const data = JSON.parse(document.getElementById("data").textContent);
const drawn = document.getElementById("drawn");
drawn.replaceWith(drawn.content);
const word = i => i == null ? "" : data.words[i];
const by_id = id => document.getElementById(id);

/* ---- what is known of each task ---- */

/* Rows, the first of which names the columns, as objects that look their values up: none is copied. */
function objects(rows)
{
	const Row = function (values) { this.values = values; };
	rows[0].forEach((name, i) => Object.defineProperty(Row.prototype, name, { get() { return this.values[i]; } }));
	return rows.slice(1).map(values => new Row(values));
}

const tasks = [], of_label = new Map(); /* label: task */
for (const b of objects(data.births)) {
	const t = { label: b.l, born: b.t, birth: b, end: null, name: word(b.name), made: [], waits: [], marks: [], findings: [] };
	tasks.push(t);
	of_label.set(b.l, t);
}
for (const e of objects(data.ends)) {
	const t = of_label.get(e.l);
	if (!t)
		continue;
	t.end = e;
	t.name = word(e.name);
}
tasks.sort((a, b) => a.label - b.label);
const start = tasks.reduce((least, t) => Math.min(least, t.born), data.end);
let finish = data.end;
for (const t of tasks) {
	t.died = t.end && t.end.t != null ? t.end.t : null;
	t.until = t.died ?? data.end;
	finish = Math.max(finish, t.until);
	t.runs = t.end ? word(t.end.runs) : "";
	t.how = t.end ? word(t.end.end) : "alive";
	t.bad = !!(t.end && t.end.bad);
	const age = t.birth.was ? t.end && t.end.age : 0; /* when thrtrace came */
	t.lived = t.died != null && age != null && !(t.end && t.end.gone) ? t.died - t.born + age : null;
	const by = of_label.get(t.birth.by);
	t.by = by || null;
	if (by)
		by.made.push(t);
	t.joiner = t.end && t.end.joiner != null ? of_label.get(t.end.joiner) || null : null;
}
for (const [label, what] of data.joins) {
	const t = of_label.get(label);
	if (t)
		t.join = word(what);
}
for (const [waiter, joined, from, to] of data.waits) {
	const t = of_label.get(waiter), on = of_label.get(joined);
	if (!t || !on)
		continue;
	t.waits.push({ on, from, to });
	if (to != null)
		on.joined_at = to;
}
for (const [label, at, what, kind] of data.marks) {
	const t = of_label.get(label);
	if (t)
		t.marks.push({ at, what: word(what), kind });
}
for (const f of data.findings) {
	const t = of_label.get(f.l);
	if (!t)
		continue;
	t.findings.push(f);
	t.marks.push({ at: f.t, what: f.id, kind: f.severity });
}

/* ---- words ---- */

function dur(ns)
{
	if (ns == null)
		return "";
	const a = Math.abs(ns), cut = (v, unit) => `${v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2)} ${unit}`;
	return a < 1e3 ? `${Math.round(ns)} ns` : a < 1e6 ? cut(ns / 1e3, "us") : a < 1e9 ? cut(ns / 1e6, "ms") : cut(ns / 1e9, "s");
}

function bytes(n)
{
	if (n == null)
		return "";
	const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
	let u = 0;
	while (n >= 1024 && u < 4) {
		n /= 1024;
		u++;
	}
	return `${Number.isInteger(n) ? n : n.toFixed(1)} ${units[u]}`;
}

const percent = (part, all) => all > 0 ? Math.min(100, 100 * part / all) : 0;
const is_thread = t => !!t.birth.thread;

/* An element; what is no element itself becomes text. */
function h(tag, attrs, ...inside)
{
	const e = document.createElement(tag);
	for (const [key, value] of Object.entries(attrs || {}))
		if (value != null && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	e.append(...inside.flat(Infinity).filter(x => x != null && x !== ""));
	return e;
}

const link_to = t => h("a", { href: `#T${t.label}`, title: `${t.name} ${t.birth.tid}` }, `T${t.label}`);
