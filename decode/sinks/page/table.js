/* SPDX-License-Identifier: MIT */
/* The table, which has rows for what is in sight only. */
const columns = [
	["T", t => t.label, t => `T${t.label}`, "num"],
	["TID", t => t.birth.tid, t => t.birth.tid, "num"],
	["PID", t => t.birth.pid, t => t.birth.pid, "num", () => many_pids],
	["Name", t => t.name, t => t.name],
	["Created by", t => t.by ? t.by.label : -1, t => `${t.by ? `T${t.by.label}` : ""} ${t.end ? word(t.end.made) : ""}`.trim()],
	["Starts in", t => t.runs, t => t.runs],
	["Born", t => t.born, t => t.birth.was ? "" : dur(t.born), "num"],
	["Lived", t => t.lived ?? -1, t => dur(t.lived), "num"],
	["On CPU", t => t.end ? t.end.cpu ?? -1 : -1, t => t.end ? dur(t.end.cpu) : "", "num"],
	["Stack", t => stack_bytes(t) ?? -1, t => bytes(stack_bytes(t)), "num"],
	["Touched", t => t.end ? t.end.touched ?? -1 : -1, t => t.end ? bytes(t.end.touched) : "", "num"],
	["Guard", t => t.end && t.end.gname != null ? t.end.gbytes ?? 0 : -1, t => guard_text(t), "num"],
	["End", t => t.how, t => t.how, "end"],
	["Joined", t => t.join || "", t => t.join],
];
const many_pids = new Set(tasks.map(t => t.birth.pid)).size > 1;
const ROW = 26;
let sort = { column: 0, down: false }, rows = tasks;

/* Addresses of programs are less than 2^53. */
function stack_bytes(t)
{
	return t.end && t.end.high ? Number(t.end.high) - Number(t.end.low) : null;
}

function guard_text(t)
{
	const e = t.end || {};
	return e.gnone ? "none" : e.gbytes ? bytes(e.gbytes) : word(e.gname);
}

const used = columns.filter(c => !c[4] || c[4]());
const scroll = by_id("scroll"), body = h("tbody");
const heads = used.map((c, i) => {
	const th = h("th", { class: `sorts ${c[3] === "num" ? "num" : ""}`, tabindex: 0, scope: "col" }, c[0]);
	const by = () => {
		sort = { column: i, down: sort.column === i && !sort.down };
		arrange();
	};
	th.addEventListener("click", by);
	th.addEventListener("keydown", e => (e.key === "Enter" || e.key === " ") && (e.preventDefault(), e.stopPropagation(), by()));
	return th;
});
scroll.append(h("table", {}, h("thead", {}, h("tr", {}, heads)), body));

function arrange()
{
	const key = used[sort.column][1], sign = sort.down ? -1 : 1;
	rows = sort.column === 0 && !sort.down ? shown : shown.map(t => ({ t, key: key(t) }))
		.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.t.label - b.t.label)).map(x => x.t);
	heads.forEach((th, i) => {
		if (i === sort.column)
			th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
		else
			th.removeAttribute("aria-sort");
	});
	fill_rows();
}

/* Rows for what is in sight, and one before and behind that is as high as all the others. */
function fill_rows()
{
	const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - 12), n = Math.min(rows.length - first, 48);
	const gap = k => h("tr", { class: "gap", "aria-hidden": "true" }, h("td", { colspan: used.length, style: `height:${k * ROW}px` }));
	const cells = t => used.map(c => {
		const text = String(c[2](t) ?? "");
		return h("td", { class: c[3], title: text.length > 34 ? text : null }, text);
	});
	const made = rows.slice(first, first + n).map(t => {
		const tr = h("tr", { class: `row${t.bad ? " bad" : ""}${t === chosen ? " chosen" : ""}` }, cells(t));
		tr.addEventListener("click", () => location.hash = `T${t.label}`);
		return tr;
	});
	body.replaceChildren(...(first ? [gap(first)] : []), ...made, ...(first + n < rows.length ? [gap(rows.length - first - n)] : []));
}
scroll.addEventListener("scroll", () => requestAnimationFrame(fill_rows));
