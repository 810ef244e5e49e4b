/* SPDX-License-Identifier: MIT */
/* Small readers over the door, shared by the handlers. All need the task stopped unless said otherwise. */
#ifndef TRACER_FACTS_H
#define TRACER_FACTS_H

#include <thrtrace/abi.h>
#include <thrtrace/event.h>
#include <thrtrace/procstat.h>

#include "follow/run.h"

struct program_facts;

/* Memory of one task as a struct mem. ctx must live as long as the mem. */
struct task_mem {
	struct kernel *k;
	pid_t tid;
};
struct mem task_mem(struct task_mem *ctx);
/* The kernel reads or writes these bytes for the task itself: see struct kernel's used_mem. */
void facts_used(struct run *r, pid_t tid, taddr at, size_t n);
/* call_decode with the task's memory. */
void facts_decode(
	struct run *r, pid_t tid, const struct abi *abi, uint64_t nr, const uint64_t arg[CALL_ARGS], struct call *ret);

/* Its registers, by its own ABI (a 32-bit task has another regset). 0 or -errno. */
int facts_regs(struct run *r, pid_t tid, struct regs *ret, const struct abi **ret_abi) THR_MUST_CHECK;
/* The same for what call it is in, by the ABI of the call: a 64-bit task can make i386's, by int $0x80. 0 or -errno. */
int facts_call(struct run *r, pid_t tid, struct regs *ret, const struct abi **ret_abi) THR_MUST_CHECK;
/* A file of /proc/TID as text of less than size bytes; NULL, and text is "", when it can't be read. No stop needed. */
const char *facts_text(struct run *r, pid_t tid, const char *file, char *text, size_t size);
/* A number of /proc/TID/status, "Tgid:"; -1 when it can't be read. No stop needed. */
int64_t facts_status(struct run *r, pid_t tid, const char *key);
/*
 * /proc/TID/task/TID/stat: of the task by itself, where /proc/TID/stat adds up all threads of its process
 * (fs/proc/array.c, do_task_stat). False when it can't be read. No stop needed.
 */
bool facts_stat(struct run *r, pid_t tid, struct procstat *ret);
/* It has ended, and is there for its parent or for others of its process. No stop needed. */
bool facts_zombie(struct run *r, pid_t tid);
/* Whether the task's process handles or ignores a signal, by /proc/TID/status; false when that can't be read. */
bool facts_signal_handled(struct run *r, pid_t tid, int sig);
/* /proc/TID/comm; "" when it can't be read. No stop needed. */
bool facts_comm(struct run *r, pid_t tid, char comm[COMM_LEN]);
/* How a task is scheduled now, as its stat and status say. */
void facts_sched(struct run *r, pid_t tid, struct sched_last *ret);
/* What the kernel's account says, for an end. */
void facts_take_usage(struct ev_end *ret, const struct task_usage *u);
/* The account of a task that is still there, as far as it has come: of one that is let go. No stop needed. */
void facts_account_so_far(struct run *r, pid_t tid, struct ev_end *ret);
/* The name of a task that is still there, for its end. */
void facts_last_name(struct run *r, pid_t tid, struct ev_end *ret);
/* The mapping that holds addr, asked of the leader (whose open file is kept) and else of the task. */
int facts_vma(struct run *r, const struct tracee *t, taddr addr, struct vma *ret) THR_MUST_CHECK;
/*
 * The pages of MADV_GUARD at `low`, where a stack begins that ends at or below high; and, where it begins within the
 * mapping f->at_sp, those that end there. Into f's madv_*.
 */
void facts_madv_guard(struct run *r, const struct tracee *t, taddr low, taddr high, struct birth_facts *f);
/* How far down the task has used its stack. */
void facts_touched(struct run *r, const struct tracee *t, const struct task *task, struct touched *ret);
/* The same of an area, whosever it is. */
void facts_area_touched(struct run *r, const struct tracee *t, const struct stack_area *s, struct touched *ret);
/* Walks the robust list. */
void facts_robust(struct run *r, pid_t tid, struct ev_end *ret);
/* Soft RLIMIT_STACK by /proc/TID/limits; 0: unlimited or unknown. No stop needed. */
uint64_t facts_stack_limit(struct run *r, pid_t tid);
/* The stack's bounds and the name of the program after execve. */
void facts_exec(struct run *r, const struct tracee *t, const struct program_facts *program, struct ev_exec *ret);

#endif
