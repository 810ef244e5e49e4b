/* SPDX-License-Identifier: MIT */
/* What writing and reading a tape share: checksums, names of operations, numbers as bytes. */
#include "tape/tape_impl.h"

uint32_t tape_crc32(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint32_t crc = UINT32_MAX;

	/* Half a byte at a time: the remainders of 0 to 15. */
	static const uint32_t table[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};
	for (size_t i = 0; i < n; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

const char *tape_op_name(enum tape_op op)
{
	static const char *const names[] = {
		[TAPE_BLOB] = "blob",
		[TAPE_HEAD] = "head",
		[TAPE_END] = "end",
		[TAPE_WAIT] = "wait",
		[TAPE_ASKED] = "asked",
		[TAPE_KILL] = "kill",
		[TAPE_RESUME] = "resume",
		[TAPE_SEIZE] = "seize",
		[TAPE_INTERRUPT] = "interrupt",
		[TAPE_EVENT_MSG] = "event_msg",
		[TAPE_SIGINFO] = "siginfo",
		[TAPE_SYSCALL_STOP] = "syscall_stop",
		[TAPE_REGSET] = "regset",
		[TAPE_WRITE_MEM] = "write_mem",
		[TAPE_SET_ARG0] = "set_arg0",
		[TAPE_REFUSE_CALL] = "refuse_call",
		[TAPE_READ_MEM] = "read_mem",
		[TAPE_READ_PROC] = "read_proc",
		[TAPE_VMA] = "vma",
		[TAPE_LOWEST_TOUCHED] = "lowest_touched",
		[TAPE_GUARD_PAGES] = "guard_pages",
		[TAPE_KCMP] = "kcmp",
		[TAPE_IN_GROUP] = "in_group",
		[TAPE_NS] = "ns",
		[TAPE_ROBUST_LIST] = "robust_list",
		[TAPE_RSEQ] = "rseq",
		[TAPE_LIST_TASKS] = "list_tasks",
		[TAPE_USAGE] = "usage",
		[TAPE_IDENTIFY] = "identify",
		[TAPE_NOW] = "now",
		[TAPE_FAILURE] = "failure",
		[TAPE_ORIGIN] = "origin",
		[TAPE_BACKTRACE] = "backtrace",
		[TAPE_DEPTH] = "depth",
		[TAPE_START] = "start",
		[TAPE_TLS] = "tls",
		[TAPE_BOOT] = "boot",
		[TAPE_STARTED] = "started",
		[TAPE_WAITS] = "waits",
		[TAPE_NOTED] = "noted",
		[TAPE_ASLEEP] = "asleep",
		[TAPE_RECORDS] = "records",
		[TAPE_LOST] = "lost",
		[TAPE_MADE] = "made",
		[TAPE_GONE] = "gone",
		[TAPE_DATUM] = "datum",
		[TAPE_BASE] = "base",
	};

	return (unsigned)op < ARRAY_SIZE(names) && names[op] ? names[op] : "?";
}

void tape_put_varint(struct outbuf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		outbuf_putc(b, (char)(v | 0x80));
	outbuf_putc(b, (char)v);
}

bool tape_get_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;
		if (shift == 63 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

void tape_put_question(struct outbuf *b, const struct question *q)
{
	outbuf_putc(b, (char)q->op);
	for (unsigned i = 0; i < q->n; i++)
		tape_put_varint(b, tape_zigzag(q->arg[i]));
	outbuf_put(b, q->bytes, q->n_bytes);
}
