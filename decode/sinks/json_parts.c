/* SPDX-License-Identifier: MIT */
#include "sinks/json_parts.h"

#include <stdio.h>

#include <thrtrace/tables.h>
#include <thrtrace/uapi.h>

_Static_assert(CALL_PATH_MAX <= JS_TEXT_MAX, "a path is shown whole");

json_t *js_string(const char *s)
{
	return js_text(s, JS_TEXT_MAX);
}

json_t *js_label(uint32_t n)
{
	char s[16];

	snprintf(s, sizeof(s), "T%u", n);
	return json_string(s);
}

json_t *js_label_of(const struct task *t)
{
	return t ? js_label(t->label) : json_null();
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

json_t *js_frame(const struct frame *f)
{
	json_t *o = json_object();

	js_put(o, "pc", js_hex(f->pc));
	js_put(o, "symbol", js_string(f->symbol));
	js_put(o, "offset", f->symbol ? js_number(f->offset) : json_null());
	js_put(o, "module", js_string(f->module));
	js_put(o, "module_offset", f->module && !frame_is_python(f) ? js_hex(f->module_offset) : json_null());
	js_put(o, "file", js_string(f->file));
	js_put(o, "line", f->file ? json_integer(f->line) : json_null());
	return o;
}

json_t *js_frames(const struct backtrace *bt)
{
	json_t *a = json_array();

	for (size_t i = 0; i < bt->n; i++)
		(void)!json_array_append_new(a, js_frame(&bt->frame[i]));
	return a;
}

json_t *js_fingerprint(const struct finding *f)
{
	struct outbuf b;

	outbuf_init(&b, 4096);
	finding_fingerprint(&b, f);
	json_t *s = json_string(outbuf_str(&b));
	outbuf_release(&b);
	return s;
}

bool js_is_name(const struct event *ev)
{
	if (ev->kind == EV_END)
		return ev->u.end.renamed;
	if (ev->kind != EV_CALL)
		return false;
	const struct ev_call *c = &ev->u.call;
	return c->call->id == CALL_prctl && c->call->arg[0] == PR_SET_NAME_ && c->how == RESULT_SEEN && c->result == 0;
}
