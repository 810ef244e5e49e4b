/* SPDX-License-Identifier: MIT */
/*
 * call_decode, call_recheck and every way to show a call, over a program that chooses numbers, arguments and memory.
 *
 * Input: one byte (architecture, and whether the number is a call_id), two bytes of number, six arguments of 8 bytes,
 * the result; the rest is the program's memory, mapped at MEM_AT and, for short input, with a hole behind it. An
 * argument whose top byte is 0x5a points into it.
 */
#include <thrtrace/call.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEM_AT 0x5a000000u
#define HEADER (3 + 8 * (CALL_ARGS + 1))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct image {
	const uint8_t *data;
	size_t size;
};

static ssize_t image_read(void *ctx, taddr at, void *buf, size_t n)
{
	const struct image *m = ctx;

	if (n > 1 << 16)
		abort(); /* nothing needs that much at once */
	if (at < MEM_AT || at - MEM_AT >= m->size)
		return -EFAULT;
	size_t left = m->size - (size_t)(at - MEM_AT);
	size_t part = n < left ? n : left;
	memcpy(buf, m->data + (at - MEM_AT), part);
	return (ssize_t)part;
}

static void check_text(const struct outbuf *out)
{
	if (outbuf_status(out) != 0)
		abort(); /* the longest line is far below the cap */
	for (size_t i = 0; i < out->len; i++) {
		if (out->data[i] < 0x20 || out->data[i] >= 0x7f)
			abort();
	}
}

static void show(const struct call *call, int64_t result)
{
	struct outbuf out;

	outbuf_init(&out, 1 << 14);
	call_format(call, &out);
	check_text(&out);
	for (unsigned i = 0; i < call_arg_count(call); i++) {
		outbuf_clear(&out);
		call_arg_format(call, i, &out);
		check_text(&out);
		if (!call_arg_name(call, i)[0])
			abort();
		(void)call_arg_value(call, i);
	}
	outbuf_clear(&out);
	call_result_format(call, result, &out);
	check_text(&out);
	outbuf_release(&out);
}

static uint64_t word_at(const uint8_t *data)
{
	uint64_t v;

	memcpy(&v, data, sizeof(v));
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "x86_64", "i386", "aarch64" };
	uint64_t arg[CALL_ARGS];
	struct call call;

	if (size < HEADER)
		return 0;
	const struct abi *abi = abi_by_name(names[data[0] % 3]);
	uint64_t nr = (uint64_t)data[1] | (uint64_t)data[2] << 8;
	if (data[0] & 0x80) {
		int known = call_nr(abi, (enum call_id)(nr % CALL_IDS));
		nr = (uint64_t)(int64_t)known;
	}
	for (size_t i = 0; i < CALL_ARGS; i++)
		arg[i] = word_at(data + 3 + 8 * i);
	struct image image = { data + HEADER, size - HEADER };
	struct mem mem = { .read = image_read, .ctx = &image };
	call_decode(&call, abi, nr, arg, &mem);
	show(&call, (int64_t)word_at(data + 3 + 8 * CALL_ARGS));
	image.size /= 2;
	call_recheck(&call, &mem);
	show(&call, 0);
	if (call.id < CALL_IDS && call_row(call.id)->traits & CALL_CREATES)
		(void)call_clone_sp(&call.u.clone);
	return 0;
}
