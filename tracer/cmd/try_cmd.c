/* SPDX-License-Identifier: MIT */
/* Words tried on this kernel: what is said of them, and what is seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/flag_words.h"
#include "cmd/pick.h"
#include "cmd/print.h"
#include "try/try.h"

/* Exit statuses: the largest that applies to a word. */
enum try_status { TRY_AS_SAID = 0, TRY_NOT_AS_SAID = 1, TRY_BAD_WORD = 2 };

#define OUTPUT_MAX (64U << 20)

struct trying {
	struct trial trial;
	struct tried *tried;
	enum page_format format;
	struct outbuf out;
	unsigned call;
	int status;
};

static void worse(struct trying *t, int status)
{
	if (status > t->status)
		t->status = status;
}

static void try_one(struct trying *t, const char *text)
{
	char why[WORD_ERROR_LEN];
	const char *note;
	size_t len = strlen(text);
	struct flag_word *w = &t->trial.query.word;

	text = word_of_function(text, &len, &note);
	if (flag_word_parse(w, text, len, t->call, why) < 0) {
		fprintf(stderr, "thrtrace: %s\n", why);
		worse(t, TRY_BAD_WORD);
		return;
	}
	if (w->call == ON_SETNS) {
		fputs("thrtrace: --try: the words of setns name no task; use clone, clone3 or unshare\n", stderr);
		worse(t, TRY_BAD_WORD);
		return;
	}
	memset(t->tried, 0, trial_rows() * sizeof(*t->tried));
	int err = try_word(t->tried, &t->trial.refused, w);
	if (err) {
		fprintf(stderr, "thrtrace: nothing can be tried: %s\n", strerror(-err));
		worse(t, EXIT_OWN);
		return;
	}
	if (t->out.len && t->format == PAGE_TEXT)
		outbuf_putc(&t->out, '\n');
	if (note && t->format == PAGE_TEXT)
		outbuf_printf(&t->out, "%s\n", note);
	size_t differ = trial_page(&t->out, &t->trial, t->format);
	worse(t, differ || t->trial.refused ? TRY_NOT_AS_SAID : TRY_AS_SAID);
}

static int begin(struct trying *t, const struct options *o, char who_text[WHO_TEXT])
{
	if (!pick_has_proc()) /* what is seen there is another process's */
		return EXIT_OWN;
	if (t->format != PAGE_TEXT && t->format != PAGE_JSON)
		fprintf(stderr, "thrtrace: --format=%s: what is tried is text or json\n", o->format);
	else if (word_call(&t->call, o->explain_call) < 0)
		fprintf(stderr, "thrtrace: --call=%.40s: use clone, clone3 or unshare\n", o->explain_call);
	else if (o->explain_who != FOR_CALLER)
		fputs("thrtrace: --try: this process alone can try; --explain tells what others may\n", stderr);
	else if (o->argc == 0)
		fputs("thrtrace: --try needs a flag word, as 0x3d0f00, 'vm|vfork|SIGCHLD', fork\n", stderr);
	else if (word_caller(&t->trial.query, who_text, FOR_CALLER))
		fputs("thrtrace: /proc can't be read\n", stderr);
	else
		return 0;
	return TRY_BAD_WORD;
}

int try_cmd(struct options *o)
{
	struct trying t = { .format = page_format_by_name(o->format ? o->format : "text") };
	char who_text[WHO_TEXT];

	t.status = begin(&t, o, who_text);
	if (t.status)
		return t.status;
	t.tried = calloc(trial_rows(), sizeof(*t.tried));
	if (!t.tried)
		return EXIT_OWN;
	t.trial.tried = t.tried;
	outbuf_init(&t.out, OUTPUT_MAX);
	for (int i = 0; i < o->argc; i++)
		try_one(&t, o->argv[i]);
	int printed = print(&t.out, stdout);
	free(t.tried);
	return printed ? printed : t.status;
}
