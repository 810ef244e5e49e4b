/* SPDX-License-Identifier: MIT */
#include <thrtrace/shared.h>

#include <string.h>

#include <thrtrace/proof.h>
#include <thrtrace/tables.h>

#include "text/json_values.h"

static const char *const what[PROOF_KINDS] = {
	[PROOF_VM] = "address space",
	[PROOF_FILES] = "file descriptors",
	[PROOF_FS] = "working directory, root, umask",
	[PROOF_SIGHAND] = "signal handlers",
	[PROOF_SYSVSEM] = "System V semaphore undo list",
	[PROOF_IO] = "I/O context",
};

static void put_errno(struct outbuf *out, int err)
{
	const char *name = errno_name(err);

	outbuf_printf(out, "not known: %s", name ? name : "it was not asked");
}

static void put_who(struct outbuf *out, const struct shared_facts *f, unsigned i)
{
	outbuf_printf(out, "%d ", f->tid[i]);
	quote_format(out, f->comm[i], strnlen(f->comm[i], COMM_LEN));
	outbuf_printf(out, " of process %d", f->tgid[i]);
}

static void put_proof(struct outbuf *out, const struct shared_facts *f, unsigned kind)
{
	outbuf_printf(out, "  %s", proof_words[kind].name);
	outbuf_pad(out, 16);
	if (f->proof[kind] == PROOF_DIFFERENT)
		outbuf_puts(out, "each its own");
	else if (f->proof[kind] != PROOF_SAME)
		put_errno(out, f->proof_errno);
	else
		outbuf_puts(out, proof_words[kind].maybe_absent ? "shared, or neither has one" : "shared");
	outbuf_pad(out, 44);
	outbuf_printf(out, "%s\n", what[kind]);
}

static void put_namespaces(struct outbuf *out, const struct shared_facts *f, enum proof_answer answer, const char *text)
{
	const char *sep = "";
	size_t begin = out->len;

	for (unsigned i = 0; i < NS_KINDS; i++)
		if (f->ns[i] == answer) {
			if (out->len == begin) {
				outbuf_puts(out, "  namespaces");
				outbuf_pad(out, 16);
				outbuf_printf(out, "%s: ", text);
			}
			outbuf_printf(out, "%s%s", sep, ns_words[i].name);
			sep = ", ";
		}
	if (out->len > begin && answer == PROOF_UNKNOWN)
		outbuf_printf(out, " (%s)", errno_name(f->ns_errno) ? errno_name(f->ns_errno) : "not asked");
	if (out->len > begin)
		outbuf_putc(out, '\n');
}

void shared_text(const struct shared_facts *f, struct outbuf *out)
{
	put_who(out, f, 0);
	outbuf_puts(out, ", and ");
	put_who(out, f, 1);
	outbuf_printf(out, "\n  thread group  %s\n", f->tgid[0] == f->tgid[1] ? "the same" : "each its own");
	for (unsigned i = 0; i < PROOF_KINDS; i++)
		put_proof(out, f, i);
	put_namespaces(out, f, PROOF_SAME, "the same");
	put_namespaces(out, f, PROOF_DIFFERENT, "each its own");
	put_namespaces(out, f, PROOF_UNKNOWN, "not known");
}

static json_t *answer_json(uint8_t answer)
{
	return answer == PROOF_SAME ? json_true() : answer == PROOF_DIFFERENT ? json_false() : json_null();
}

int shared_json(const struct shared_facts *f, struct outbuf *out)
{
	json_t *o = json_object();

	js_put(o, "event", json_string("shared"));
	js_put(o, "tids", json_pack("[i,i]", f->tid[0], f->tid[1]));
	js_put(o, "pids", json_pack("[i,i]", f->tgid[0], f->tgid[1]));
	for (unsigned i = 0; i < PROOF_KINDS; i++)
		js_put(o, proof_words[i].name, answer_json(f->proof[i]));
	for (unsigned i = 0; i < NS_KINDS; i++)
		js_put(o, ns_words[i].key, answer_json(f->ns[i]));
	int err = js_write(o, out);
	outbuf_putc(out, '\n');
	return err;
}
