/* SPDX-License-Identifier: MIT */
/* What the kernel proves of a new task's sharing: the birth block's last word on its flags. */
#include "sinks/text_block.h"

#include <thrtrace/findings.h>
#include <thrtrace/proof.h>
#include <thrtrace/tables.h>

#include "sinks/ink.h"

/* Which resources, by what the flags say and what kcmp answers. */
struct proof_row {
	bool shared; /* the flags say so */
	bool absent; /* those that are maybe_absent */
	enum proof_answer answer;
	const char *one, *many; /* what is said of one of them, and of more */
};

static unsigned list_proofs(const struct ev_birth *b, const struct proof_row *row, struct outbuf *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		bool wants = b->args.flags & proof_words[i].flag;
		if (wants != row->shared || b->facts.proof[i] != row->answer ||
			proof_words[i].maybe_absent != row->absent)
			continue;
		outbuf_printf(out, "%s%s", n++ ? ", " : "", proof_words[i].name);
	}
	return n;
}

static bool asked(const struct ev_birth *b)
{
	return b->facts.proof[0] != PROOF_NOT_ASKED;
}

static const struct proof_row proof_rows[] = {
	{ true, false, PROOF_SAME, "is the same object", "are the same objects" },
	{ true, false, PROOF_DIFFERENT, "DIFFERS, though the flags say shared", "DIFFER, though the flags say shared" },
	{ true, true, PROOF_DIFFERENT, "DIFFERS, though the flags say shared", "DIFFER, though the flags say shared" },
	{ false, false, PROOF_DIFFERENT, "differs, as it should", "differ, as they should" },
	{ false, true, PROOF_DIFFERENT, "differs, as it should", "differ, as they should" },
	{ false, false, PROOF_SAME, "is THE SAME, though the flags say copied",
		"are THE SAME, though the flags say copied" },
};

/* "VM, FILES are the same objects; ..." for each group that is not empty. */
static void proof_part(const struct ev_birth *b, const struct proof_row *row, bool *ret_any, struct outbuf *out)
{
	struct outbuf names;

	outbuf_init(&names, 256);
	unsigned n = list_proofs(b, row, &names);
	if (n) {
		outbuf_printf(out, "%s%s %s", *ret_any ? "; " : "", outbuf_str(&names), n == 1 ? row->one : row->many);
		*ret_any = true;
	}
	outbuf_release(&names);
}

/* SYSVSEM and IO, whatever the flags: "equal" may mean that neither task has one. */
static void proof_maybe(const struct ev_birth *b, bool *ret_any, struct outbuf *out)
{
	static const struct proof_row shared = { true, true, PROOF_SAME, NULL, NULL };
	static const struct proof_row copied = { false, true, PROOF_SAME, NULL, NULL };
	struct outbuf names;

	outbuf_init(&names, 256);
	unsigned n = list_proofs(b, &shared, &names);
	size_t first = names.len;
	if (n)
		outbuf_puts(&names, ", ");
	if (list_proofs(b, &copied, &names))
		n++;
	else
		names.len = first; /* nothing follows the comma */
	if (n)
		outbuf_printf(
			out, "%s%s: same or both absent (kcmp can't tell)", *ret_any ? "; " : "", outbuf_str(&names));
	*ret_any |= n != 0;
	outbuf_release(&names);
}

/* The thread group by tgkill(2), the namespaces by the inodes of /proc/PID/ns. */
static void proof_others(const struct ev_birth *b, struct outbuf *out)
{
	unsigned same = 0, fresh = 0;

	if (b->facts.tgid == PROOF_SAME || b->facts.tgid == PROOF_DIFFERENT)
		outbuf_printf(out, "; tgkill: %s%s",
			b->facts.tgid == PROOF_SAME ? "in the same thread group" : "in a thread group of its own",
			group_is_broken(b) ? ", NOT as the flags say" : "");
	for (unsigned i = 0; i < NS_KINDS; i++) {
		same += b->facts.ns[i] == PROOF_SAME && !namespace_is_broken(b, i);
		if (b->facts.ns[i] != PROOF_DIFFERENT || namespace_is_broken(b, i))
			continue;
		outbuf_printf(out, "%s%s", fresh++ ? ", " : "; /proc: new namespaces ", ns_words[i].name);
	}
	if (same)
		outbuf_printf(out, "; /proc: %s namespaces are the same", same == NS_KINDS ? "all" : "the other");
	for (unsigned i = 0; i < NS_KINDS; i++)
		if (namespace_is_broken(b, i))
			outbuf_printf(out, "; the %s namespace is NOT as the flags say", ns_words[i].name);
}

void text_proof(const struct sink *s, const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	bool any = false, wrong = finding_of(ev, "sharing-differs");

	if (!asked(b))
		return;
	text_key(out, wrong ? "not so" : "proved");
	if (wrong)
		ink(s, out, INK_FINDING);
	outbuf_puts(out, wrong ? "!! kcmp: " : "kcmp: ");
	for (unsigned i = 0; i < ARRAY_SIZE(proof_rows); i++)
		proof_part(b, &proof_rows[i], &any, out);
	proof_maybe(b, &any, out);
	proof_others(b, out);
	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		if (b->facts.proof[i] != PROOF_UNKNOWN)
			continue;
		const char *why = errno_text(b->facts.proof_errno);
		outbuf_printf(out, "%sthe rest could not be asked: %s", any ? "; " : "", why ? why : "unknown error");
		break;
	}
	if (wrong)
		ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
}
