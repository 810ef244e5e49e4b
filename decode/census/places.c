/* SPDX-License-Identifier: MIT */
/* Where a thread waits, in words. */
#include "census/census_impl.h"

#include <stdio.h>
#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/tables.h>

struct wait_row {
	const char *name;
	int x86_64, common;
	const char *place;
};

static const struct wait_row rows[] = {
#define WAIT(name, x86_64, common, place) { #name, x86_64, common, place },
#include "waits.def"
#undef WAIT
};

static const struct wait_row *row_of(const struct census *c, const struct census_task *t)
{
	const struct abi *native = abi_native();
	bool x86 = native && strcmp(native->name, "x86_64") == 0;

	if (!c->words64 || !native || !t->call_known || t->nr < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (t->nr == (x86 ? rows[i].x86_64 : rows[i].common))
			return &rows[i];
	return NULL;
}

bool census_in_futex(const struct census *c, const struct census_task *t)
{
	const struct wait_row *row = row_of(c, t);

	return row && strcmp(row->name, "futex") == 0;
}

bool census_asks_file(const struct census *c, const struct census_task *t)
{
	const struct wait_row *row = row_of(c, t);

	return row && strstr(row->place, "%s");
}

/* "4127 name", of who has a lock. */
static void put_owner(struct outbuf *b, const struct census *c, const struct census_task *t)
{
	const struct census_task *owner = census_owner(c, t);

	outbuf_printf(b, "%d", t->lock.owner);
	if (!owner)
		return;
	outbuf_putc(b, ' ');
	plain_format(b, owner->comm);
}

static void put_lock(struct outbuf *b, const struct census *c, const struct census_task *t)
{
	switch (t->lock.kind) {
	case WAIT_MUTEX:
	case WAIT_PI:
		outbuf_puts(b, "mutex held by ");
		put_owner(b, c, t);
		break;
	case WAIT_WRITTEN:
		outbuf_puts(b, "rwlock held by ");
		put_owner(b, c, t);
		break;
	case WAIT_READ:
		outbuf_puts(b, "rwlock held by readers");
		break;
	case WAIT_BLIND:
		outbuf_puts(b, "lock, its owner not noted");
		break;
	case WAIT_JOIN:
		outbuf_puts(b, "join of ");
		put_owner(b, c, t);
		break;
	case WAIT_CONDITION:
		outbuf_puts(b, "condition variable");
		break;
	case WAIT_SEMAPHORE:
		outbuf_puts(b, "semaphore");
		break;
	case WAIT_NONE:
	case WAIT_WORD:
		outbuf_puts(b, "futex: its runtime's own word");
		break;
	}
	if (t->lock.timed && t->lock.kind != WAIT_JOIN)
		outbuf_puts(b, ", timed");
}

/* In a call, or in the kernel. */
static void put_sleep(struct outbuf *b, const struct census *c, const struct census_task *t)
{
	const struct wait_row *row = row_of(c, t);

	if (row && strcmp(row->name, "futex") == 0 && t->lock.kind != WAIT_NONE)
		put_lock(b, c, t);
	else if (row)
		outbuf_printf(b, row->place, t->file[0] ? t->file : "descriptor");
	else if (t->call_known && t->nr >= 0 && t->wchan[0])
		outbuf_printf(b, "call %lld: %s", (long long)t->nr, t->wchan);
	else if (t->call_known && t->nr >= 0)
		outbuf_printf(b, "call %lld", (long long)t->nr);
	else if (t->wchan[0])
		outbuf_printf(b, "kernel: %s", t->wchan);
	if (row && t->state == 'D')
		outbuf_puts(b, ", uninterruptible");
}

static void put_place(struct outbuf *b, const struct census *c, const struct census_task *t)
{
	switch (t->state) {
	case 'R':
		outbuf_puts(b, "runs, or is ready to");
		break;
	case 'T':
		outbuf_puts(b, "stopped by a signal");
		break;
	case 't':
		outbuf_puts(b, "stopped by a tracer");
		break;
	case 'Z':
	case 'X':
		outbuf_puts(b, "has ended");
		break;
	default:
		put_sleep(b, c, t);
		break;
	}
}

void census_places(struct census *c)
{
	struct outbuf b;

	outbuf_init(&b, 256);
	for (size_t i = 0; i < c->n; i++) {
		outbuf_clear(&b);
		put_place(&b, c, &c->task[i]);
		snprintf(c->task[i].place, sizeof(c->task[i].place), "%.63s", outbuf_str(&b));
	}
	outbuf_release(&b);
}
