/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "code/cpython_impl.h"

#define INTERPRETERS_MAX 256
#define THREADS_MAX      8192
/* No structure of the interpreter that is read here is larger. */
#define OFFSET_MAX  (1U << 20)
#define LINES_MAX   (1U << 20)
#define SHIMS_MAX   8
#define CALLS_MAX   1024 /* of Python to Python, between two of C to Python */
#define INSTRUCTION 2

static const struct cpython_layout python_3_11 = {
	.runtime_interpreters = 40,
	.interpreter_next = 0,
	.interpreter_threads = 16,
	.thread_prev = 0,
	.thread_next = 8,
	.thread_interpreter = 16,
	.thread_id = 152,
	.thread_frame = 56,
	.has_cframe = true,
	.cframe_frame = 8,
	.frame_code = 32,
	.frame_previous = 48,
	.frame_instruction = 56,
	.frame_is_entry = 68,
	.frame_owner = 69,
	.code_firstline = 72,
	.code_file = 112,
	.code_name = 128,
	.code_lines = 136,
	.code_instructions = 184,
	.text_length = 16,
	.text_state = 32,
	.text_ascii = 48,
	.text_other = 72,
	.bytes_size = 16,
	.bytes_data = 32,
};

static const struct cpython_layout python_3_12 = {
	.runtime_interpreters = 40,
	.interpreter_next = 0,
	.interpreter_threads = 72,
	.thread_prev = 0,
	.thread_next = 8,
	.thread_interpreter = 16,
	.thread_id = 136,
	.thread_frame = 56,
	.has_cframe = true,
	.cframe_frame = 0,
	.frame_code = 0,
	.frame_previous = 8,
	.frame_instruction = 56,
	.frame_owner = 70,
	.code_firstline = 68,
	.code_file = 112,
	.code_name = 128,
	.code_lines = 136,
	.code_instructions = 192,
	.text_length = 16,
	.text_state = 32,
	.text_ascii = 40,
	.text_other = 56,
	.bytes_size = 16,
	.bytes_data = 32,
};

/* ---- 3.13 to 3.15, which describe themselves ---- */

#define COOKIE 0x7970677562656478ULL /* "xdebugpy" */

/* Where a word of struct _Py_DebugOffsets goes: its place in 3.13's, in 3.14's, in 3.15's. */
#define DESCRIBED(word_3_13, word_3_14, word_3_15, member)                                                             \
	{                                                                                                              \
		{ word_3_13, word_3_14, word_3_15 }, offsetof(struct cpython_layout, member)                           \
	}
static const struct {
	uint8_t word[3];
	uint16_t to;
} described[] = {
	DESCRIBED(5, 5, 5, runtime_interpreters),
	DESCRIBED(8, 8, 8, interpreter_next),
	DESCRIBED(9, 9, 9, interpreter_threads),
	DESCRIBED(20, 23, 23, thread_prev),
	DESCRIBED(21, 24, 24, thread_next),
	DESCRIBED(22, 25, 25, thread_interpreter),
	DESCRIBED(23, 26, 26, thread_frame),
	DESCRIBED(24, 27, 30, thread_id),
	DESCRIBED(29, 32, 40, frame_previous),
	DESCRIBED(30, 33, 41, frame_code),
	DESCRIBED(31, 34, 42, frame_instruction),
	DESCRIBED(33, 36, 44, frame_owner),
	DESCRIBED(35, 40, 48, code_file),
	DESCRIBED(37, 42, 50, code_name),
	DESCRIBED(38, 43, 51, code_lines),
	DESCRIBED(39, 44, 52, code_firstline),
	DESCRIBED(43, 48, 56, code_instructions),
	DESCRIBED(65, 75, 87, bytes_size),
	DESCRIBED(66, 76, 88, bytes_data),
	DESCRIBED(68, 78, 90, text_state),
	DESCRIBED(69, 79, 91, text_length),
	DESCRIBED(70, 80, 92, text_ascii),
};
#define WORD_VERSION       1
#define WORD_FREE_THREADED 2
#define DESCRIBED_WORDS    93

