/* SPDX-License-Identifier: MIT */
/* Records out of the rings that events.c has opened. */
#include "observe/events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

/* A process of which a record has told that is no sample: it is watched. */
struct known_process {
	pid_t tgid;
	UT_hash_handle hh;
};

static bool is_known(const struct events *e, pid_t tgid)
{
	struct known_process *p;

	HASH_FIND_INT(e->known, &tgid, p);
	return p != NULL;
}

int events_know(struct events *e, pid_t tgid)
{
	if (tgid <= 0 || is_known(e, tgid))
		return 0;
	struct known_process *p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->tgid = tgid;
	HASH_ADD_INT(e->known, tgid, p);
	if (p->hh.tbl)
		return 0;
	free(p);
	return -ENOMEM;
}

void events_forget(struct events *e)
{
	struct known_process *p, *next;

	HASH_ITER (hh, e->known, p, next) {
		HASH_DEL(e->known, p);
		free(p);
	}
}

static uint64_t head_of(const struct ring *r)
{
	const struct perf_event_mmap_page *head = r->at;

	return __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
}

/* Copies n bytes of the ring's data, which begins anew where it ends. */
static void copy_out(void *to, const struct ring *r, uint64_t from, size_t n)
{
	const struct perf_event_mmap_page *head = r->at;
	const uint8_t *data = (const uint8_t *)r->at + head->data_offset;
	size_t size = head->data_size, at = from % size, first = n < size - at ? n : size - at;

	memcpy(to, data + at, first);
	memcpy((uint8_t *)to + first, data, n - first);
}

/* The header of the record at `at`, which is there as a whole. 0 or -EBADMSG. */
static int header_at(const struct ring *r, uint64_t at, uint64_t end, struct perf_event_header *ret)
{
	copy_out(ret, r, at, sizeof(*ret));
	return ret->size < sizeof(*ret) || ret->size > end - at ? -EBADMSG : 0;
}

/* A task of a known process has made another process. */
static int learn_child(struct events *e, const struct perf_record *record, bool *ret_news)
{
	pid_t child = record->u.task.tgid;

	if (!is_known(e, record->u.task.parent_tgid) || is_known(e, child))
		return 0;
	*ret_news = true;
	return events_know(e, child);
}

/* 0 or -errno. */
static int learn_from(struct events *e, const struct perf_record *record, bool *ret_news)
{
	if (e->wide)
		return record->kind == PERF_FORK ? learn_child(e, record, ret_news) : 0;
	int err = events_know(e, record->by_tgid);
	return err || record->kind != PERF_FORK ? err : events_know(e, record->u.task.tgid);
}

static int learn(struct events *e, const struct ring *r, bool *ret_news)
{
	struct perf_event_header h;
	uint8_t bytes[EVENTS_RECORD_MAX];
	struct perf_record record;
	int err = 0;

	for (uint64_t at = r->learned; !err && r->until - at >= sizeof(h); at += h.size) {
		err = header_at(r, at, r->until, &h);
		if (err || h.type == PERF_RECORD_SAMPLE || (e->wide && h.type != PERF_RECORD_FORK))
			continue;
		copy_out(bytes, r, at, h.size);
		if (perf_record_read(bytes, h.size, &record) <= 0)
			return -EBADMSG;
		err = learn_from(e, &record, ret_news);
	}
	return err;
}

/*
 * Which processes are watched is told by the records that have come up to now, but samples: of events that are wide by
 * those of FORK, and a process may be known only by what another ring has. 0 or -errno.
 */
static int learn_all(struct events *e)
{
	bool news = true;
	int err = 0;

	for (size_t i = 0; i < e->n_rings; i++)
		e->ring[i].until = head_of(&e->ring[i]);
	while (!err && news) {
		news = false;
		for (size_t i = 0; !err && i < e->n_rings; i++)
			err = learn(e, &e->ring[i], &news);
	}
	for (size_t i = 0; i < e->n_rings; i++)
		e->ring[i].learned = e->ring[i].until;
	return err;
}

