/* SPDX-License-Identifier: MIT */
/*
 * The ptrace side of one traced task: what state it is in, and what thrtrace owes it. Nothing here is shown to a
 * user; that is struct task of the model.
 */
#ifndef TRACER_TRACEE_H
#define TRACER_TRACEE_H

#include <uthash.h>

#include <thrtrace/call.h>
#include <thrtrace/choice.h>
#include <thrtrace/event.h>
#include <thrtrace/stop.h>

enum tracee_state {
	TR_LAUNCHING, /* our own child before its execve: its calls are ours, not the program's */
	TR_ANNOUNCED, /* its creator's event named it; its own first stop has not come */
	TR_EARLY,     /* its own first stop came before its creator's event: held until that comes */
	/* likewise, but its exit stop was seen, and it goes on: nothing but a resume ends such a stop */
	TR_EARLY_EXITING,
	TR_EARLY_DEAD, /* likewise, and it is already gone; end_wstatus keeps its last word */
	TR_ATTACHED,   /* seized while it ran; not told of yet */
	TR_ZOMBIE,     /* a leader that had ended before thrtrace attached: no tracee, no report will come of it */
	TR_RUNNING,
	TR_LISTENING, /* in group-stop under PTRACE_LISTEN */
	TR_EXITING,   /* its exit stop was seen */
};

/* What a C library registers for each new thread. */
enum registration { REGISTERS_RSEQ = 1 << 0, REGISTERS_ROBUST_LIST = 1 << 1 };

/* A creation of which one side has been seen. Kept in the child's tracee, which outlives its creator's stop. */
struct pending_birth {
	bool known; /* the creator's event has been seen */
	pid_t creator_tid, creator_tgid;
	uint32_t creator_serial; /* serial of its task; 0 when that is silent */
	struct call_clone args;
	uint32_t defects;
	taddr creator_sp, creator_tp;
	bool creator_known;
	uint64_t t_call_ns, t_event_ns;
	bool silent;          /* its creator is silent, and so is it */
	bool creator_stopped; /* at the birth it still rests in its event stop */
};

/* A call that is shown later, or not at all (calls.c). */
struct failure;
struct held_call {
	struct event ev;
	struct call call;
	struct failure *why; /* what its event says of its failure; NULL */
	bool shown;
};

struct tracee {
	pid_t tid;
	pid_t tgid;
	pid_t ppid;        /* TR_EARLY_EXITING: read while it could be */
	int first_sig;     /* TR_EARLY: its first stop is a group-stop by this signal; 0 */
	uint32_t ender;    /* serial of the task whose execve ended it; 0 */
	uint32_t serial;   /* of its task in the model; 0 before birth and for silent ones */
	uint32_t reserved; /* TR_ATTACHED, TR_ZOMBIE: the serial that its task is to have; 0 none */
	enum tracee_state state;
	bool silent;         /* attached only because our filter would break it otherwise; never shown */
	bool in_call;        /* `call` has begun and its end is awaited */
	bool begun;          /* an EV_CALL_BEGIN was shown for it */
	uint8_t watch_calls; /* how many of its next calls stop even if the filter lets them pass */
	bool injected;       /* `call` was refused, as asked: the kernel does not make it */
	bool return_skipped; /* the return of `call` does not stop: call_settle finds its result at the next stop */
	uint8_t expects;     /* enum registration: those that it makes without a stop, to be told at a later one */
	uint8_t tries_left;  /* at how many stops `expects` is still looked at */
	bool clone3_refused; /* with ENOSYS: the next clone is the C library's second try */
	bool proved;         /* the sharing of a thread that it made with proved_flags was checked */
	uint64_t proved_flags;
	bool detach;        /* to be let go at its next stop */
	pid_t holds_for;    /* it is a creator kept in its event stop until this child has shown up; 0 (tracee_hold) */
	uint64_t t_hold_ns; /* since when */
	uint32_t place;     /* TR_ATTACHED: in attach.queue */
	bool newborn;       /* TR_ATTACHED: it was born meanwhile, and its first stop has not come */
	bool adopted;       /* born before its creator's event, which may still come */
	struct odd_rival
		rival; /* rival.c: it asks to trace a task of ours, and has not been answered; op NULL: not so */
	struct {       /* untraced.c: CLONE_UNTRACED was taken out of the word of the call under way */
		bool taken;
		taddr at; /* of the word; 0: it is in the register of the first argument */
		uint64_t flags;
		uint32_t arch;
	} untraced;
	uint64_t t_call_ns;
	uint64_t t_first_ns; /* TR_EARLY: its first stop */
	int end_wstatus;     /* TR_EARLY_DEAD */
	uint64_t t_end_ns;
	struct call call;
	char *argv;                 /* of an execve: ev_call.argv; NULL */
	struct touched touched;     /* of its stack, at the entry of call */
	struct touched touched_now; /* at the stop that it rests in, when that has been asked; else not known */
	uint32_t joins;             /* call is a wait for this task's end; 0. Why it waits: */
	enum end_wait waits;
	struct held_call *held; /* calls.c: the last HELD_CALLS calls that may have made a stack; NULL */
	unsigned n_held;
	uint16_t injectable[INJECTS_MAX]; /* how many calls it has made of each that may be made to fail */
	struct pending_birth birth;
	struct ev_end end;                      /* facts gathered at its exit stop */
	UT_hash_handle hh;                      /* by tid */
	struct tracee *early_prev, *early_next; /* in tracees.early */
	struct tracee *holding_prev, *holding_next;
};

#define HELD_CALLS 8

/* All tracees of a run, by tid. */
struct tracees {
	struct tracee *by_tid;
	struct tracee *early;   /* those that are, in one of the three ways: the first that became so first (utlist) */
	struct tracee *holding; /* creators that are held for their child, likewise */
	size_t n_creating;      /* how many are inside a call that creates a task */
	size_t n_execs;         /* how many are inside execve */
	pid_t exec_tid;         /* who entered it last */
};

struct tracee *tracee_find(const struct tracees *all, pid_t tid);
/* NULL when out of memory. The tid must be free. */
struct tracee *tracee_new(struct tracees *all, pid_t tid, enum tracee_state state);
void tracee_free(struct tracees *all, struct tracee *t);
void tracee_free_all(struct tracees *all);
void tracee_drop_held(struct tracee *t);
/* The only writer of state, so that the counters of `all` hold. */
void tracee_set_state(struct tracees *all, struct tracee *t, enum tracee_state state);
/* The only writer of holds_for. child 0: it is held no longer. */
void tracee_hold(struct tracees *all, struct tracee *t, pid_t child, uint64_t t_ns);
/* A child whose creator has not spoken. */
bool tracee_is_early(const struct tracee *t);
/*
 * The task keeps its serial and gets another tid (execve by a thread that is not the leader). new_tid must be free.
 * Negative: its tid has a new owner, and its own exec event has not come yet.
 */
void tracee_rename(struct tracees *all, struct tracee *t, pid_t new_tid);
/* Marks the beginning and the end of t->call. */
void tracee_enter_call(struct tracees *all, struct tracee *t, const struct call *call, uint64_t t_ns);
void tracee_leave_call(struct tracees *all, struct tracee *t);

#endif
