/* SPDX-License-Identifier: MIT */
/* Frames and backtraces as text. */
#include <string.h>

#include <thrtrace/backtrace.h>
#include <thrtrace/fault.h>
#include <thrtrace/tables.h>

#define NAME_SHOWN 160

/*
 * A C++ function's parameters are many lines in real programs, and say little in a chain of callers: "f(int) const" is
 * shown as "f". JSON has the whole name. "{lambda(int)#1}" and "operator()" end otherwise, or are kept.
 */
static void name_format(struct outbuf *out, const char *symbol)
{
	char shown[NAME_SHOWN];
	size_t len = strlen(symbol), at;
	int depth = 0;

	if (len > 6 && strcmp(symbol + len - 6, " const") == 0)
		len -= 6;
	for (at = len; at > 0 && symbol[len - 1] == ')'; at--) {
		depth += symbol[at - 1] == ')';
		depth -= symbol[at - 1] == '(';
		if (depth == 0)
			break;
	}
	bool parameters = at > 1 && depth == 0 && symbol[len - 1] == ')' &&
		!(at > 9 && memcmp(symbol + at - 9, "operator", 8) == 0);
	len = parameters ? at - 1 : strlen(symbol);
	if (len >= sizeof(shown)) {
		plain_format(out, symbol);
		return;
	}
	memcpy(shown, symbol, len);
	shown[len] = '\0';
	plain_format(out, shown);
}

/* The line of a module is in no function that somebody has named. */
static bool is_module_line(const struct frame *f)
{
	return f->file && frame_is_python(f) && f->symbol && strcmp(f->symbol, "<module>") == 0;
}

void frame_format(struct outbuf *out, const struct frame *f)
{
	if (is_module_line(f))
		outbuf_puts(out, "");
	else if (f->symbol)
		name_format(out, f->symbol);
	else if (f->module)
		plain_format(out, f->module);
	if (!f->symbol && f->module && !frame_is_python_note(f))
		outbuf_printf(out, "+0x%llx", (unsigned long long)f->module_offset);
	else if (!f->symbol && !f->module)
		outbuf_printf(out, "0x%llx", (unsigned long long)f->pc);
	if (f->file) {
		outbuf_puts(out, is_module_line(f) ? "" : " at ");
		plain_format(out, strrchr(f->file, '/') ? strrchr(f->file, '/') + 1 : f->file);
		if (f->line)
			outbuf_printf(out, ":%u", f->line);
	}
}

#define FRAMES_SHOWN 12

void backtrace_format(struct outbuf *out, const struct backtrace *bt, uint64_t deep)
{
	struct recursion rec;
	bool repeats = backtrace_recursion(bt, &rec);
	size_t shown = 0;

	for (size_t i = 0; i < bt->n && shown < FRAMES_SHOWN; i++, shown++) {
		outbuf_puts(out, shown ? " < " : "");
		frame_format(out, &bt->frame[i]);
		if (repeats && i + 1 == rec.first + rec.period) {
			if (deep > rec.times)
				outbuf_printf(out, " (x %llu)", (unsigned long long)deep);
			else
				outbuf_printf(out, " (x %zu%s)", rec.times, rec.to_the_end ? " or more" : "");
			i = rec.first + rec.period * rec.times - 1;
		}
	}
	if (bt->stopped)
		outbuf_printf(out, " ..., and no further: %s", bt->stopped);
}

size_t backtrace_length(const struct backtrace *bt)
{
	size_t outermost = bt->n;

	for (size_t i = bt->n; i-- > 0;) {
		const struct frame *f = &bt->frame[i];
		if (!f->in_program || !f->symbol)
			continue;
		if (strcmp(f->symbol, "main") == 0 && !frame_is_python(f))
			return i + 1;
		if (outermost == bt->n && strcmp(f->symbol, "_start") != 0)
			outermost = i + 1;
	}
	return outermost;
}
