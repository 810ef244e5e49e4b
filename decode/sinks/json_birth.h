/* SPDX-License-Identifier: MIT */
/* The JSON of a birth. Internal to decode/sinks/. */
#ifndef SINKS_JSON_BIRTH_H
#define SINKS_JSON_BIRTH_H

#include <jansson.h>

#include <thrtrace/event.h>

/* The keys of an EV_BIRTH, as thrtrace-json(5) has them. */
void json_put_birth(json_t *o, const struct event *ev);
/* The names of a creating call's flags. */
json_t *js_flag_names(const struct call_clone *c);

#endif