static int take_description(struct cpython *py, const uint64_t word[DESCRIBED_WORDS])
{
	unsigned minor = (unsigned)(word[WORD_VERSION] >> 16);

	py->version = (uint32_t)word[WORD_VERSION];
	py->free_threaded = word[WORD_FREE_THREADED] != 0;
	if (minor < 0x030d || minor > 0x030f || py->free_threaded)
		return -EPROTONOSUPPORT;
	for (size_t i = 0; i < ARRAY_SIZE(described); i++) {
		uint64_t offset = word[described[i].word[minor - 0x030d]];
		if (offset >= OFFSET_MAX)
			return -EINVAL;
		uint32_t *to = (uint32_t *)((char *)&py->at + described[i].to);
		*to = (uint32_t)offset;
	}
	py->at.text_other = py->at.text_ascii + 16; /* utf8_length, utf8 */
	return 0;
}

int cpython_open(struct cpython *ret, const struct mem *mem, taddr runtime, uint64_t version)
{
	uint64_t word[DESCRIBED_WORDS];

	*ret = (struct cpython){ .runtime = runtime, .version = (uint32_t)version };
	int err = mem_read(mem, runtime, word, sizeof(word));
	if (err)
		return err;
	if (word[0] == COOKIE)
		return take_description(ret, word);
	if (version >> 16 != 0x030b && version >> 16 != 0x030c)
		return -EPROTONOSUPPORT;
	ret->at = version >> 16 == 0x030b ? python_3_11 : python_3_12;
	return 0;
}

void cpython_why_format(struct outbuf *out, const struct cpython *py, int err)
{
	unsigned major = py->version >> 24, minor = py->version >> 16 & 0xff;

	if (py->version)
		outbuf_printf(out, "[Python %u.%u%s: ", major, minor, py->free_threaded ? " without its lock" : "");
	else
		outbuf_puts(out, "[Python before 3.11: ");
	outbuf_puts(out,
		err == -EPROTONOSUPPORT ? "its functions can't be told]" : "its memory is not as its version says]");
}

bool cpython_takes(uint64_t *ret, const uint8_t *bytes, size_t n, uint32_t offset)
{
	if (offset > n || n - offset < sizeof(*ret))
		return false;
	memcpy(ret, bytes + offset, sizeof(*ret));
	return true;
}

/* ---- frames as they lie there ---- */

struct raw_frame {
	uint64_t code, previous, instruction;
	uint8_t owner, is_entry;
};

static int read_raw(const struct cpython *py, const struct mem *mem, taddr at, struct raw_frame *ret)
{
	uint8_t b[CPYTHON_OBJECT / 2];
	ssize_t got = mem->read(mem->ctx, at, b, sizeof(b));
	size_t n = got > 0 ? (size_t)got : 0;

	if (got < 0)
		return (int)got;
	if (!cpython_takes(&ret->code, b, n, py->at.frame_code) ||
		!cpython_takes(&ret->previous, b, n, py->at.frame_previous) ||
		!cpython_takes(&ret->instruction, b, n, py->at.frame_instruction) || py->at.frame_owner >= n ||
		py->at.frame_is_entry >= n)
		return -EINVAL;
	ret->code &= ~(uint64_t)7; /* 3.14 has a mark there */
	ret->owner = b[py->at.frame_owner];
	ret->is_entry = b[py->at.frame_is_entry];
	return 0;
}

/* FRAME_OWNED_BY_CSTACK or, from 3.14 on, _INTERPRETER: where C has called Python, from 3.12 on. */
static bool is_shim(const struct cpython *py, const struct raw_frame *f)
{
	return !py->at.frame_is_entry && f->owner >= 3;
}

/* ---- threads ---- */

struct thread_words {
	uint64_t prev, next, interpreter, id;
};

static int read_thread(const struct cpython *py, const struct mem *mem, taddr at, struct thread_words *ret)
{
	uint8_t b[CPYTHON_OBJECT];
	ssize_t got = mem->read(mem->ctx, at, b, sizeof(b));
	size_t n = got > 0 ? (size_t)got : 0;

	if (got < 0)
		return (int)got;
	return cpython_takes(&ret->prev, b, n, py->at.thread_prev) &&
			cpython_takes(&ret->next, b, n, py->at.thread_next) &&
			cpython_takes(&ret->interpreter, b, n, py->at.thread_interpreter) &&
			cpython_takes(&ret->id, b, n, py->at.thread_id) ?
		0 :
		-EINVAL;
}

