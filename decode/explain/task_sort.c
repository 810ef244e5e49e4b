/* SPDX-License-Identifier: MIT */
/* What kind of task a flag word makes, by comparing it with the words that the C libraries and runtimes use. */
#include <thrtrace/explain.h>

/* What makes a task that POSIX would call a thread, as far as the kernel is concerned. */
#define SHARES_LIKE_A_THREAD (CLONE_VM_ | CLONE_FS_ | CLONE_FILES_ | CLONE_SIGHAND_ | CLONE_SYSVSEM_)
#define POSIX_SETUP          (CLONE_SETTLS_ | CLONE_PARENT_SETTID_ | CLONE_CHILD_CLEARTID_)
/* glibc and bionic pthread_create; musl adds CLONE_DETACHED. */
#define POSIX_WORD (SHARES_LIKE_A_THREAD | CLONE_THREAD_ | POSIX_SETUP)
/* runtime/os_linux.go cloneFlags; amd64 adds CLONE_SETTLS. */
#define GO_WORD (SHARES_LIKE_A_THREAD | CLONE_THREAD_)
/* Shared by both sides only on request; a fork has none of them. */
#define SHARED_BITS    (SHARES_LIKE_A_THREAD | CLONE_IO_)
#define NAMESPACE_BITS (CLONE_NS_ALL_ | CLONE_EMPTY_MNTNS_)

static enum task_sort thread_sort(uint64_t flags)
{
	uint64_t f = flags & ~CLONE_DETACHED_;

	if (f == POSIX_WORD)
		return TASK_SORT_THREAD;
	if ((f & ~CLONE_SETTLS_) == GO_WORD)
		return TASK_SORT_GO_M;
	return TASK_SORT_ODD_THREAD;
}

enum task_sort task_sort_of(uint64_t flags)
{
	const uint64_t linuxthreads = CLONE_VM_ | CLONE_FS_ | CLONE_FILES_ | CLONE_SIGHAND_;

	if (flags & CLONE_THREAD_)
		return thread_sort(flags);
	if (flags & NAMESPACE_BITS)
		return TASK_SORT_NAMESPACE;
	if ((flags & (CLONE_VM_ | CLONE_VFORK_)) == (CLONE_VM_ | CLONE_VFORK_) && !(flags & SHARED_BITS & ~CLONE_VM_))
		return TASK_SORT_VFORK;
	if ((flags & linuxthreads) == linuxthreads && !(flags & CLONE_VFORK_))
		return TASK_SORT_LINUXTHREADS;
	return flags & SHARED_BITS ? TASK_SORT_ODD : TASK_SORT_PROCESS;
}

const char *task_sort_kind(enum task_sort sort)
{
	static const char *const kinds[TASK_SORTS] = {
		[TASK_SORT_THREAD] = "thread",
		[TASK_SORT_GO_M] = "thread",
		[TASK_SORT_ODD_THREAD] = "thread",
		[TASK_SORT_PROCESS] = "process",
		[TASK_SORT_VFORK] = "vfork",
		[TASK_SORT_NAMESPACE] = "process",
		[TASK_SORT_LINUXTHREADS] = "process",
		[TASK_SORT_ODD] = "process",
	};

	return sort < TASK_SORTS ? kinds[sort] : "";
}

const char *task_sort_name(enum task_sort sort)
{
	static const char *const names[TASK_SORTS] = {
		[TASK_SORT_THREAD] = "POSIX thread",
		[TASK_SORT_GO_M] = "thread with the flags that Go's runtime uses",
		[TASK_SORT_ODD_THREAD] = "unusual thread",
		[TASK_SORT_PROCESS] = "process, as by fork",
		[TASK_SORT_VFORK] = "vfork or posix_spawn child",
		[TASK_SORT_NAMESPACE] = "process in namespaces of its own",
		[TASK_SORT_LINUXTHREADS] = "LinuxThreads-style task",
		[TASK_SORT_ODD] = "unusual process",
	};

	return sort < TASK_SORTS ? names[sort] : "";
}

