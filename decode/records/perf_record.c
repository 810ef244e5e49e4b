/* SPDX-License-Identifier: MIT */
#include "records/perf_record.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

/* The 32 bytes at the end: pid, tid; time; cpu, 0; id. */
#define TRAILER 32

/* PERF_RECORD_MISC_* that a header may lack. */
#define MISC_COMM_EXEC  (1U << 13)
#define MISC_SWITCH_OUT (1U << 13)
#define MISC_PREEMPTED  (1U << 14)
#define ANONYMOUS       "//anon"
#define MMAP2_NAME_AT   64

static uint32_t u32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t u64_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* What is between the header and the trailer. */
struct body {
	const uint8_t *at;
	size_t n;
	uint16_t misc;
};

static int read_task(const struct body *b, struct perf_record *ret)
{
	if (b->n < 24)
		return -EBADMSG;
	ret->u.task.tgid = (pid_t)u32_at(b->at);
	ret->u.task.parent_tgid = (pid_t)u32_at(b->at + 4);
	ret->u.task.tid = (pid_t)u32_at(b->at + 8);
	ret->u.task.parent_tid = (pid_t)u32_at(b->at + 12);
	return 0;
}

static int read_comm(const struct body *b, struct perf_record *ret)
{
	if (b->n < 9)
		return -EBADMSG;
	size_t room = b->n - 8 < COMM_LEN ? b->n - 8 : COMM_LEN;
	ret->u.comm.tgid = (pid_t)u32_at(b->at);
	ret->u.comm.tid = (pid_t)u32_at(b->at + 4);
	ret->u.comm.exec = (b->misc & MISC_COMM_EXEC) != 0;
	memcpy(ret->u.comm.name, b->at + 8, room);
	ret->u.comm.name[room - 1] = '\0';
	return 0;
}

/* pid, tid; addr; len; pgoff; maj, min; ino; generation; prot, flags; name */
static int read_map(const struct body *b, struct perf_record *ret)
{
	if (b->n < MMAP2_NAME_AT + 1)
		return -EBADMSG;
	uint64_t low = u64_at(b->at + 8), len = u64_at(b->at + 16);
	if (low + len < low)
		return -EBADMSG;
	const char *name = (const char *)b->at + MMAP2_NAME_AT;
	ret->u.map.tgid = (pid_t)u32_at(b->at);
	ret->u.map.tid = (pid_t)u32_at(b->at + 4);
	ret->u.map.low = low;
	ret->u.map.high = low + len;
	ret->u.map.prot = u32_at(b->at + 56);
	ret->u.map.anonymous = strnlen(name, b->n - MMAP2_NAME_AT) == strlen(ANONYMOUS) &&
		memcmp(name, ANONYMOUS, strlen(ANONYMOUS)) == 0;
	return 0;
}

static int read_body(uint32_t type, const struct body *b, struct perf_record *ret)
{
	switch (type) {
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		ret->kind = type == PERF_RECORD_FORK ? PERF_FORK : PERF_EXIT;
		return read_task(b, ret);
	case PERF_RECORD_COMM:
		ret->kind = PERF_COMM;
		return read_comm(b, ret);
	case PERF_RECORD_MMAP2:
		ret->kind = PERF_MAP;
		return read_map(b, ret);
	case PERF_RECORD_SWITCH:
		ret->kind = PERF_SWITCH;
		ret->u.change.out = (b->misc & MISC_SWITCH_OUT) != 0;
		ret->u.change.preempted = (b->misc & MISC_PREEMPTED) != 0;
		return 0;
	case PERF_RECORD_LOST: /* id, how many */
		ret->kind = PERF_LOST;
		if (b->n < 16)
			return -EBADMSG;
		ret->u.lost.count = u64_at(b->at + 8);
		return 0;
	default:
		return 0;
	}
}

int perf_record_read(const void *bytes, size_t n, struct perf_record *ret)
{
	const uint8_t *at = bytes;
	struct perf_event_header h;

	*ret = (struct perf_record){ .kind = PERF_OTHER };
	if (n < sizeof(h))
		return 0;
	memcpy(&h, at, sizeof(h));
	if (h.size < sizeof(h))
		return -EBADMSG;
	if (h.size > n)
		return 0;
	if (h.type == PERF_RECORD_SAMPLE) /* of another shape, and none is asked for */
		return h.size;
	if (h.size < sizeof(h) + TRAILER)
		return -EBADMSG;
	const uint8_t *trailer = at + h.size - TRAILER;
	ret->by_tgid = (pid_t)u32_at(trailer);
	ret->by_tid = (pid_t)u32_at(trailer + 4);
	ret->t_ns = u64_at(trailer + 8);
	ret->cpu = u32_at(trailer + 16);
	ret->id = u64_at(trailer + 24);
	struct body b = { at + sizeof(h), (size_t)h.size - sizeof(h) - TRAILER, h.misc };
	int err = read_body(h.type, &b, ret);
	return err ? err : h.size;
}