/* The innermost frame; 0 none. */
static int top_frame(const struct cpython *py, const struct mem *mem, taddr state, taddr *ret)
{
	uint64_t word;
	int err = mem_u64(mem, state + py->at.thread_frame, &word);

	if (!err && py->at.has_cframe)
		err = word ? mem_u64(mem, word + py->at.cframe_frame, &word) : -ENOENT;
	*ret = err ? 0 : word;
	return err;
}

/* A state that is given back still names its thread: one that is in use is in its interpreter's list. */
static bool is_in_list(const struct cpython *py, const struct mem *mem, taddr state, const struct thread_words *t)
{
	taddr link = t->prev ? t->prev + py->at.thread_next : t->interpreter + py->at.interpreter_threads;
	uint64_t word;

	return mem_u64(mem, link, &word) == 0 && word == state;
}

static bool runs_in(const struct cpython *py, const struct mem *mem, taddr thread_id, taddr state, taddr *ret_frame)
{
	struct thread_words t = { 0 };

	return state && read_thread(py, mem, state, &t) == 0 && t.id == thread_id && is_in_list(py, mem, state, &t) &&
		top_frame(py, mem, state, ret_frame) == 0 && *ret_frame;
}

/*
 * Where the call of C that began the innermost of these frames has its own: on the thread's stack, which grows down.
 * UINT64_MAX: that is not told.
 */
static taddr begun_at(const struct cpython *py, const struct mem *mem, taddr state, taddr frame)
{
	struct raw_frame f;
	uint64_t cframe;

	if (py->at.has_cframe)
		return mem_u64(mem, state + py->at.thread_frame, &cframe) ? UINT64_MAX : cframe;
	for (unsigned n = 0; frame && n < CALLS_MAX && read_raw(py, mem, frame, &f) == 0; n++) {
		if (is_shim(py, &f))
			return frame;
		frame = f.previous;
	}
	return UINT64_MAX;
}

/* What interpreters run in a thread; each state's place, as ret has their frames. */
struct search {
	const struct cpython *py;
	const struct mem *mem;
	taddr thread_id;
	unsigned left; /* states are looked at */
	struct cpython_stack *ret;
	taddr begun[CPYTHON_NESTED], state[CPYTHON_NESTED];
};

/* The innermost first. */
static void add_found(struct search *s, taddr state, taddr frame)
{
	taddr begun = begun_at(s->py, s->mem, state, frame);
	size_t i = s->ret->n;

	if (i == CPYTHON_NESTED)
		return;
	for (; i > 0 && s->begun[i - 1] > begun; i--) {
		s->begun[i] = s->begun[i - 1];
		s->state[i] = s->state[i - 1];
		s->ret->frame[i] = s->ret->frame[i - 1];
	}
	s->begun[i] = begun;
	s->state[i] = state;
	s->ret->frame[i] = frame;
	s->ret->n++;
}

static int find_in(struct search *s, taddr interpreter)
{
	const struct cpython *py = s->py;
	struct thread_words t = { 0 };
	uint64_t state;
	int err = mem_u64(s->mem, interpreter + py->at.interpreter_threads, &state);

	for (; !err && state && s->left; s->left--, state = t.next) {
		taddr frame;
		err = read_thread(py, s->mem, state, &t);
		if (err || t.id != s->thread_id || t.interpreter != interpreter ||
			top_frame(py, s->mem, state, &frame) != 0 || !frame)
			continue;
		add_found(s, state, frame);
		return 0;
	}
	return err;
}

