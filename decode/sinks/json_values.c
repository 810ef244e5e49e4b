/* SPDX-License-Identifier: MIT */
#include "sinks/json_values.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>

#include <thrtrace/tables.h>

void js_put(json_t *o, const char *key, json_t *value)
{
	(void)!json_object_set_new(o, key, value);
}

json_t *js_number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

json_t *js_hex(uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "0x%llx", (unsigned long long)v);
	return json_string(s);
}

json_t *js_text(const char *s, size_t max)
{
	char safe[CALL_PATH_MAX * 4 + 1];
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
	safe[n] = '\0';
	return json_string(safe);
}

json_t *js_label(uint32_t n)
{
	char s[16];

	snprintf(s, sizeof(s), "T%u", n);
	return json_string(s);
}

json_t *js_taken(struct outbuf *b)
{
	json_t *s = js_text(outbuf_str(b), b->len);

	outbuf_release(b);
	return s;
}

json_t *js_signal(int sig)
{
	struct outbuf b;

	outbuf_init(&b, 64);
	bool known = signal_format(&b, (unsigned)sig);
	json_t *name = js_taken(&b);
	if (known)
		return name;
	json_decref(name);
	return NULL;
}

json_t *js_si_code(const struct ev_signal *s)
{
	const char *code = s->info_known ? si_code_name(s->sig, s->code) : NULL;

	return code ? json_string(code) : json_integer(s->code);
}

bool js_is_name(const struct event *ev)
{
	if (ev->kind != EV_CALL)
		return false;
	const struct ev_call *c = &ev->u.call;
	return c->call->id == CALL_prctl && c->call->arg[0] == PR_SET_NAME && c->how == RESULT_SEEN && c->result == 0;
}

static int append(const char *data, size_t n, void *out)
{
	outbuf_put(out, data, n);
	return outbuf_status(out) ? -1 : 0;
}

int js_write(json_t *o, struct outbuf *out)
{
	int err = o && json_dump_callback(o, append, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0 ? 0 : -ENOMEM;

	json_decref(o);
	return err;
}
