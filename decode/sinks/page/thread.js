/* SPDX-License-Identifier: MIT */
/* The page of a thread. */
const page = by_id("page");

function facts(list)
{
	const dl = h("dl");
	for (const [key, ...value] of list)
		if (value.flat(Infinity).some(v => v != null && v !== ""))
			dl.append(h("dt", {}, key), h("dd", {}, value));
	return dl;
}

function section(title, ...inside)
{
	const all = inside.flat().filter(x => x && (typeof x === "string" || x.childNodes.length));
	return all.length ? [h("h4", {}, title), ...all] : [];
}

function share_bar(t)
{
	const e = t.end, all = t.until - t.born;
	if (!e || e.cpu == null || !(all > 0))
		return null;
	return h("div", { class: "share", title: "share of its life" },
		h("i", { style: `width:${percent(e.cpu, all)}%;background:var(--cpu)` }),
		h("i", { style: `width:${percent(e.wait ?? 0, all)}%;background:var(--queue)` }));
}

function life_of(t)
{
	const e = t.end || {};
	return section("Life", share_bar(t), facts([
		["role", word(e.role)],
		["born", t.birth.was ? "before thrtrace came" : dur(t.born)],
		["lived", dur(t.lived)],
		["on CPU", e.cpu != null ? `${dur(e.cpu)}${e.turns != null ? ` in ${e.turns} turns` : ""}` : word(e.nocpu)],
		["for a CPU", e.wait != null ? `${e.least ? "at least " : ""}${dur(e.wait)} waited to run` : ""],
		["gave it up", e.vol != null ? `${e.vol} times by itself, ${e.inv} times not` : ""],
		["waited for", t.waits.slice(0, 40).flatMap(w => [link_to(w.on), ` ${w.to == null ? "to the last" : dur(w.to - w.from)}  `])],
		["made", t.made.length ? h("span", { class: "links" }, t.made.slice(0, 60).map(link_to),
			t.made.length > 60 ? `and ${t.made.length - 60} more` : "") : ""],
	]));
}

function stack_of(t)
{
	const e = t.end || {}, parts = [];
	if (!e.high)
		return section("Stack", h("p", { class: "sub" }, word(e.why) || "not known"));
	const low = BigInt(e.low), high = BigInt(e.high), tls = e.tls ? BigInt(e.tls) : 0n, sp = e.sp ? BigInt(e.sp) : 0n;
	const inside = a => a >= low && a < high;
	const part = (name, left, right, px) => parts.push(h("div", { class: name, style: `min-height:${px}px` }, h("span", {}, left), h("span", {}, right)));
	const grow = n => Math.min(90, 24 + 6 * Math.log2(1 + Number(n) / 4096));
	if (inside(tls) && tls > sp) /* the C library's record of the thread lies below the base where variables lie above it */
		part("tls", data.tls_above ? "TLS" : "TLS, thread control", `${Number(high - tls)} bytes, base ${e.tls}`, 24);
	if (inside(tls) && tls > sp && data.tls_above)
		part("tls", "thread control", "below the base", 24);
	if (e.touched != null)
		part("touched", `touched${sp && inside(sp) ? `, from sp ${e.sp}` : ""}`, bytes(e.touched), grow(e.touched));
	else if (sp && inside(sp))
		part("touched", `from sp ${e.sp}`, word(e.notouched) || "what it touched is not known", 30);
	const rest = Number(high - low) - (e.touched ?? 0);
	if (rest > 0 && e.touched != null)
		part("rest", "\u2193 grows down; never used", bytes(rest), grow(rest));
	else if (e.touched == null)
		part("rest", "\u2193 grows down", bytes(Number(high - low)), grow(rest));
	const edges = [h("div", { class: "edge" }, h("span", {}, e.high), h("span", {}, bytes(Number(high - low))))];
	if (e.gbytes)
		part("guard", `guard: ${word(e.gname)}`, `${bytes(e.gbytes)}: a store here is SIGSEGV`, 26);
	else if (e.gnone)
		part("none", "no guard", "an overflow runs into what lies below", 26);
	return section("Stack", edges, h("div", { class: "stack" }, parts),
		h("div", { class: "edge" }, h("span", {}, e.glow || e.low), h("span", {}, word(e.source))));
}

