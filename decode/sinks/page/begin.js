/* SPDX-License-Identifier: MIT */
/* Search, keys, and the first picture. */
/* ---- search, keys ---- */

const find = by_id("find"), count = by_id("count");
const hay = t => t.hay ??= `t${t.label} ${t.birth.tid} ${t.name} ${t.runs} ${t.how}`.toLowerCase();
function search()
{
	const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
	shown = words.length ? tasks.filter(t => words.every(w => hay(t).includes(w))) : tasks;
	lay_out();
	count.textContent = words.length ? `${shown.length} of ${tasks.length}` : `${tasks.length}`;
	scroll.scrollTop = 0;
	arrange();
	redraw();
}
find.addEventListener("input", search);

function step(by)
{
	const i = chosen ? shown.indexOf(chosen) + by : by > 0 ? 0 : shown.length - 1;
	const t = shown[Math.max(0, Math.min(shown.length - 1, i))];
	if (t)
		location.hash = `T${t.label}`;
}

const keys = {
	ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), ArrowUp: () => step(-1), ArrowDown: () => step(1), p: pack,
	"+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), 0: fit, d: next_height,
	"/": () => find.focus(),
};
document.addEventListener("keydown", e => {
	if (e.key === "Escape") {
		if (document.activeElement === find)
			find.blur();
		else if (!page.hidden)
			close_page();
		return;
	}
	if (e.ctrlKey || e.metaKey || e.altKey || e.target instanceof HTMLInputElement)
		return;
	if (e.key.startsWith("Arrow") && e.target.closest && e.target.closest("#scroll, #page"))
		return;
	const act = keys[e.key];
	if (act) {
		e.preventDefault();
		act();
	}
});
by_id("in").addEventListener("click", () => zoom(0.6));
by_id("out").addEventListener("click", () => zoom(1 / 0.6));
by_id("fit").addEventListener("click", fit);
by_id("dense").addEventListener("click", next_height);
by_id("pack").addEventListener("click", pack);

/* ---- begin ---- */

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
	read_colours();
	redraw();
});
new ResizeObserver(() => stage.clientWidth !== width && redraw()).observe(stage);
addEventListener("resize", redraw);
read_colours();
if (tasks.length > 200)
	view.lane = HEIGHTS[1];
if (data.left_out)
	stage.after(h("p", { class: "hint" }, `${data.left_out} more waits, marks and findings are not in this page`));
Object.assign(view, full());
search();
if (tasks.length > 200 && data.peak <= 300 && data.peak * 4 < tasks.length) { /* short lives: most of each lane would be empty */
	pack();
	view.lane = HEIGHTS[lane_of.length > 30 ? 1 : 0];
}
from_hash();
draw();
document.documentElement.dataset.painted = Math.round(performance.now());
