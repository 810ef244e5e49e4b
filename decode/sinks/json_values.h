/* SPDX-License-Identifier: MIT */
/* What the views that are JSON have in common: values, and the writing of an object (libjansson). */
#ifndef THRTRACE_JSON_VALUES_H
#define THRTRACE_JSON_VALUES_H

#include <jansson.h>

#include <thrtrace/event.h>
#include <thrtrace/outbuf.h>

/* Sets a key; a failed allocation shows when the object is written. Takes value over. */
void js_put(json_t *o, const char *key, json_t *value);
json_t *js_number(uint64_t v);
/* "0x7f00" */
json_t *js_hex(uint64_t v);
/* Bytes of the program as text, up to max: what is not printable ASCII becomes \xNN. null for NULL. */
json_t *js_text(const char *s, size_t max);
/* The text so far, as js_text; releases b. */
json_t *js_taken(struct outbuf *b);
/* "T1" */
json_t *js_label(uint32_t n);
/* "SIGSEGV"; NULL for a number without a name. */
json_t *js_signal(int sig);
/* "SEGV_ACCERR", or the number where it has no name. */
json_t *js_si_code(const struct ev_signal *s);
/* The task has named itself: its comm is the new name. */
bool js_is_name(const struct event *ev);
/*
 * Appends the object on one line, without its end, and frees it. 0 or -ENOMEM; out's status is the caller's to look
 * at.
 */
int js_write(json_t *o, struct outbuf *out);

#endif
