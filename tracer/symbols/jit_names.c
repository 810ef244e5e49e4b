/* SPDX-License-Identifier: MIT */
#include "symbols/jit_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrtrace/gdb_jit.h>
#include <thrtrace/hotspot.h>
#include <thrtrace/jit_map.h>
#include <thrtrace/proc_text.h>
#include <thrtrace/procstat.h>

#include "kernel/file_open.h"
#include "symbols/demangle.h"

#define CHUNK    (256U << 10)
#define NS       1000000000U
#define CLOCK_NS NS /* times of files are a little late */
/* The end of what was read is compared before more is: a file may have been written anew. */
#define SEAL 64

struct jit_names {
	int fd; /* -1: not open */
	struct jit_map map;
	off_t read; /* bytes of it that are in the map */
	char seal[SEAL];
	const char *refused; /* why the file that is there is not believed; NULL */
	taddr descriptor;    /* of what is registered; 0: none was met */
	struct gdb_jit registered;
	taddr structs; /* of HotSpot; likewise */
	struct hotspot hotspot;
};

static const char jit_module[] = "[JIT]";

void jit_names_free(struct jit_names *j)
{
	if (!j)
		return;
	jit_map_release(&j->map);
	gdb_jit_release(&j->registered);
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

/* The user that the process acts as, and its number in its own pid namespace. */
static bool read_who(const struct kernel *door, pid_t tid, uint64_t *ret_uid, uint64_t *ret_pid)
{
	char status[PROC_TEXT];
	ssize_t n = door->read_proc(door->ctx, tid, "status", status, sizeof(status) - 1);
	char *end;

	if (n <= 0)
		return false;
	status[n] = '\0';
	const char *uid = proc_field(status, "Uid:");
	if (!uid || !proc_innermost_id(ret_pid, status))
		return false;
	(void)strtoull(uid, &end, 10);
	*ret_uid = strtoull(end, NULL, 10);
	return true;
}

/* When the process was made, in ns of Unix time; 0: not known. */
static uint64_t made_ns(const struct kernel *door, pid_t tid)
{
	char text[1024];
	struct procstat st;
	struct origin o;
	ssize_t n = door->read_proc(door->ctx, tid, "stat", text, sizeof(text) - 1);

	if (n <= 0 || !door->origin || !door->boot_ns)
		return 0;
	text[n] = '\0';
	if (procstat_parse(&st, text) || door->origin(door->ctx, &o))
		return 0;
	return o.wall_ns - door->boot_ns(door->ctx) + st.start_ticks * (NS / PROCSTAT_HZ);
}

/* Why the file is not believed; NULL: it is. */
static const char *doubt(const struct stat *st, uint64_t uid, uint64_t made)
{
	uint64_t written = (uint64_t)st->st_mtim.tv_sec * NS + (uint64_t)st->st_mtim.tv_nsec;

	if (st->st_uid != uid)
		return "[JIT: its map is another user's]";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "[JIT: others can write its map]";
	if (st->st_nlink != 1)
		return "[JIT: its map has other names]";
	if (st->st_size > (off_t)JIT_TEXT_MAX)
		return "[JIT: its map is too large]";
	if (!made || written + CLOCK_NS < made)
		return "[JIT: its map is older than the process]";
	return NULL;
}

static void open_map(struct jit_names *j, const struct kernel *door, pid_t tid)
{
	char root[32], path[48];
	uint64_t uid, pid;
	struct stat st;

	j->refused = NULL;
	if (!read_who(door, tid, &uid, &pid))
		return;
	snprintf(root, sizeof(root), "/proc/%d/root", tid);
	snprintf(path, sizeof(path), "/tmp/perf-%llu.map", (unsigned long long)pid);
	int fd = file_open_plain(root, path, &st);
	if (fd == -ENOENT && file_stat_plain(root, path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size))
		j->refused = "[JIT: its map is no regular file]";
	if (fd < 0)
		return;
	j->refused = doubt(&st, uid, made_ns(door, tid));
	if (j->refused)
		close(fd);
	else
		j->fd = fd;
}

static void forget(struct jit_names *j)
{
	jit_map_release(&j->map);
	j->read = 0;
}

/* What was read last is still there. */
static bool is_same(const struct jit_names *j)
{
	char now[SEAL];
	size_t n = j->read < SEAL ? (size_t)j->read : SEAL;

	return pread(j->fd, now, n, j->read - (off_t)n) == (ssize_t)n && memcmp(now, j->seal, n) == 0;
}

static void seal(struct jit_names *j)
{
	size_t n = j->read < SEAL ? (size_t)j->read : SEAL;

	if (pread(j->fd, j->seal, n, j->read - (off_t)n) != (ssize_t)n)
		forget(j);
}

/* Reads what is new. */
static void read_on(struct jit_names *j)
{
	char *text = malloc(CHUNK);
	ssize_t got = text ? 1 : -1, used = 1;

	while (got > 0 && used > 0 && j->read < (off_t)JIT_TEXT_MAX) {
		got = pread(j->fd, text, CHUNK, j->read);
		used = got > 0 ? jit_map_add(&j->map, text, (size_t)got) : 0;
		if (used > 0)
			j->read += used;
	}
	free(text);
	seal(j);
}

static bool look(struct jit_names *j, const struct kernel *door, pid_t tid)
{
	struct stat st;

	if (j->fd < 0)
		open_map(j, door, tid);
	if (j->fd < 0 || fstat(j->fd, &st) != 0)
		return false;
	if (st.st_size < j->read || (j->read && !is_same(j)))
		forget(j);
	if (st.st_size > j->read)
		read_on(j);
	return j->map.n != 0;
}

static bool is_nameless(const struct frame *f)
{
	return f->module && !f->symbol && strcmp(f->module, jit_module) == 0;
}

/* ---- what is registered ---- */

struct task_mem {
	const struct kernel *door;
	pid_t tid;
};

static ssize_t read_task(void *ctx, taddr at, void *buf, size_t n)
{
	const struct task_mem *t = ctx;

	return t->door->read_mem(t->door->ctx, t->tid, at, buf, n);
}

/* A variable of a module that is on the stack: a compiler at run time is on that of what it has made, as a rule. */
static taddr find_variable(struct symbols_space *space, pid_t tid, const struct backtrace *bt, const char *name)
{
	const char *last = NULL;

	for (size_t i = 0; i < bt->n; i++) {
		const struct frame *f = &bt->frame[i];
		if (!f->module || f->module == last || strcmp(f->module, jit_module) == 0)
			continue;
		last = f->module;
		const struct symbols_range *r = symbols_range(space, tid, f->pc);
		const struct module_mark *mark = r && r->module ? module_mark(r->module, name) : NULL;
		if (mark)
			return mark->addr + r->bias;
	}
	return 0;
}

static bool look_registered(struct jit_names *j, struct symbols_space *space, pid_t tid, const struct backtrace *bt)
{
	struct task_mem task = { symbols_door(space), tid };
	const struct mem mem = { read_task, &task };

	if (!j->descriptor)
		j->descriptor = find_variable(space, tid, bt, "__jit_debug_descriptor");
	return j->descriptor && gdb_jit_read(&j->registered, &mem, j->descriptor) == 0 && j->registered.map.n;
}

/* ---- the interpreter of Java ---- */

/* Of a table of hundreds of names, which stand side by side: a piece of them is read at once. */
#define NAMES_PIECE 2048
struct names_mem {
	struct task_mem task;
	taddr at;   /* of the piece that is held */
	size_t len; /* what there is of it */
	char piece[NAMES_PIECE];
};

static ssize_t read_names(void *ctx, taddr at, void *buf, size_t n)
{
	struct names_mem *m = ctx;
	taddr begin = at - at % NAMES_PIECE;

	if (n > NAMES_PIECE - (at - begin))
		return read_task(&m->task, at, buf, n);
	if (!m->len || m->at != begin) {
		ssize_t got = read_task(&m->task, begin, m->piece, NAMES_PIECE);
		if (got <= 0)
			return got;
		m->at = begin;
		m->len = (size_t)got;
	}
	size_t from = (size_t)(at - begin);
	if (from >= m->len)
		return -EFAULT;
	n = n < m->len - from ? n : m->len - from;
	memcpy(buf, m->piece + from, n);
	return (ssize_t)n;
}

static bool look_interpreter(struct jit_names *j, struct symbols_space *space, pid_t tid, const struct backtrace *bt)
{
	struct names_mem names = { .task = { symbols_door(space), tid } };
	const struct mem mem = { read_names, &names };

	if (!j->structs)
		j->structs = find_variable(space, tid, bt, "gHotSpotVMStructs");
	return j->structs && hotspot_look(&j->hotspot, &mem, j->structs) == 0;
}

static bool is_interpreted(const struct jit_names *j, taddr pc)
{
	return pc >= j->hotspot.low && pc < j->hotspot.high;
}

/* ---- all ---- */

static bool name_from(struct jit_map *m, struct symbols *s, struct frame *f, bool exact)
{
	const struct jit_piece *p = jit_map_find(m, exact || !f->pc ? f->pc : f->pc - 1);

	if (!p)
		return false;
	char *shown = demangle(jit_map_name(m, p));
	f->symbol = symbols_text(s, shown ? shown : jit_map_name(m, p));
	free(shown);
	f->offset = f->pc - p->at;
	return true;
}

static bool name(struct jit_names *j, struct symbols *s, struct frame *f, bool exact)
{
	if (name_from(&j->map, s, f, exact))
		f->in_program = jit_name_is_own(f->symbol);
	else if (name_from(&j->registered.map, s, f, exact))
		f->in_program = true;
	else if (is_interpreted(j, f->pc)) {
		f->symbol = symbols_text(s, "interpreted");
		f->offset = f->pc - j->hotspot.low;
	} else
		return false;
	return true;
}

void jit_names_fill(struct jit_names **known, struct symbols_space *space, pid_t tid, struct backtrace *bt)
{
	size_t first = 0;

	while (first < bt->n && !is_nameless(&bt->frame[first]))
		first++;
	if (first == bt->n)
		return;
	if (!*known && (*known = calloc(1, sizeof(**known))))
		(*known)->fd = -1;
	struct jit_names *j = *known;
	if (!j)
		return;
	bool mapped = look(j, symbols_door(space), tid), registered = look_registered(j, space, tid, bt);
	bool interprets = look_interpreter(j, space, tid, bt);
	if (!mapped && j->refused && !registered)
		bt->frame[first].module = j->refused;
	if (!mapped && !registered && !interprets)
		return;
	for (size_t i = first; i < bt->n; i++)
		if (is_nameless(&bt->frame[i]))
			(void)name(j, symbols_of(space), &bt->frame[i], i == 0 || bt->frame[i - 1].signal);
}

bool jit_names_routine(struct jit_names *j, struct symbols_space *space, struct frame *f)
{
	return j && is_nameless(f) && name(j, symbols_of(space), f, true);
}