static int find_thread(
	const struct cpython *py, const struct mem *mem, taddr thread_id, taddr *state, struct cpython_stack *ret)
{
	struct search s = { .py = py, .mem = mem, .thread_id = thread_id, .left = THREADS_MAX, .ret = ret };
	unsigned interpreters = 0;
	uint64_t interpreter;
	int err = mem_u64(mem, py->runtime + py->at.runtime_interpreters, &interpreter);

	ret->n = 0;
	while (!err && interpreter && interpreters++ < INTERPRETERS_MAX) {
		err = find_in(&s, interpreter);
		if (!err)
			err = mem_u64(mem, interpreter + py->at.interpreter_next, &interpreter);
	}
	if (!ret->n)
		return err ? err : -ESRCH;
	*state = s.state[0];
	return 0;
}

/* Is there one interpreter, as nearly always? */
static bool is_alone(const struct cpython *py, const struct mem *mem)
{
	uint64_t interpreter, next;

	return mem_u64(mem, py->runtime + py->at.runtime_interpreters, &interpreter) == 0 && interpreter &&
		mem_u64(mem, interpreter + py->at.interpreter_next, &next) == 0 && !next;
}

int cpython_thread(
	const struct cpython *py, const struct mem *mem, taddr thread_id, taddr *state, struct cpython_stack *ret)
{
	if (!thread_id)
		return -ESRCH;
	if (runs_in(py, mem, thread_id, *state, &ret->frame[0]) && is_alone(py, mem)) {
		ret->n = 1;
		return 0;
	}
	*state = 0;
	return find_thread(py, mem, thread_id, state, ret);
}

/* ---- text ---- */

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | (c >> 18 & 7));
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t character(const uint8_t *bytes, unsigned kind, size_t i)
{
	uint32_t c = 0;

	memcpy(&c, bytes + i * kind, kind);
	return c;
}

#define TEXT_HEAD 128

int cpython_text(const struct cpython *py, const struct mem *mem, taddr at, char *to, size_t size)
{
	uint8_t bytes[TEXT_HEAD + CPYTHON_FILE];
	uint64_t length;
	uint32_t state;

	if (py->at.text_other > TEXT_HEAD || py->at.text_length > TEXT_HEAD - 8 || py->at.text_state > TEXT_HEAD - 4)
		return -EINVAL;
	ssize_t got = mem->read(mem->ctx, at, bytes, TEXT_HEAD + size);
	if (got < 0)
		return (int)got;
	if (got < TEXT_HEAD / 2)
		return -EFAULT;
	memcpy(&length, bytes + py->at.text_length, sizeof(length));
	memcpy(&state, bytes + py->at.text_state, sizeof(state));
	/* interned: 2 bits; kind: 3; compact: 1; ascii: 1 */
	unsigned kind = state >> 2 & 7;
	size_t begin = state >> 6 & 1 ? py->at.text_ascii : py->at.text_other, done = 0;
	if ((kind != 1 && kind != 2 && kind != 4) || !(state >> 5 & 1) || length > INT32_MAX || (size_t)got < begin)
		return -EINVAL;
	size_t there = ((size_t)got - begin) / kind;
	for (size_t i = 0; i < length && i < there && done + 5 <= size; i++)
		done += put_utf8(to + done, character(bytes + begin, kind, i));
	to[done] = '\0';
	return 0;
}

/* ---- lines ---- */

struct lines {
	const struct mem *mem;
	taddr at;
	uint64_t left; /* to be read from there */
	uint8_t buf[512];
	size_t n, next;
};

static int next_byte(struct lines *l, bool peek)
{
	if (l->next == l->n) {
		size_t want = l->left < sizeof(l->buf) ? (size_t)l->left : sizeof(l->buf);
		ssize_t got = want ? l->mem->read(l->mem->ctx, l->at, l->buf, want) : 0;
		if (got <= 0)
			return -1;
		l->at += (taddr)got;
		l->left -= (uint64_t)got;
		l->n = (size_t)got;
		l->next = 0;
	}
	return peek ? l->buf[l->next] : l->buf[l->next++];
}

