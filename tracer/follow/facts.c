/* SPDX-License-Identifier: MIT */
#include "follow/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/census.h>
#include <thrtrace/procstat.h>
#include <thrtrace/proc_text.h>

#include "kernel/program.h"
#include "kernel/task_regs.h"

static ssize_t task_mem_read(void *ctx, taddr at, void *buf, size_t n)
{
	struct task_mem *m = ctx;

	return m->k->read_mem(m->k->ctx, m->tid, at, buf, n);
}

struct mem task_mem(struct task_mem *ctx)
{
	return (struct mem){ .read = task_mem_read, .ctx = ctx };
}

void facts_used(struct run *r, pid_t tid, taddr at, size_t n)
{
	if (r->k->used_mem)
		r->k->used_mem(r->k->ctx, tid, (struct mem_range){ at, n });
}

void facts_decode(
	struct run *r, pid_t tid, const struct abi *abi, uint64_t nr, const uint64_t arg[CALL_ARGS], struct call *ret)
{
	struct task_mem ctx = { r->k, tid };
	struct mem mem = task_mem(&ctx);

	/* clone3_read reads nothing of a size that the kernel would refuse unread. */
	if (call_by_nr(abi, nr) == CALL_clone3 && arg[1] <= kernel_page(r->k))
		facts_used(r, tid, arg[0], (size_t)arg[1]);
	call_decode(ret, abi, nr, arg, &mem);
}

int facts_regs(struct run *r, pid_t tid, struct regs *ret, const struct abi **ret_abi)
{
	return task_regs(r->k, tid, ret, ret_abi);
}

int facts_call(struct run *r, pid_t tid, struct regs *ret, const struct abi **ret_abi)
{
	struct syscall_stop now;
	int err = facts_regs(r, tid, ret, ret_abi);

	/* Asked only where it can be another one: it is a request more at each birth. */
	if (err || !ret->gate_unknown || r->k->syscall_stop(r->k->ctx, tid, &now) != 0)
		return err;
	const struct abi *abi = abi_by_audit(now.arch);
	if (abi && abi != *ret_abi) {
		*ret_abi = abi;
		memcpy(ret->arg, ret->arg32, sizeof(ret->arg));
	}
	return 0;
}

const char *facts_text(struct run *r, pid_t tid, const char *file, char *text, size_t size)
{
	ssize_t n = r->k->read_proc(r->k->ctx, tid, file, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? text : NULL;
}

int64_t facts_status(struct run *r, pid_t tid, const char *key)
{
	char buf[PROC_TEXT];
	const char *text = facts_text(r, tid, "status", buf, sizeof(buf));
	uint64_t v;

	return text && proc_field_u64(&v, text, key, 10) ? (int64_t)v : -1;
}

/* Of the task by itself, which /proc/TID/stat is not. */
static const char *own_stat(struct run *r, pid_t tid, char *text, size_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "task/%d/stat", tid);
	return facts_text(r, tid, name, text, size);
}

bool facts_stat(struct run *r, pid_t tid, struct procstat *ret)
{
	char text[1024];

	return own_stat(r, tid, text, sizeof(text)) && procstat_parse(ret, text) == 0;
}

bool facts_zombie(struct run *r, pid_t tid)
{
	struct procstat stat;

	return facts_stat(r, tid, &stat) && stat.state == 'Z';
}

bool facts_signal_handled(struct run *r, pid_t tid, int sig)
{
	char buf[PROC_TEXT];
	const char *text = facts_text(r, tid, "status", buf, sizeof(buf));

	return text && proc_signal_handled(text, sig);
}

bool facts_comm(struct run *r, pid_t tid, char comm[COMM_LEN])
{
	ssize_t n = r->k->read_proc(r->k->ctx, tid, "comm", comm, COMM_LEN);

	bool known = n > 0; /* an empty name is a newline */
	if (n < 0)
		n = 0;
	if (n == COMM_LEN)
		n--;
	comm[n] = '\0';
	char *nl = strrchr(comm, '\n');
	if (nl)
		*nl = '\0';
	return known;
}