/* Of a process that is none of those watched. Each record says where it was written: at its begin, or at its end. */
static bool is_strangers(const struct events *e, const struct ring *r, uint64_t at, const struct perf_event_header *h)
{
	bool sample = h->type == PERF_RECORD_SAMPLE;
	uint32_t tgid = 0;

	if (sample ? !e->of_all : !e->wide || h->type == PERF_RECORD_LOST)
		return false;
	if (sample && h->size >= PERF_SAMPLE_TGID_AT + sizeof(tgid))
		copy_out(&tgid, r, at + PERF_SAMPLE_TGID_AT, sizeof(tgid));
	else if (!sample && h->size >= PERF_RECORD_TRAILER)
		copy_out(&tgid, r, at + h->size - PERF_RECORD_TRAILER, sizeof(tgid));
	return !is_known(e, (pid_t)tgid);
}

static int hand_over(const struct events *e, struct ring *r, events_take *take, void *ctx)
{
	struct perf_event_mmap_page *head = r->at;
	uint64_t at = head->data_tail;
	uint8_t bytes[EVENTS_RECORD_MAX];
	struct perf_event_header h;
	struct perf_record record;
	int err = 0;

	for (; !err && r->end - at >= sizeof(h); at += h.size) {
		err = header_at(r, at, r->end, &h);
		if (err || is_strangers(e, r, at, &h))
			continue;
		copy_out(bytes, r, at, h.size);
		int got = perf_record_read(bytes, h.size, &record);
		if (got <= 0)
			return got ? got : -EBADMSG;
		if (record.kind != PERF_OTHER)
			err = take(ctx, &record, bytes, (size_t)got);
	}
	__atomic_store_n(&head->data_tail, at, __ATOMIC_RELEASE);
	return err;
}

static uint64_t lost_by(int fd)
{
	uint64_t value[2];

	return read(fd, value, sizeof(value)) == sizeof(value) ? value[1] : 0;
}

uint64_t events_lost(const struct events *e)
{
	uint64_t sum = 0;

	if (!e->counts_lost)
		return UINT64_MAX;
	for (size_t i = 0; i < e->n_rings; i++)
		sum += lost_by(e->ring[i].fd);
	for (size_t i = 0; i < e->n_more; i++)
		sum += lost_by(e->more[i]);
	return sum;
}

/*
 * The kernel's own record of a loss comes with the next one that fits into that ring. Until then the other rings go on,
 * and what they have is told as if nothing were missing. A ring that has lost something was full.
 */
static int tell_losses(struct events *e, events_take *take, void *ctx)
{
	uint8_t bytes[PERF_LOST_BYTES];
	struct perf_record record;
	uint64_t lost = e->filled && e->counts_lost ? events_lost(e) : 0;

	if (lost <= e->lost)
		return 0;
	perf_lost_write(lost - e->lost, bytes);
	e->lost = lost;
	return perf_record_read(bytes, sizeof(bytes), &record) > 0 ? take(ctx, &record, bytes, sizeof(bytes)) :
								     -EBADMSG;
}

int events_drain(struct events *e, events_take *take, void *ctx)
{
	int err = 0;

	/* What told of a process was written before any sample of it, but it may be in a ring that was read before. */
	bool filled = false;
	for (size_t i = 0; i < e->n_rings; i++) {
		const struct perf_event_mmap_page *head = e->ring[i].at;
		e->ring[i].end = head_of(&e->ring[i]);
		filled |= e->ring[i].end - head->data_tail >= head->data_size / 2;
	}
	e->filled = filled;
	err = tell_losses(e, take, ctx);
	if (!err && (e->of_all || e->wide))
		err = learn_all(e);
	for (size_t i = 0; !err && i < e->n_rings; i++)
		err = hand_over(e, &e->ring[i], take, ctx);
	return err;
}
