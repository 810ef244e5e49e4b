/* SPDX-License-Identifier: MIT */
/* Lanes of lives on a canvas, and above them how many are alive at once. */
/* ---- colours: the style's own ---- */

let ink = {};
function read_colours()
{
	const style = getComputedStyle(document.documentElement);
	for (const name of ["paper", "card", "sunk", "ink", "soft", "faint", "line", "thread", "thread-pale", "process", "process-pale",
		"bad", "bad-pale", "cpu", "queue", "join", "join-pale", "arrow", "chosen", "error", "warning", "note", "mono"])
		ink[name] = style.getPropertyValue(`--${name}`).trim();
	hatch = null;
}
let hatch = null;
function hatched(ctx)
{
	if (hatch)
		return hatch;
	const c = document.createElement("canvas"), g = c.getContext("2d");
	c.width = c.height = 6;
	g.fillStyle = ink["join-pale"];
	g.fillRect(0, 0, 6, 6);
	g.strokeStyle = ink.join;
	g.lineWidth = 1.4;
	g.beginPath();
	for (const d of [-6, 0, 6]) {
		g.moveTo(d - 1, 7);
		g.lineTo(d + 7, -1);
	}
	g.stroke();
	return hatch = ctx.createPattern(c, "repeat");
}

/* ---- lanes ---- */

const GUTTER = 178, AXIS = 26, HEIGHTS = [22, 12, 5, 2];
const stage = by_id("stage"), over = by_id("over"), lanes = by_id("lanes"), tip = by_id("tip");
const view = { from: start, to: finish, top: 0, lane: HEIGHTS[0], packed: false };
let shown = tasks, chosen = null, near = null, width = 0, height = 0;

function full()
{
	const span = Math.max(finish - start, 1000);
	return { from: start - span * 0.005, to: finish + span * 0.02 };
}

const x_of = ns => GUTTER + (ns - view.from) / (view.to - view.from) * (width - GUTTER);
const ns_of = x => view.from + (x - GUTTER) / (width - GUTTER) * (view.to - view.from);
const y_of = i => AXIS + i * view.lane - view.top;

function clamp()
{
	const f = full(), span = Math.min(Math.max(view.to - view.from, 200), f.to - f.from);
	view.from = Math.min(Math.max(view.from, f.from), f.to - span);
	view.to = view.from + span;
	view.top = Math.max(0, Math.min(view.top, lane_of.length * view.lane - (height - AXIS)));
}

/* ---- who has which lane ---- */

let lane_of = []; /* of each lane its tasks, in the order of births: one, or some that never live at once */
const place = new Map(); /* task: number of its lane */

/* Each gets the first lane that is free when it is born. */
function packed_lanes()
{
	const lanes = [], until = [];
	for (const t of shown.slice().sort((a, b) => a.born - b.born || a.label - b.label)) {
		let i = 0;
		while (i < until.length && until[i] > t.born)
			i++;
		if (i === lanes.length)
			lanes.push([]);
		lanes[i].push(t);
		until[i] = t.until;
	}
	return lanes;
}

function lay_out()
{
	lane_of = view.packed ? packed_lanes() : shown.map(t => [t]);
	place.clear();
	lane_of.forEach((lane, i) => lane.forEach(t => place.set(t, i)));
	stage.dataset.lanes = lane_of.length;
}

/* The number in the lane of the first task that lives after this time. */
function first_after(lane, ns)
{
	let low = 0, high = lane.length;
	while (low < high) {
		const middle = low + high >> 1;
		if (lane[middle].until < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

function sized(canvas, h_css)
{
	const ratio = window.devicePixelRatio || 1, w = stage.clientWidth;
	if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h_css * ratio)) {
		canvas.width = Math.round(w * ratio);
		canvas.height = Math.round(h_css * ratio);
		canvas.style.height = `${h_css}px`;
	}
	const ctx = canvas.getContext("2d");
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx.clearRect(0, 0, w, h_css);
	return ctx;
}

function tick_step(span, room)
{
	const least = span / Math.max(room / 110, 1), ten = 10 ** Math.floor(Math.log10(least));
	return [1, 2, 5, 10].map(m => m * ten).find(s => s >= least);
}

function draw_axis(ctx)
{
	ctx.fillStyle = ink.sunk;
	ctx.fillRect(0, 0, width, AXIS);
	ctx.font = "11px system-ui, sans-serif";
	ctx.textBaseline = "middle";
	const step = tick_step(view.to - view.from, width - GUTTER);
	const digits = ns => {
		const unit = finish < 1e6 ? [1e3, "us"] : finish < 1e10 ? [1e6, "ms"] : [1e9, "s"];
		const d = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / unit[0]) - 1e-9)));
		return `${(ns / unit[0]).toFixed(d)} ${unit[1]}`;
	};
	for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
		const x = Math.round(x_of(at)) + 0.5;
		ctx.strokeStyle = ink.line;
		ctx.beginPath();
		ctx.moveTo(x, AXIS - 6);
		ctx.lineTo(x, height);
		ctx.stroke();
		ctx.fillStyle = ink.soft;
		ctx.textAlign = "left";
		if (x < width - 50)
			ctx.fillText(digits(Math.abs(at) < step / 2 ? 0 : at), x + 4, AXIS / 2);
	}
	ctx.fillStyle = ink.soft;
	ctx.fillText("thread", 12, AXIS / 2);
	ctx.strokeStyle = ink.line;
	ctx.beginPath();
	ctx.moveTo(0, AXIS - 0.5);
	ctx.lineTo(width, AXIS - 0.5);
	ctx.moveTo(GUTTER - 0.5, 0);
	ctx.lineTo(GUTTER - 0.5, height);
	ctx.stroke();
}