/* "address space and signal handlers", for the bits given. */
static void things_format(struct outbuf *out, uint64_t bits)
{
	static const struct {
		uint64_t bit;
		const char *thing;
	} things[] = {
		{ CLONE_VM_, "the address space" },
		{ CLONE_FS_, "the working directory" },
		{ CLONE_FILES_, "the descriptor table" },
		{ CLONE_SIGHAND_, "the signal handlers" },
		{ CLONE_SYSVSEM_, "the semaphore undo list" },
		{ CLONE_IO_, "the I/O context" },
		{ CLONE_SETTLS_, "a TLS base" },
		{ CLONE_PARENT_SETTID_, "a tid for its creator" },
		{ CLONE_CHILD_CLEARTID_, "a word to join on" },
		{ CLONE_NEWUSER_, "user" },
		{ CLONE_NEWNS_, "mount" },
		{ CLONE_EMPTY_MNTNS_, "mount (empty)" },
		{ CLONE_NEWPID_, "pid" },
		{ CLONE_NEWNET_, "network" },
		{ CLONE_NEWIPC_, "IPC" },
		{ CLONE_NEWUTS_, "UTS" },
		{ CLONE_NEWCGROUP_, "cgroup" },
		{ CLONE_NEWTIME_, "time" },
	};
	const char *pending = NULL;
	bool some = false;

	for (size_t i = 0; i < ARRAY_SIZE(things); i++) {
		if (!(bits & things[i].bit))
			continue;
		if (pending) {
			outbuf_printf(out, "%s%s", some ? ", " : "", pending);
			some = true;
		}
		pending = things[i].thing;
	}
	if (pending)
		outbuf_printf(out, "%s%s", some ? " and " : "", pending);
}

static void odd_thread_format(struct outbuf *out, uint64_t flags)
{
	uint64_t unshared = SHARES_LIKE_A_THREAD & ~flags;
	uint64_t unset = POSIX_SETUP & ~flags;

	outbuf_puts(out, "an unusual thread");
	if (unshared) {
		outbuf_puts(out, ": it does not share ");
		things_format(out, unshared);
	}
	if (unset) {
		outbuf_puts(out, unshared ? ", and is made without " : ": made without ");
		things_format(out, unset);
	}
	if (!unshared && !unset)
		outbuf_puts(out, ": a POSIX thread with further flags");
}

void task_sort_format(struct outbuf *out, uint64_t flags)
{
	enum task_sort sort = task_sort_of(flags);

	switch (sort) {
	case TASK_SORT_THREAD:
	case TASK_SORT_GO_M:
	case TASK_SORT_VFORK:
	case TASK_SORT_LINUXTHREADS:
		outbuf_printf(out, "a %s", task_sort_name(sort));
		break;
	case TASK_SORT_ODD_THREAD:
		odd_thread_format(out, flags);
		break;
	case TASK_SORT_PROCESS:
		outbuf_puts(out, "a process, as by fork");
		if (flags & CLONE_VFORK_)
			outbuf_puts(out, ", for which its creator waits as for a vfork child");
		break;
	case TASK_SORT_NAMESPACE:
		outbuf_puts(out, "a process in namespaces of its own: ");
		things_format(out, flags & NAMESPACE_BITS);
		break;
	case TASK_SORT_ODD:
		outbuf_puts(out, "an unusual process: it shares ");
		things_format(out, flags & SHARED_BITS);
		outbuf_puts(out, " with its creator");
		break;
	case TASK_SORTS:
		break;
	}
}

void task_made_format(struct outbuf *out, uint64_t flags, uint32_t defects, bool go)
{
	if (go && !(defects & CALL_ARGS_DOUBTFUL) && task_sort_of(flags) == TASK_SORT_GO_M)
		outbuf_puts(out, "a Go runtime thread (M)");
	else if (defects & CALL_ARGS_DOUBTFUL)
		outbuf_puts(out,
			flags & CLONE_THREAD_     ? "a thread" :
				flags & CLONE_VM_ ? "a process in its creator's address space" :
						    "a process");
	else
		task_sort_format(out, flags);
}
