/* SPDX-License-Identifier: MIT */
#include "creators/join_notes.h"

#include <elf.h>
#include <string.h>

#include "creators/start_search.h"

/*
 * glibc up to 2.42 (nptl/descr.h, pthread_join_common.c, pthread_detach.c): joinid is the thread's own struct pthread
 * when it is detached, and tid becomes -1 when it was joined (by whom is not noted: joinid stays 0). From 2.34 on
 * joinid stands three words before start_routine: `result`, and the policy with its priority, are between them. Before
 * that other members were. From 2.43 on the word that the kernel clears is another, and nothing is noted of a join.
 */
#define JOINID_BEFORE_START 24
#define FIRST_MINOR         34
#define LAST_MINOR          42
#define JOINED_TID          (-1)
/* Bytes from tid, which stands first, to behind start_routine: one read has all. */
#define RECORD_MOST 2048

/*
 * musl (src/thread/pthread_create.c, pthread_join.c): a detached thread unmaps its stack, and so does who joins. One
 * that has ended by itself is joinable no more: where that is so, a newer thread has the place.
 */
#define MUSL_JOINABLE 2
#define MUSL_DETACHED 3

static bool read_all(struct symbols_space *space, pid_t tid, taddr at, void *buf, size_t n)
{
	const struct kernel *door = symbols_door(space);

	return door->read_mem(door->ctx, tid, at, buf, n) == (ssize_t)n;
}

/* "2.36" as the library says it: 36; 0 where it does not. */
static unsigned minor_version(const struct start_search *s, taddr code)
{
	const struct module_mark *mark = search_descriptor(s, code, "__nptl_version");
	char text[sizeof(mark->value) + 1] = "";
	unsigned minor = 0;

	if (!mark)
		return 0;
	memcpy(text, mark->value, sizeof(mark->value));
	if (strncmp(text, "2.", 2) != 0)
		return 0;
	for (const char *c = text + 2; *c >= '0' && *c <= '9' && minor < 1000; c++)
		minor = minor * 10 + (unsigned)(*c - '0');
	return minor;
}

struct glibc_layout {
	taddr pd;
	uint32_t tid, joinid; /* from there on */
};

static bool layout_of(struct symbols_space *space, taddr code, pid_t tid, taddr tp, struct glibc_layout *ret)
{
	struct start_hints hints = { .tid = tid };
	struct start_search s = { .space = space, .h = &hints };
	const struct symbols_range *r = symbols_range(space, tid, code);

	if (!r || !r->module || !r->module->elf || r->module->machine != start_arch.machine)
		return false;
	unsigned minor = minor_version(&s, code);
	const struct module_mark *start = search_descriptor(&s, code, start_routine_mark);
	if (minor < FIRST_MINOR || minor > LAST_MINOR || !start || start->value[0] != 64)
		return false;
	ret->joinid = start->value[2] - JOINID_BEFORE_START;
	const struct module_mark *number = search_descriptor(&s, code, "_thread_db_pthread_tid");
	const struct module_mark *size = search_descriptor(&s, code, "_thread_db_sizeof_pthread");
	if (!number || !size || ret->joinid >= size->value[0] || number->value[2] >= ret->joinid ||
		ret->joinid - number->value[2] > RECORD_MOST - JOINID_BEFORE_START - sizeof(uint64_t))
		return false;
	ret->tid = number->value[2];
	ret->pd = search_record_of(tp, size);
	return true;
}

static enum join_note of_glibc(struct symbols_space *space, const struct glibc_layout *l, pid_t tid)
{
	uint8_t record[RECORD_MOST];
	uint64_t joinid, start;
	int32_t number;
	const uint32_t at = l->joinid - l->tid;

	if (!read_all(space, tid, l->pd + l->tid, record, at + JOINID_BEFORE_START + sizeof(start)))
		return JOIN_FREED;
	memcpy(&number, record, sizeof(number));
	memcpy(&joinid, record + at, sizeof(joinid));
	memcpy(&start, record + at + JOINID_BEFORE_START, sizeof(start));
	/* Its stack was unmapped, and the place mapped anew: zeros read as those of one that nobody has joined. */
	if (!start)
		return JOIN_FREED;
	if (joinid == l->pd)
		return JOIN_DETACHED;
	return number == JOINED_TID ? JOIN_DONE : JOIN_OPEN;
}

enum join_note join_notes_read(
	struct symbols_space *space, taddr threads_code, pid_t tid, const struct join_asked *asked)
{
	struct glibc_layout layout;
	uint32_t state;

	if (asked->musl_state) {
		if (!read_all(space, tid, asked->musl_state, &state, sizeof(state)))
			return JOIN_FREED;
		if (state == MUSL_JOINABLE)
			return JOIN_NOT_KNOWN;
		return state == MUSL_DETACHED ? JOIN_DETACHED : JOIN_OPEN;
	}
	if (!threads_code || !layout_of(space, threads_code, tid, asked->tp, &layout) ||
		asked->cleared != layout.pd + layout.tid)
		return JOIN_NOT_KNOWN;
	return of_glibc(space, &layout, tid);
}