function draw_share(ctx, t, x, y, w, tall)
{
	const e = t.end, all = t.until - t.born;
	if (!e || e.cpu == null || all <= 0 || tall < 6)
		return;
	const thin = Math.max(2, Math.round(tall / 5)), cpu = Math.min(1, e.cpu / all) * w;
	const queue = e.wait == null ? 0 : Math.min(1, e.wait / all) * w;
	ctx.fillStyle = ink.cpu;
	ctx.fillRect(x, y + tall - thin, cpu, thin);
	ctx.fillStyle = ink.queue;
	ctx.fillRect(x + cpu, y + tall - thin, Math.min(queue, w - cpu), thin);
}

function clipped(ctx, text, x, y, room)
{
	if (room < 14)
		return;
	let n = Math.min(text.length, Math.floor(room / 5));
	while (n > 1 && ctx.measureText(n < text.length ? text.slice(0, n) + "\u2026" : text).width > room)
		n--;
	ctx.fillText(n < text.length ? text.slice(0, n) + "\u2026" : text, x, y);
}

function draw_life(ctx, t, i)
{
	const y = y_of(i), gap = view.lane >= 12 ? 3 : view.lane >= 5 ? 1 : 0, tall = Math.max(view.lane - 2 * gap, 1);
	const x = Math.max(x_of(t.born), GUTTER), end = Math.min(x_of(t.until), width), w = Math.max(end - x, 2);
	const kind = t.bad ? "bad" : is_thread(t) ? "thread" : "process";
	if (x_of(t.until) >= GUTTER && x <= width) {
		ctx.fillStyle = ink[view.lane >= 5 ? `${kind}-pale` : kind];
		ctx.beginPath();
		ctx.roundRect(x, y + gap, w, tall, view.lane >= 12 ? 3 : 0);
		ctx.fill();
		if (view.lane >= 12 && x_of(t.born) >= GUTTER) { /* where it is born */
			ctx.fillStyle = ink[kind];
			ctx.fillRect(x, y + gap, 2, tall);
		}
		for (const wait of t.waits) {
			const a = Math.max(x_of(wait.from), GUTTER), b = Math.min(x_of(wait.to ?? t.until), width);
			if (b < GUTTER || a > width || view.lane < 5)
				continue;
			ctx.fillStyle = hatched(ctx);
			ctx.fillRect(a, y + gap, Math.max(b - a, 2), tall);
		}
		draw_share(ctx, t, x, y + gap, w, tall);
		if (view.lane >= 18 && (!view.packed || w > 60)) {
			ctx.fillStyle = ink.ink;
			ctx.textAlign = "left";
			clipped(ctx, view.packed ? `T${t.label} ${t.runs || t.name}` : t.runs || t.how, x + 7, y + view.lane / 2, w - 12);
		}
		if (view.packed && (t === chosen || t === near)) {
			ctx.strokeStyle = ink.ink;
			ctx.strokeRect(x - 0.5, y + gap - 0.5, w + 1, tall + 1);
		}
		for (const m of t.marks)
			draw_mark(ctx, m, y + gap, tall);
	}
}