void facts_sched(struct run *r, pid_t tid, struct sched_last *ret)
{
	struct census_task t = { .tid = tid };
	struct census_account unused;
	char text[PROC_TEXT];

	*ret = (struct sched_last){ .known = false };
	if (!own_stat(r, tid, text, sizeof(text)) || !census_take_stat(&t, text))
		return;
	*ret = (struct sched_last){
		.known = true, .policy = t.policy, .nice = t.nice, .rt_priority = t.rt_priority, .last_cpu = t.last_cpu
	};
	if (facts_text(r, tid, "status", text, sizeof(text)) && census_take_status(&t, &unused, text))
		memcpy(ret->cpus, t.affinity, sizeof(ret->cpus));
}

void facts_take_usage(struct ev_end *ret, const struct task_usage *u)
{
	ret->cpu_known = true;
	ret->cpu_ns = u->cpu_ns;
	ret->wait_ns = u->wait_ns;
	ret->turns = u->turns;
	ret->split_known = u->split;
	ret->voluntary = u->voluntary;
	ret->involuntary = u->involuntary;
}

void facts_account_so_far(struct run *r, pid_t tid, struct ev_end *ret)
{
	struct task_usage u;

	if (r->k->usage(r->k->ctx, tid, UINT64_MAX, &u) == 0)
		facts_take_usage(ret, &u);
}

void facts_last_name(struct run *r, pid_t tid, struct ev_end *ret)
{
	memset(ret->comm, 0, sizeof(ret->comm));
	ret->comm_known = facts_comm(r, tid, ret->comm);
	ret->prctl_seen = r->asked.mode != MODE_LIGHT && r->asked.choice.shown[CALL_prctl];
}

int facts_vma(struct run *r, const struct tracee *t, taddr addr, struct vma *ret)
{
	int err = r->k->vma(r->k->ctx, t->tgid, addr, false, ret);

	/* A zombie leader has no mappings of its own to open any more; its threads do. */
	if (err && t->tgid != t->tid)
		err = r->k->vma(r->k->ctx, t->tid, addr, false, ret);
	return err;
}

static bool all_guard(struct run *r, const struct tracee *t, taddr low, taddr high)
{
	uint64_t bytes;

	return r->k->guard_pages(r->k->ctx, t->tgid, low, high, &bytes) == 0 && bytes == high - low;
}

/* Bytes of guard pages that end at high, none of them below low: doubled as long as it goes, and then by halves. */
static uint64_t guard_ending_at(struct run *r, const struct tracee *t, taddr low, taddr high)
{
	uint64_t page = kernel_page(r->k), n = 0, step = page;

	while (n + step <= high - low && all_guard(r, t, high - n - step, high - n)) {
		n += step;
		step *= 2;
	}
	for (step /= 2; n && step >= page; step /= 2)
		if (n + step <= high - low && all_guard(r, t, high - n - step, high - n))
			n += step;
	return n;
}

void facts_madv_guard(struct run *r, const struct tracee *t, taddr low, taddr high, struct birth_facts *f)
{
	f->madv_at = low;
	f->madv_known = r->k->guard_pages(r->k->ctx, t->tgid, low, high, &f->madv_guard) == 0;
	if (!f->madv_known)
		f->madv_guard = 0;
	else if (!f->madv_guard && f->at_sp_known && low > f->at_sp.low && (f->at_sp.prot & VMA_WRITE))
		f->madv_below = guard_ending_at(r, t, f->at_sp.low, low);
}

void facts_area_touched(struct run *r, const struct tracee *t, const struct stack_area *s, struct touched *ret)
{
	taddr low = s->low;

	*ret = (struct touched){ 0 };
	if (!s->high || s->high <= low ||
		(s->kind != STACK_OWN_MAPPING && s->kind != STACK_CACHED && s->kind != STACK_MAIN))
		return;
	if (s->kind == STACK_MAIN) { /* grows: what lies below its mapping was never touched */
		struct vma v;
		if (facts_vma(r, t, s->high - 1, &v))
			return;
		low = v.low > low ? v.low : low;
	}
	if (low >= s->high)
		return;
	int err = r->k->lowest_touched(r->k->ctx, t->tgid, low, s->high, &ret->lowest);
	if (err && t->tgid != t->tid)
		err = r->k->lowest_touched(r->k->ctx, t->tid, low, s->high, &ret->lowest);
	ret->known = !err;
	if (ret->known && ret->lowest == s->high) { /* not even its top: it is hardly there any more */
		struct vma v;
		ret->gone = facts_vma(r, t, s->high - 1, &v) == -ENOENT;
		ret->known = !ret->gone;
	}
}