function flags_of(t)
{
	const b = t.birth, names = b.flags != null ? word(b.flags).split(" ") : [];
	const dl = h("dl", { class: "flags" });
	for (const name of names) {
		const f = data.flags[name];
		dl.append(h("dt", { title: f ? `${f.set}\n${f.note}\n${f.source}`.trim() : null }, name, f ? h("small", {}, f.group) : null),
			h("dd", {}, f ? f.set : "no flag that thrtrace knows"));
	}
	return section("Flags", b.word != null ? h("p", { class: "sub" }, `${b.via != null ? `${word(b.via)}, ` : ""}${word(b.word)}${b.sig != null ? `, exit signal ${word(b.sig)}` : ""}`) : null, dl,
		facts([
			["tid stored at", b.ptid || (names.includes("CLONE_PARENT_SETTID") ? b.ctid : "")], ["cleared at end", b.ctid], ["proved", word(b.proved)],
			["took", b.call ? `${dur(b.call)} in the call, traced` : ""],
		]));
}

function frames_of(t)
{
	const frames = t.birth.frames == null ? [] : word(t.birth.frames).split("\n");
	return section("Created by", h("p", { class: "sub" }, t.by ? [link_to(t.by), ` ${t.by.name}, `] : "", word(t.birth.kind)),
		h("ol", { class: "frames" }, frames.map(f => h("li", {}, f))),
		facts([["starts in", word(t.birth.at) || word(t.birth.noat)], ["behind it", word(t.birth.behind)], ["argument", t.birth.arg]]));
}

function end_of(t)
{
	const e = t.end || {};
	return section("End", h("p", { class: t.bad ? "bad" : "" }, t.how), facts([
		["joined by", t.joiner ? [link_to(t.joiner), e.jafter != null ? ` after ${dur(e.jafter)}` : ""] : ""],
		["joined", t.joiner ? "" : t.join],
		["held", e.held ? `${e.held} robust mutexes, the first at ${e.heldat}` : e.held === 0 ? "no robust mutex" : ""],
		["at its exit", e.unseen ? "no exit stop: it was killed" : ""],
		["also", t.end && e.refused ? "it never ran its routine: pthread_create gave it up" : ""],
	]));
}

function finding_item(f)
{
	return h("li", { class: f.severity }, h("span", { class: "id" }, f.id), f.text, h("span", { class: "repair" }, f.repair));
}

function open_page(t)
{
	const shut = h("button", { class: "close", type: "button", "aria-label": "close", title: "Esc" }, "\u00d7");
	shut.addEventListener("click", close_page);
	page.replaceChildren(shut,
		h("h3", {}, `T${t.label} ${t.name}`),
		h("p", { class: "sub" }, `${word(t.birth.kind)}, ${is_thread(t) ? `tid ${t.birth.tid} of process ${t.birth.pid}` : `pid ${t.birth.tid}`}${t.runs ? `, runs ${t.runs}` : ""}`),
		...(t.findings.length ? [h("h4", {}, "Findings"), h("ul", { class: "findings" }, t.findings.map(finding_item))] : []),
		...life_of(t), ...end_of(t), ...frames_of(t), ...stack_of(t), ...flags_of(t),
		...section("Marks", h("ul", {}, t.marks.filter(m => !["error", "warning", "note"].includes(m.kind)).slice(0, 60)
			.map(m => h("li", {}, `${dur(m.at)}: ${m.what}`)))));
	page.hidden = false;
	page.scrollTop = 0;
	document.body.classList.add("open");
	document.title = `T${t.label} ${t.name} - thrtrace`;
}

function close_page()
{
	chosen = null;
	page.hidden = true;
	document.body.classList.remove("open");
	history.replaceState(null, "", location.pathname + location.search);
	fill_rows();
	redraw();
}

function from_hash()
{
	const m = /^#T(\d+)$/.exec(location.hash), t = m && of_label.get(Number(m[1]));
	if (!t)
		return;
	chosen = t;
	if (!place.has(t)) { /* hidden by a search */
		find.value = "";
		search();
	}
	open_page(t);
	measure();
	reveal(t);
	fill_rows();
}
window.addEventListener("hashchange", from_hash);
