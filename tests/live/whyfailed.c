/* SPDX-License-Identifier: MIT */
/*
 * Runs a program that makes a call fail (tests/tracees/fail_*.c), reads the facts while it holds still, and checks
 * the verdict: whyfailed RULE LIMIT PROGRAM [ARG]
 *
 * LIMIT is the limit that must be marked as hit, with a current value at or near its maximum, or "-".
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrtrace/verdict.h>
#include "kernel/limit_facts.h"

struct failure {
	int tid, err;
	unsigned long long flags, bytes;
	char call[16];
};

static enum verdict_call failed_call(const char *name)
{
	for (unsigned c = 0; c < VC_CALLS; c++)
		if (strcmp(verdict_call_name((enum verdict_call)c), name) == 0)
			return (enum verdict_call)c;
	return VC_CALLS;
}

static int judge(const struct failure *f, const char *rule, const char *limit)
{
	struct failure_facts facts;
	struct call_clone c = { .flags = f->flags, .exit_signal = SIGCHLD, .args_size = 88 };
	struct argument_facts args = { .bytes = f->bytes, .writable = FACT_NO };
	struct verdict_query q = { .call = failed_call(f->call),
		.clone = &c,
		.args = &args,
		.limits = &facts,
		.who = &facts.who,
		.err = f->err };
	struct verdict v;
	bool hit = strcmp(limit, "-") == 0;

	if (failure_facts_read(&facts, f->tid, &(struct failure_ask){ .call = q.call, .err = f->err, .fd = -1 }) < 0)
		return 1;
	verdict_of(&v, &q);
	printf("%s: %s: %s%s\n  repair: %s\n", f->call, strerrorname_np(v.err), v.certain ? "" : "(uncertain) ", v.why,
		v.repair);
	for (size_t i = 0; i < facts.n_limits; i++) {
		const struct limit *l = &facts.limits[i];
		if (l->hit && strcmp(limit_name(l->id), limit) == 0 && l->current_known && l->max_known)
			hit = true;
	}
	struct outbuf others;
	outbuf_init(&others, 8192);
	other_limits_format(&others, &facts);
	printf("  %s\n", outbuf_str(&others));
	outbuf_release(&others);
	return v.rule && strcmp(v.rule, rule) == 0 && v.certain && hit ? 0 : 1;
}

int main(int argc, char **argv)
{
	int in[2], out[2], status, ret = 1;
	char line[256];
	struct failure f;

	if (argc < 4 || pipe(in) || pipe(out))
		return 1;
	pid_t pid = fork();
	if (pid == 0) {
		char hold[] = "--hold";
		char *args[] = { argv[3], argc > 4 ? argv[4] : hold, argc > 4 ? hold : NULL, NULL };
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		execv(argv[3], args);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	/* Not the whole program's output: the line, then the end of the pipe when it is let go. */
	FILE *said = fdopen(out[0], "r");
	if (said && fgets(line, sizeof(line), said)) {
		if (strncmp(line, "SKIP ", 5) == 0) {
			printf("skipped: %s", line + 5);
			ret = 77;
		} else if (sscanf(line, "FAILED tid=%d call=%15s flags=%llx errno=%d bytes=%llu", &f.tid, f.call,
				   &f.flags, &f.err, &f.bytes) == 5) {
			ret = judge(&f, argv[1], argv[2]);
		}
	}
	close(in[1]);
	if (said)
		fclose(said);
	waitpid(pid, &status, 0);
	return ret;
}
