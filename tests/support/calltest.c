/* SPDX-License-Identifier: MIT */
#include "calltest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

void calltest_decode(
	struct call *ret, const char *abi_name, const char *name, struct fakemem *memory, const uint64_t arg[CALL_ARGS])
{
	static struct fakemem empty;
	const struct abi *abi = abi_by_name(abi_name);
	enum call_id id = call_by_name(name, strlen(name));
	struct mem mem = fakemem_mem(memory ? memory : &empty);

	assert_non_null(abi);
	assert_int_not_equal(id, CALL_OTHER);
	assert_true(call_nr(abi, id) >= 0);
	call_decode(ret, abi, (uint64_t)call_nr(abi, id), arg, &mem);
	assert_int_equal(ret->id, id);
}

void calltest_shows(const struct call *call, const char *expected)
{
	struct outbuf whole, part;

	outbuf_init(&whole, 1 << 16);
	outbuf_init(&part, 1 << 16);
	call_format(call, &whole);
	assert_int_equal(outbuf_status(&whole), 0);
	assert_string_equal(outbuf_str(&whole), expected);
	for (unsigned i = 0; i < call_arg_count(call); i++) {
		outbuf_clear(&part);
		call_arg_format(call, i, &part);
		assert_non_null(strstr(outbuf_str(&whole), outbuf_str(&part)));
		assert_true(call_arg_name(call, i)[0] != '\0');
	}
	outbuf_release(&part);
	outbuf_release(&whole);
}

void calltest_result(const struct call *call, int64_t result, const char *expected)
{
	struct outbuf out;

	outbuf_init(&out, 1 << 16);
	call_result_format(call, result, &out);
	assert_string_equal(outbuf_str(&out), expected);
	outbuf_release(&out);
}