void facts_touched(struct run *r, const struct tracee *t, const struct task *task, struct touched *ret)
{
	const struct area *a = task->stack.high ? model_area(r->tell.model, task, task->stack.high - 1) : NULL;
	bool mapped = task->stack.kind == STACK_OWN_MAPPING || task->stack.kind == STACK_CACHED;

	/* A detached thread of musl unmaps its stack before it ends, and another's may lie there by now. */
	if (mapped && (!a || a->owner != task->id.serial))
		*ret = (struct touched){ .known = false };
	else
		facts_area_touched(r, t, &task->stack, ret);
}

/*
 * struct robust_list_head (include/uapi/linux/futex.h): next entry, offset from an entry to its lock word, pending
 * operation. The low bits of a pointer are flags. The kernel walks at most 2048 entries (ROBUST_LIST_LIMIT).
 */
#define ROBUST_WALK 64
#define ROBUST_HEAD 24 /* its bytes, with words of 8; the kernel reads them after the exit stop */

/* A 32-bit task has pointers of 4 bytes in it; its list lies below 4 GiB. */
static unsigned robust_word(struct run *r, pid_t tid, taddr head)
{
	const struct abi *abi;
	struct regs regs;

	return head >> 32 == 0 && facts_regs(r, tid, &regs, &abi) == 0 ? abi->word : 8;
}

void facts_robust(struct run *r, pid_t tid, struct ev_end *ret)
{
	struct task_mem ctx = { r->k, tid };
	struct mem mem = task_mem(&ctx);
	taddr head, entry, first, last;
	uint64_t offset = 0;

	if (r->k->robust_list(r->k->ctx, tid, &head) < 0)
		return;
	ret->robust_known = true;
	ret->robust_absent = head == 0;
	if (head == 0)
		return;
	facts_used(r, tid, head, ROBUST_HEAD);
	unsigned word = robust_word(r, tid, head);
	if (mem_word(&mem, head, word, &entry) < 0) {
		ret->robust_known = false;
		return;
	}
	entry &= ~3ULL;
	first = entry;
	while (entry != head && entry != 0) {
		if (ret->robust_held == ROBUST_WALK) {
			ret->robust_more = true;
			return;
		}
		if (ret->robust_held++ == 0 && mem_word(&mem, head + word, word, &offset) == 0)
			ret->robust_first = word == 4 ? (uint32_t)(entry + offset) : entry + offset;
		last = entry;
		if (mem_word(&mem, entry, word, &entry) < 0)
			return;
		entry &= ~3ULL;
		if (entry == first || entry == last) { /* it never comes back to its head: no list of mutexes */
			ret->robust_known = false;
			ret->robust_held = 0;
			return;
		}
	}
}

uint64_t facts_stack_limit(struct run *r, pid_t tid)
{
	char buf[2048];
	const char *text = facts_text(r, tid, "limits", buf, sizeof(buf));
	uint64_t limit;

	return text && proc_soft_limit(&limit, text, "Max stack size") && limit != PROC_UNLIMITED ? limit : 0;
}

/*
 * The effective id differs from the file's: a line of status has the real, the effective, the saved and the file
 * system's.
 */
static bool lacks_id(struct run *r, pid_t tid, const char *key, int64_t id)
{
	char buf[PROC_TEXT], *next;
	const char *text = facts_text(r, tid, "status", buf, sizeof(buf)), *at = text ? proc_field(text, key) : NULL;

	if (!at || id < 0)
		return false;
	(void)!strtoll(at, &next, 10);
	return strtoll(next, NULL, 10) != id;
}

void facts_exec(struct run *r, const struct tracee *t, const struct program_facts *program, struct ev_exec *ret)
{
	struct regs regs;
	const struct abi *abi;
	struct vma v;

	ret->setid_lost = program->setid &&
		(lacks_id(r, t->tid, "Uid:", program->setuid) || lacks_id(r, t->tid, "Gid:", program->setgid));
	if (facts_regs(r, t->tid, &regs, &abi) || facts_vma(r, t, regs.sp, &v))
		return;
	ret->stack_high = v.high;
	uint64_t limit = facts_stack_limit(r, t->tid);
	ret->stack_low = limit && limit < v.high ? v.high - limit : v.low;
}
