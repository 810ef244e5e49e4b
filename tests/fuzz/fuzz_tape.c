/* SPDX-License-Identifier: MIT */
/*
 * The whole loop over a record from anywhere: a damaged tape, and a kernel that lies.
 *
 * Input: a byte of choices (enum choice), then a tape, or the records of one: a fuzzer can't know checksums, so what
 * does not begin as a tape is put into one block of one. Each line that comes out must be fit for a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/replay.h"
#include "tape/tape_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice {
	AS_JSON = 1 << 0,
	ANY_QUESTION = 1 << 1, /* the next answer of the same kind will do: the kernel lies */
	ALL_NOTES = 1 << 2,
	DURATIONS = 1 << 3,
	CREATORS_TABLE = 1 << 4,
	NARROW = 1 << 5, /* a terminal of 60 columns */
	AS_TIMELINE = 1 << 6,
};

/* A view that looks at what another one writes. */
struct checked {
	struct sink s;
	struct sink *inner;
};

static void check_lines(const struct outbuf *out, size_t from)
{
	for (size_t i = from; i < out->len; i++) {
		uint8_t c = (uint8_t)out->data[i];
		if (c != '\n' && (c < 0x20 || c == 0x7f))
			abort();
	}
}

static int event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct sink *inner = ((struct checked *)s)->inner;
	size_t from = out->len;

	int err = inner->ops->event(inner, ev, m, out);
	check_lines(out, from);
	return err;
}

static int idle(struct sink *s, struct outbuf *out)
{
	struct sink *inner = ((struct checked *)s)->inner;
	size_t from = out->len;

	int err = inner->ops->idle ? inner->ops->idle(inner, out) : 0;
	check_lines(out, from);
	return err;
}

static void run(const uint8_t *tape, size_t size, unsigned choices)
{
	static const struct sink_ops ops = {
		.name = "checked", .size = sizeof(struct checked), .event = event, .idle = idle
	};
	struct sink_config config = { .notes = choices & ALL_NOTES ? NOTES_ALL : NOTES_FIRST,
		.durations = choices & DURATIONS,
		.summary = choices & CREATORS_TABLE,
		.width = choices & NARROW ? 60 : 0,
		.time = choices & DURATIONS ? TIME_EPOCH : TIME_NONE };
	const char *format = choices & AS_JSON ? "json" : choices & AS_TIMELINE ? "chrome" : "text";
	struct checked view = { .s.ops = &ops, .inner = sink_new(sink_by_name(format), &config) };
	struct run r = { .tell = { .view = { { .sink = &view.s } }, .n_views = 1 } };
	struct output *out = &r.tell.view[0].output;
	struct replay p;

	out->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!view.inner || out->fd < 0)
		abort();
	outbuf_init(&out->buf, 64 << 20);
	if (replay_open(&p, tape, size) == 0) {
		if (choices & ANY_QUESTION)
			tape_in_any_question(p.in);
		(void)!replay_run(&p, &r);
	}
	run_release(&r);
	replay_close(&p);
	sink_free(view.inner);
	outbuf_release(&out->buf);
	close(out->fd);
}

/* In exactly the bytes that it needs, so that a sanitizer sees a read past its end. */
static void run_records(const uint8_t *records, size_t n, unsigned choices)
{
	uint8_t *tape = malloc(TAPE_PREAMBLE + TAPE_BLOCK + n);

	if (!tape)
		return;
	tape_put_preamble(tape);
	tape_put32(tape + TAPE_PREAMBLE, (uint32_t)n);
	tape_put32(tape + TAPE_PREAMBLE + 4, tape_crc32(records, n));
	memcpy(tape + TAPE_PREAMBLE + TAPE_BLOCK, records, n);
	run(tape, TAPE_PREAMBLE + TAPE_BLOCK + n, choices);
	free(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (size > TAPE_MAGIC_LEN && memcmp(data + 1, TAPE_MAGIC, TAPE_MAGIC_LEN) == 0)
		run(data + 1, size - 1, data[0]);
	else
		run_records(data + 1, size - 1, data[0]);
	return 0;
}