/* Left of the lane: whose it is. */
function draw_names(ctx, lane, y)
{
	const t = lane[0];
	if (view.lane < 12)
		return;
	ctx.textAlign = "left";
	ctx.font = `${view.lane >= 18 ? 12 : 10}px ${ink.mono}`;
	ctx.fillStyle = ink.faint;
	if (lane.length > 1) {
		ctx.fillText(`${lane.length} tasks`, 62, y + view.lane / 2);
		return;
	}
	ctx.fillText(`T${t.label}`, 12, y + view.lane / 2);
	ctx.fillStyle = t.bad ? ink.bad : ink.ink;
	const name = is_thread(t) ? t.name : `${t.name} (${t.birth.tid})`;
	clipped(ctx, name, 62, y + view.lane / 2, GUTTER - 70);
	if (view.lane >= 18 || !t.runs) /* there the bar has room for it */
		return;
	const behind = 62 + ctx.measureText(name).width + 8;
	ctx.fillStyle = ink.faint;
	clipped(ctx, t.runs, behind, y + view.lane / 2, GUTTER - 8 - behind);
}

/* Those of a lane that are in sight and have a pixel of their own; whose arrows may be seen is added to seen. */
function draw_lane(ctx, lane, i, seen)
{
	const y = y_of(i), marked = !view.packed && (lane[0] === chosen || lane[0] === near);
	let painted = -1;
	if (marked) {
		ctx.fillStyle = lane[0] === chosen ? ink.chosen : ink.sunk;
		ctx.fillRect(0, y, width, view.lane);
	}
	for (let k = first_after(lane, view.from); k < lane.length && lane[k].born <= view.to; k++) {
		const t = lane[k], end = x_of(t.until);
		if (end < painted + 1 && !t.bad && !t.marks.length && t !== chosen && t !== near)
			continue;
		painted = Math.max(end, x_of(t.born) + 2);
		ctx.font = "11.5px system-ui, sans-serif";
		draw_life(ctx, t, i);
		if (view.packed)
			seen.push(t);
	}
	if (!view.packed)
		seen.push(lane[0]); /* its arrows may be in sight where its life is not */
	draw_names(ctx, lane, y);
}

function draw_mark(ctx, m, y, tall)
{
	const x = x_of(m.at);
	if (x < GUTTER || x > width || tall < 4)
		return;
	ctx.fillStyle = m.kind === "signal" ? ink.bad : ink[m.kind] || ink.soft;
	ctx.beginPath();
	ctx.moveTo(x - 4, y - 2);
	ctx.lineTo(x + 4, y - 2);
	ctx.lineTo(x, y + 5);
	ctx.fill();
}

/* strong: how wide it is, of whom is looked at; 0: of all the others. */
function arrow(ctx, from, to, ns_from, ns_to, strong, dashed)
{
	const a = place.get(from), b = place.get(to);
	if (a == null || b == null)
		return;
	const x0 = x_of(ns_from), x1 = x_of(ns_to), y0 = y_of(a) + view.lane / 2, y1 = y_of(b) + view.lane / 2;
	if (Math.max(x0, x1) < GUTTER || Math.min(x0, x1) > width || Math.max(y0, y1) < AXIS || Math.min(y0, y1) > height)
		return;
	const down = y1 > y0 ? 1 : -1, tip_y = y1 - down * Math.min(view.lane / 2 - 3, 7);
	ctx.globalAlpha = strong ? Math.min(strong, 1) : Math.abs(y1 - y0) < 12 * view.lane ? 0.55 : 0.22; /* long ones cross many lanes */
	ctx.strokeStyle = ctx.fillStyle = strong ? (dashed ? ink.join : ink.thread) : dashed ? ink.join : ink.arrow;
	ctx.lineWidth = Math.max(strong, 1);
	ctx.setLineDash(dashed ? [4, 3] : []);
	ctx.beginPath();
	ctx.moveTo(x0, y0);
	ctx.bezierCurveTo(x0, y0 + (tip_y - y0) * 0.6, x1, y0 + (tip_y - y0) * 0.4, x1, tip_y);
	ctx.stroke();
	ctx.setLineDash([]);
	ctx.beginPath();
	ctx.moveTo(x1 - 3.5, tip_y - down * 5);
	ctx.lineTo(x1 + 3.5, tip_y - down * 5);
	ctx.lineTo(x1, tip_y + down);
	ctx.fill();
	ctx.globalAlpha = 1;
	ctx.lineWidth = 1;
}

const joined_at = t => t.joined_at ?? (t.end && t.end.jafter != null ? t.died + t.end.jafter : t.died);

function draw_arrows(ctx, seen)
{
	const arrows_of = (t, strong) => {
		if (t.by)
			arrow(ctx, t.by, t, t.born, t.born, strong, false);
		if (t.joiner && t.died != null)
			arrow(ctx, t, t.joiner, t.died, joined_at(t), strong, true);
	};
	if (view.lane >= 12 && seen.length < 400)
		for (const t of seen)
			if (t !== chosen && t !== near)
				arrows_of(t, 0);
	for (const t of new Set([near, chosen])) {
		if (!t)
			continue;
		arrows_of(t, 1.6);
		for (const child of t.made.slice(0, 300))
			arrows_of(child, t.made.length > 12 ? 0.6 : 1.6);
	}
}

