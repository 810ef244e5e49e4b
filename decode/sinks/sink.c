/* SPDX-License-Identifier: MIT */
/* The list of views, and their making. */
#include <thrtrace/sink.h>

#include <stdlib.h>
#include <string.h>

#include "sinks/counts.h"

#define SINK(name) extern const struct sink_ops sink_##name;
#include "sinks.def"
#undef SINK

static const struct sink_ops *const all[] = {
#define SINK(name) &sink_##name,
#include "sinks.def"
#undef SINK
};

const struct sink_ops *sink_at(size_t i)
{
	return i < ARRAY_SIZE(all) ? all[i] : NULL;
}

const struct sink_ops *sink_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

struct sink *sink_new(const struct sink_ops *ops, const struct sink_config *config)
{
	struct sink *s = calloc(1, ops->size);

	if (s) {
		s->ops = ops;
		s->config = *config;
	}
	if (!s || !config->counts || !ops->counted)
		return s;
	struct sink *counted = counted_sink(s);
	if (!counted)
		sink_free(s);
	return counted;
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	if (s->ops->release)
		s->ops->release(s);
	free(s);
}