/* Six bits a byte, the lowest first; the lowest of all is the sign. */
static int64_t signed_number(struct lines *l)
{
	uint64_t value = 0;
	int byte = 0x40;

	for (unsigned shift = 0; byte & 0x40 && shift < 36; shift += 6) {
		byte = next_byte(l, false);
		if (byte < 0)
			return 0;
		value |= (uint64_t)(byte & 0x3f) << shift;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

/* The line of the instruction with this number; 0: none. An entry begins with a byte that has its highest bit. */
static unsigned line_of(struct lines *l, int64_t line, uint64_t instruction)
{
	uint64_t covered = 0;

	for (;;) {
		int head = next_byte(l, false);
		if (head < 0 || !(head & 0x80))
			return 0;
		unsigned code = (unsigned)head >> 3 & 15;
		if (code == 13 || code == 14)
			line += signed_number(l);
		else if (code >= 10 && code <= 12)
			line += code - 10;
		covered += ((unsigned)head & 7) + 1;
		if (instruction < covered)
			return code == 15 || line <= 0 || line > INT32_MAX ? 0 : (unsigned)line;
		while (next_byte(l, true) >= 0 && !(next_byte(l, true) & 0x80))
			(void)next_byte(l, false);
	}
}

/* ---- frames ---- */

int cpython_code(
	const struct cpython *py, const struct mem *mem, taddr code, struct cpython_frame *ret, taddr *ret_table)
{
	uint8_t b[CPYTHON_OBJECT];
	ssize_t got = mem->read(mem->ctx, code, b, sizeof(b));
	size_t n = got > 0 ? (size_t)got : 0;
	uint64_t units, file, name, first;

	if (got < 0)
		return (int)got;
	if (!cpython_takes(&units, b, n, py->at.bytes_size) || !cpython_takes(&file, b, n, py->at.code_file) ||
		!cpython_takes(&name, b, n, py->at.code_name) || !cpython_takes(ret_table, b, n, py->at.code_lines) ||
		!cpython_takes(&first, b, n, py->at.code_firstline) || units > INT32_MAX)
		return -EINVAL;
	int err = cpython_text(py, mem, name, ret->name, sizeof(ret->name));
	if (!err && (!ret->file_at || ret->file_at != file)) {
		err = cpython_text(py, mem, file, ret->file, sizeof(ret->file));
		ret->file_at = err ? 0 : file;
	}
	int32_t line = (int32_t)first; /* the lower half of the word */
	ret->line = line > 0 ? (unsigned)line : 0;
	ret->pc = code + py->at.code_instructions;
	ret->units = units;
	return err;
}

/* Of a code object whose name and the like are read: where in it the frame is. */
static int find_line(
	const struct cpython *py, const struct mem *mem, taddr instruction, taddr table, struct cpython_frame *ret)
{
	taddr begin = ret->pc;
	uint64_t size;

	/* 3.11 and 3.12 have the one before the first while a frame is made. */
	if (instruction + INSTRUCTION < begin || instruction % INSTRUCTION ||
		instruction >= begin + ret->units * INSTRUCTION)
		return -EINVAL;
	int err = mem_u64(mem, table + py->at.bytes_size, &size);
	if (err)
		return err;
	struct lines l = { .mem = mem, .at = table + py->at.bytes_data, .left = size < LINES_MAX ? size : LINES_MAX };
	ret->pc = instruction;
	ret->line = instruction < begin ? 0 : line_of(&l, ret->line, (instruction - begin) / INSTRUCTION);
	return 0;
}

int cpython_frame(const struct cpython *py, const struct mem *mem, taddr *at, struct cpython_frame *ret)
{
	struct raw_frame f, caller;
	unsigned shims = 0;
	taddr table;
	int err = *at ? read_raw(py, mem, *at, &f) : -ENOENT;

	while (!err && is_shim(py, &f) && shims++ < SHIMS_MAX)
		err = f.previous ? read_raw(py, mem, f.previous, &f) : -ENOENT;
	if (!err)
		err = cpython_code(py, mem, f.code, ret, &table);
	if (!err)
		err = find_line(py, mem, f.instruction, table, ret);
	if (err)
		return err;
	ret->entry = py->at.frame_is_entry ? f.is_entry != 0 : true;
	*at = f.previous;
	if (py->at.frame_is_entry || !f.previous)
		return 0;
	err = read_raw(py, mem, f.previous, &caller);
	if (err)
		return err;
	ret->entry = is_shim(py, &caller);
	if (ret->entry)
		*at = caller.previous;
	return 0;
}
