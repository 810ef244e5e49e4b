/* SPDX-License-Identifier: MIT */
#include "records/perf_record.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>

/* PERF_RECORD_MISC_* that a header may lack. */
#define MISC_COMM_EXEC  (1U << 13)
#define MISC_SWITCH_OUT (1U << 13)
#define MISC_PREEMPTED  (1U << 14)
#define ANONYMOUS       "//anon"
#define MMAP2_NAME_AT   64
#define LOST_COUNT_AT   16 /* behind the header and the id of the event */
/* Of a sample: its header; id; pid, tid; time; cpu, 0. */
#define SAMPLE_HEAD 40
/* Of what a tracepoint has: type, flags, preempt count, pid; number of the call. Words follow, aligned. */
#define RAW_NR_AT    8
#define RAW_WORDS_AT 16
#define REGS_ABI_64  2 /* PERF_SAMPLE_REGS_ABI_64 */

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

int perf_map_read(const void *bytes, size_t n, struct vma *ret)
{
	const uint8_t *at = (const uint8_t *)bytes + sizeof(struct perf_event_header);
	struct perf_record r;

	if (n < sizeof(struct perf_event_header) + PERF_RECORD_TRAILER)
		return -EBADMSG;
	struct body b = { at, n - sizeof(struct perf_event_header) - PERF_RECORD_TRAILER, 0 };
	int err = read_map(&b, &r);
	if (err)
		return err;
	uint32_t prot = r.u.map.prot;
	*ret = (struct vma){
		.low = r.u.map.low,
		.high = r.u.map.high,
		.prot = (prot & PROT_READ ? VMA_READ : 0U) | (prot & PROT_WRITE ? VMA_WRITE : 0U) |
			(prot & PROT_EXEC ? VMA_EXEC : 0U) | (u32_at(at + 60) & MAP_SHARED ? VMA_SHARED : 0U),
		.offset = u64_at(at + 24),
		.dev_major = u32_at(at + 32),
		.dev_minor = u32_at(at + 36),
		.inode = u64_at(at + 40),
	};
	size_t room = b.n - MMAP2_NAME_AT < VMA_NAME ? b.n - MMAP2_NAME_AT : VMA_NAME;
	memcpy(ret->name, at + MMAP2_NAME_AT, room);
	ret->name[room - 1] = '\0';
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
	case PERF_RECORD_SWITCH_CPU_WIDE: /* and whose turn it was before, or is next */
		ret->kind = PERF_SWITCH;
		ret->u.change.out = (b->misc & MISC_SWITCH_OUT) != 0;
		ret->u.change.preempted = (b->misc & MISC_PREEMPTED) != 0;
		ret->u.change.wide = type == PERF_RECORD_SWITCH_CPU_WIDE;
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

static int read_sample_head(const uint8_t *at, uint16_t size, struct perf_record *ret)
{
	if (size < SAMPLE_HEAD)
		return -EBADMSG;
	ret->kind = PERF_SAMPLE;
	ret->id = u64_at(at + 8);
	ret->by_tgid = (pid_t)u32_at(at + 16);
	ret->by_tid = (pid_t)u32_at(at + 20);
	ret->t_ns = u64_at(at + 24);
	ret->cpu = u32_at(at + 32);
	return size;
}

/* A size, and so many bytes: what a tracepoint has written. What follows it is aligned. */
static int read_raw(const uint8_t **at, size_t *n, struct perf_sample *ret)
{
	if (*n < 4)
		return -EBADMSG;
	size_t size = u32_at(*at);
	const uint8_t *raw = *at + 4;
	if (size > *n - 4 || (size + 4) % 8 || size < RAW_WORDS_AT - 4)
		return -EBADMSG;
	ret->type = (uint16_t)(raw[0] | raw[1] << 8);
	ret->nr = (int32_t)u32_at(raw + RAW_NR_AT);
	for (size_t from = RAW_WORDS_AT; from + 8 <= size && ret->n_words < PERF_SAMPLE_WORDS; from += 8)
		ret->word[ret->n_words++] = u64_at(raw + from);
	*at += size + 4;
	*n -= size + 4;
	return 0;
}

/* The number 0, or that of the registers' ABI and the registers. */
static int read_regs(const uint8_t **at, size_t *n, unsigned n_regs, struct perf_sample *ret)
{
	if (*n < 8)
		return -EBADMSG;
	uint64_t abi = u64_at(*at);
	*at += 8;
	*n -= 8;
	if (!abi)
		return 0;
	if (n_regs > PERF_SAMPLE_REGS || *n / 8 < n_regs)
		return -EBADMSG;
	for (unsigned i = 0; i < n_regs; i++)
		ret->reg[i] = u64_at(*at + 8 * (size_t)i);
	ret->n_regs = n_regs;
	ret->regs_64 = abi == REGS_ABI_64;
	*at += 8 * (size_t)n_regs;
	*n -= 8 * (size_t)n_regs;
	return 0;
}

/* The number 0; or a size, so many bytes, and how many of them are the stack's. */
static int read_stack(const uint8_t *at, size_t n, struct perf_sample *ret)
{
	if (n < 8)
		return -EBADMSG;
	uint64_t size = u64_at(at);
	if (!size)
		return 0;
	if (n < 16 || size > n - 16)
		return -EBADMSG;
	uint64_t held = u64_at(at + 8 + size);
	ret->stack = at + 8;
	ret->n_stack = held < size ? (size_t)held : (size_t)size;
	return 0;
}

int perf_sample_read(const void *bytes, size_t n, unsigned n_regs, struct perf_sample *ret)
{
	const uint8_t *at = bytes;

	*ret = (struct perf_sample){ .type = 0 };
	if (n < SAMPLE_HEAD)
		return -EBADMSG;
	at += SAMPLE_HEAD;
	n -= SAMPLE_HEAD;
	int err = read_raw(&at, &n, ret);
	if (!err)
		err = read_regs(&at, &n, n_regs, ret);
	return err ? err : read_stack(at, n, ret);
}

bool perf_is_sample(const void *bytes, size_t n)
{
	struct perf_event_header h;

	if (n < sizeof(h))
		return false;
	memcpy(&h, bytes, sizeof(h));
	return h.type == PERF_RECORD_SAMPLE;
}

int perf_sample_cut(const void *bytes, size_t n, unsigned n_regs, void *ret, size_t *ret_n, size_t *ret_stack)
{
	struct perf_sample s;
	const uint8_t *at = bytes;
	int err = perf_sample_read(bytes, n, n_regs, &s);

	if (err)
		return err;
	/* What a tracepoint has written, after its size; and the number of the registers' ABI. */
	size_t kept = SAMPLE_HEAD + 4 + u32_at(at + SAMPLE_HEAD) + 8;
	memcpy(ret, bytes, kept);
	*ret_n = kept;
	*ret_stack = s.n_stack;
	return 0;
}

int perf_sample_mend(void *bytes, size_t *n, size_t room, size_t n_stack)
{
	const uint64_t size = n_stack;
	size_t whole = *n + sizeof(size) + (n_stack ? n_stack + sizeof(size) : 0);
	uint8_t *at = bytes;
	struct perf_event_header h;

	if (*n < SAMPLE_HEAD || n_stack > UINT16_MAX || whole > room || whole > UINT16_MAX)
		return -EBADMSG;
	memcpy(&h, at, sizeof(h));
	h.size = (uint16_t)whole;
	memcpy(at, &h, sizeof(h));
	memcpy(at + *n, &size, sizeof(size));
	if (n_stack) {
		memset(at + *n + sizeof(size), 0, n_stack);
		memcpy(at + whole - sizeof(size), &size, sizeof(size));
	}
	*n = whole;
	return 0;
}

void perf_lost_write(uint64_t count, void *ret)
{
	const struct perf_event_header h = { .type = PERF_RECORD_LOST, .size = PERF_LOST_BYTES };

	memset(ret, 0, PERF_LOST_BYTES);
	memcpy(ret, &h, sizeof(h));
	memcpy((uint8_t *)ret + LOST_COUNT_AT, &count, sizeof(count));
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
	if (h.type == PERF_RECORD_SAMPLE)
		return read_sample_head(at, h.size, ret);
	if (h.size < sizeof(h) + PERF_RECORD_TRAILER)
		return -EBADMSG;
	const uint8_t *trailer = at + h.size - PERF_RECORD_TRAILER;
	ret->by_tgid = (pid_t)u32_at(trailer);
	ret->by_tid = (pid_t)u32_at(trailer + 4);
	ret->t_ns = u64_at(trailer + 8);
	ret->cpu = u32_at(trailer + 16);
	ret->id = u64_at(trailer + 24);
	struct body b = { at + sizeof(h), (size_t)h.size - sizeof(h) - PERF_RECORD_TRAILER, h.misc };
	int err = read_body(h.type, &b, ret);
	return err ? err : h.size;
}
