/* SPDX-License-Identifier: MIT */
/* JSON values and the writing of an object, over libjansson: for whatever room speaks JSON. */
#ifndef TEXT_JSON_VALUES_H
#define TEXT_JSON_VALUES_H

#include <jansson.h>

#include <thrtrace/outbuf.h>

#define JS_TEXT_MAX 256 /* bytes of one text of the program that are kept */

/* Sets a key, which is UTF-8; a failed allocation shows when the object is written. Takes value over. */
void js_put(json_t *o, const char *key, json_t *value);
/* A key whose value can't be had: null, and the reason in "unknown". */
void js_unknown(json_t *o, const char *key, const char *why);
json_t *js_number(uint64_t v);
/* "0x7f00" */
json_t *js_hex(uint64_t v);
/* null for 0 */
json_t *js_hex_or_null(uint64_t v);
/* Bytes of the program as text, up to max: what is not printable ASCII becomes \xNN. null for NULL. */
json_t *js_text(const char *s, size_t max);
/* The text so far, as js_text; releases b. */
json_t *js_taken(struct outbuf *b);
/* Words of thrtrace's own, as they are. null for none: NULL or "". */
json_t *js_sentence(const char *s);
/*
 * Appends the object on one line, without its end, and frees it. 0 or -ENOMEM; out's status is the caller's to look
 * at.
 */
int js_write(json_t *o, struct outbuf *out);

#endif
