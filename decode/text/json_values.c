/* SPDX-License-Identifier: MIT */
#include "text/json_values.h"

#include <errno.h>
#include <stdio.h>

void js_put(json_t *o, const char *key, json_t *value)
{
	(void)!json_object_set_new_nocheck(o, key, value);
}

json_t *js_number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

json_t *js_hex(uint64_t v)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "0x%llx", (unsigned long long)v);

	return json_stringn_nocheck(s, (size_t)n);
}

json_t *js_hex_or_null(uint64_t v)
{
	return v ? js_hex(v) : json_null();
}

json_t *js_text(const char *s, size_t max)
{
	char safe[JS_TEXT_MAX * 4 + 1];
	size_t n = 0;

	if (!s)
		return json_null();
	for (size_t i = 0; i < max && s[i] && n < sizeof(safe) - 5; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x20 && c < 0x7f)
			safe[n++] = (char)c;
		else
			n += (size_t)snprintf(safe + n, 5, "\\x%02x", c);
	}
	return json_stringn_nocheck(safe, n);
}

json_t *js_sentence(const char *s)
{
	return s && s[0] ? json_string(s) : json_null();
}

json_t *js_taken(struct outbuf *b)
{
	json_t *s = js_text(outbuf_str(b), b->len);

	outbuf_release(b);
	return s;
}

void js_unknown(json_t *o, const char *key, const char *why)
{
	json_t *unknown = json_object_get(o, "unknown");

	js_put(o, key, json_null());
	if (!unknown) {
		unknown = json_object();
		js_put(o, "unknown", unknown);
	}
	js_put(unknown, key, json_string(why));
}

/* What most objects need, so that they are written once. */
#define WRITE_ROOM 4096

/* Into the buffer itself: to be called back for each quotation mark takes longer than what stands between them. */
static int write_into(const json_t *o, struct outbuf *out, size_t room)
{
	char *at = outbuf_room(out, &room);
	size_t n = json_dumpb(o, at, room, JSON_COMPACT | JSON_REAL_PRECISION(15));

	if (n == 0)
		return -ENOMEM;
	if (n > room)
		return (int)n;
	outbuf_grew(out, n);
	return 0;
}

int js_write(json_t *o, struct outbuf *out)
{
	size_t left = out->max - out->len;
	int n = o && !out->error ? write_into(o, out, left < WRITE_ROOM ? left : WRITE_ROOM) : o ? 0 : -ENOMEM;

	if (n > 0)
		n = write_into(o, out, (size_t)n);
	json_decref(o);
	return n > 0 ? 0 : n;
}