function measure()
{
	width = stage.clientWidth;
	height = Math.max(110, Math.min(AXIS + lane_of.length * view.lane + 8, Math.round(window.innerHeight * 0.62)));
	clamp();
}

function draw()
{
	cancelAnimationFrame(asked);
	asked = null;
	measure();
	const ctx = sized(lanes, height);
	draw_axis(ctx);
	const first = Math.max(0, Math.floor(view.top / view.lane)), last = Math.min(lane_of.length, Math.ceil((view.top + height) / view.lane));
	ctx.save();
	ctx.beginPath();
	ctx.rect(0, AXIS, width, height - AXIS);
	ctx.clip();
	ctx.textBaseline = "middle";
	const seen = [];
	for (let i = first; i < last; i++)
		draw_lane(ctx, lane_of[i], i, seen);
	ctx.beginPath();
	ctx.rect(GUTTER, AXIS, width - GUTTER, height - AXIS);
	ctx.clip();
	draw_arrows(ctx, seen);
	ctx.restore();
	const all = lane_of.length * view.lane, room = height - AXIS;
	if (all > room) { /* how far down this is */
		ctx.fillStyle = ink.faint;
		ctx.beginPath();
		ctx.roundRect(width - 7, AXIS + 2 + view.top / all * (room - 4), 4, Math.max(24, room / all * (room - 4)), 2);
		ctx.fill();
	}
	draw_over();
}

/* How many live at once, and since when: times of births and of ends, merged. */
let steps = null;
function count_steps()
{
	const births = Float64Array.from(tasks, t => t.born).sort();
	const ends = Float64Array.from(tasks.filter(t => t.died != null), t => t.died).sort();
	let live = 0, i = 0, k = 0, peak = 1;
	const at = [];
	while (i < births.length || k < ends.length) {
		const end = k < ends.length && !(births[i] < ends[k]);
		live += end ? -1 : 1;
		peak = Math.max(peak, live);
		at.push([end ? ends[k++] : births[i++], live]);
	}
	return { at, peak };
}

/* A line through them: no more points than pixels, however many there are; of those on one pixel the most and the least. */
function trace_steps(ctx, x, y)
{
	let column = -1, last = 0, least = 0, most = 0;
	const column_done = () => {
		ctx.lineTo(column, y(most));
		ctx.lineTo(column, y(least));
		ctx.lineTo(column, y(last));
	};
	for (const [ns, live] of steps.at) {
		const here = Math.round(x(ns)) + 0.5;
		if (here !== column) {
			if (column >= 0)
				column_done();
			ctx.lineTo(here, y(last));
			column = here;
			least = most = last;
		}
		last = live;
		least = Math.min(least, live);
		most = Math.max(most, live);
	}
	column_done();
	ctx.lineTo(x(finish), y(last));
}

/* What the lanes show of the whole time stands out. */
function draw_over()
{
	const H = 56, ctx = sized(over, H), f = full(), x = ns => GUTTER + (ns - f.from) / (f.to - f.from) * (width - GUTTER);
	steps ??= count_steps();
	const y = n => H - 0.5 - n / steps.peak * (H - 12);
	ctx.fillStyle = ink.sunk;
	ctx.fillRect(0, 0, width, H);
	ctx.beginPath();
	ctx.moveTo(x(start), H);
	trace_steps(ctx, x, y);
	ctx.lineTo(x(finish), H);
	ctx.fillStyle = ink["thread-pale"];
	ctx.fill();
	ctx.strokeStyle = ink.thread;
	ctx.stroke();
	const a = Math.max(GUTTER, x(view.from)), b = Math.min(width, x(view.to));
	ctx.fillStyle = ink.card;
	ctx.globalAlpha = 0.66;
	ctx.fillRect(GUTTER, 0, a - GUTTER, H);
	ctx.fillRect(b, 0, width - b, H);
	ctx.globalAlpha = 1;
	ctx.strokeStyle = ink.faint;
	ctx.strokeRect(a + 0.5, 0.5, Math.max(b - a - 1, 1), H - 1);
	ctx.font = "11px system-ui, sans-serif";
	ctx.textBaseline = "middle";
	ctx.fillStyle = ink.soft;
	ctx.fillText("alive at once", 12, H / 2 - 7);
	ctx.fillStyle = ink.ink;
	ctx.fillText(`at most ${data.peak}`, 12, H / 2 + 8);
}

let asked = null;
function redraw()
{
	asked ??= requestAnimationFrame(draw);
}
