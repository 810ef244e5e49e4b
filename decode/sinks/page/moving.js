/* SPDX-License-Identifier: MIT */
/* Moving about in the lanes: zoom, drag, hover. */
function zoom(factor, at)
{
	const ns = at ?? (view.from + view.to) / 2;
	view.from = ns - (ns - view.from) * factor;
	view.to = ns + (view.to - ns) * factor;
	redraw();
}

function pan(share)
{
	const by = (view.to - view.from) * share;
	view.from += by;
	view.to += by;
	redraw();
}

function fit()
{
	Object.assign(view, full());
	redraw();
}

function next_height()
{
	const middle = (view.top + (height - AXIS) / 2) / view.lane;
	view.lane = HEIGHTS[(HEIGHTS.indexOf(view.lane) + 1) % HEIGHTS.length];
	view.top = middle * view.lane - (height - AXIS) / 2;
	redraw();
}

function pack()
{
	view.packed = !view.packed;
	by_id("pack").setAttribute("aria-pressed", view.packed);
	view.top = 0;
	lay_out();
	redraw();
}

function reveal(t)
{
	const i = place.get(t);
	if (i == null)
		return;
	const y = i * view.lane;
	if (y < view.top || y + view.lane > view.top + height - AXIS)
		view.top = y - (height - AXIS) / 2;
	if (view.packed && x_of(t.until) - x_of(t.born) < 4)
		view.to = view.from + Math.max((t.until - t.born) * 20, 2000); /* among many others, that it is seen */
	const span = view.to - view.from;
	if (t.until < view.from || t.born > view.to) {
		view.from = t.born - span * 0.1;
		view.to = view.from + span;
	}
	redraw();
}

const lane_at = e => {
	const r = lanes.getBoundingClientRect(), y = e.clientY - r.top;
	const lane = y < AXIS ? null : lane_of[Math.floor((y - AXIS + view.top) / view.lane)];
	if (!lane || lane.length === 1)
		return lane ? lane[0] : null;
	const reach = (view.to - view.from) / (width - GUTTER) * 4, ns = ns_of(e.clientX - r.left); /* 4 pixels */
	const t = lane[first_after(lane, ns - reach)];
	return t && t.born <= ns + reach ? t : null;
};

lanes.addEventListener("wheel", e => {
	const x = e.clientX - lanes.getBoundingClientRect().left;
	if (e.ctrlKey || e.metaKey || e.altKey) {
		e.preventDefault();
		zoom(Math.exp(Math.max(-60, Math.min(60, e.deltaY)) * 0.01), ns_of(Math.max(x, GUTTER)));
	} else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
		e.preventDefault();
		pan((e.deltaX || e.deltaY) / (width - GUTTER));
	} else if (lane_of.length * view.lane > height - AXIS) {
		const before = view.top;
		view.top += e.deltaY;
		clamp();
		if (view.top !== before)
			e.preventDefault();
		redraw();
	}
}, { passive: false });

let drag = null;
lanes.addEventListener("pointerdown", e => {
	drag = { x: e.clientX, y: e.clientY, from: view.from, to: view.to, top: view.top, moved: false };
	lanes.setPointerCapture(e.pointerId);
});
lanes.addEventListener("pointermove", e => {
	if (drag) {
		const dx = e.clientX - drag.x, dy = e.clientY - drag.y, ns = dx / (width - GUTTER) * (drag.to - drag.from);
		drag.moved ||= Math.abs(dx) + Math.abs(dy) > 4;
		if (drag.moved) {
			view.from = drag.from - ns;
			view.to = drag.to - ns;
			view.top = drag.top - dy;
			tip.hidden = true;
			redraw();
		}
		return;
	}
	hover(lane_at(e), e);
});
lanes.addEventListener("pointerup", e => {
	const t = drag && !drag.moved ? lane_at(e) : null;
	drag = null;
	if (t)
		location.hash = `T${t.label}`;
});
lanes.addEventListener("pointerleave", () => hover(null));
lanes.addEventListener("dblclick", e => zoom(0.4, ns_of(Math.max(e.clientX - lanes.getBoundingClientRect().left, GUTTER))));

function hover(t, e)
{
	if (t !== near) {
		near = t;
		redraw();
	}
	tip.hidden = !t;
	if (!t)
		return;
	const lines = [h("b", {}, `T${t.label} ${t.name}`), ` ${is_thread(t) ? "tid" : "pid"} ${t.birth.tid}`];
	if (t.runs)
		lines.push(h("br"), `runs ${t.runs}`);
	lines.push(h("br"), `${t.how}${t.lived != null ? ` after ${dur(t.lived)}` : ""}`);
	if (t.end && t.end.cpu != null)
		lines.push(`; on CPU ${dur(t.end.cpu)}`);
	const at = ns_of(e.clientX - lanes.getBoundingClientRect().left), wait = t.waits.find(w => at >= w.from && at <= (w.to ?? t.until));
	if (wait)
		lines.push(h("br"), `waits for the end of T${wait.on.label}: ${wait.to == null ? "to the last" : dur(wait.to - wait.from)}`);
	for (const f of t.findings.slice(0, 3))
		lines.push(h("br"), `!! ${f.id}`);
	tip.replaceChildren(...lines);
	tip.style.left = `${Math.min(e.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
	tip.style.top = `${Math.min(e.clientY + 16, window.innerHeight - tip.offsetHeight - 8)}px`;
}

let brush = false;
function brush_to(e)
{
	const f = full(), x = e.clientX - over.getBoundingClientRect().left, span = view.to - view.from;
	view.from = f.from + (x - GUTTER) / (width - GUTTER) * (f.to - f.from) - span / 2;
	view.to = view.from + span;
	redraw();
}
over.addEventListener("pointerdown", e => {
	brush = true;
	over.setPointerCapture(e.pointerId);
	brush_to(e);
});
over.addEventListener("pointermove", e => brush && brush_to(e));
over.addEventListener("pointerup", () => brush = false);
