/* SPDX-License-Identifier: MIT */
/* The live door. No other file calls ptrace, waitid, process_vm_readv or kcmp. */
#include "kernel/kernel_linux.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/proc_text.h>

#include "kernel/built_with.h"
#include "kernel/limit_facts.h"
#include "kernel/procfs_ioctl.h"
#include "kernel/program.h"
#include "kernel/waiter.h"

#define SPACE_FDS 16

/* Open files of one address space. They pin it: queries still work when the leader is a zombie. */
struct space_fds {
	pid_t tid;
	int maps, pagemap;
	uint64_t used;
};

/* The registers of a stopped task, which are asked for more than once at a birth. Void once it goes on. */
#define KEPT_REGS 4
struct kept_regs {
	pid_t tid;
	long len;
	uint64_t raw[64];
};

/*
 * Memory of a stopped creator and its child that was read in one call. Void once one of them goes on, or something is
 * written; not by the child's first report, which comes before its first instruction.
 */
#define KEPT_RANGES 3
#define KEPT_BYTES  8192
struct kept_mem {
	pid_t tid[2];
	unsigned n;
	struct mem_range range[KEPT_RANGES];
	uint8_t bytes[KEPT_BYTES];
};

struct linux_door {
	struct kernel k;
	sigset_t old_mask, wait_mask;
	struct sigaction old_chld;
	struct waiter *waiter;
	bool blocks; /* in waitpid: no SIGCHLD tells of a stop, and a timer ticks */
	bool ready_to_block;
	int signal;
	struct kept_regs regs[KEPT_REGS];
	unsigned next_regs;
	struct kept_mem mem;
	pid_t creator; /* whose creation event was the last one fetched, and its message */
	unsigned long created;
	struct space_fds fds[SPACE_FDS];
	uint64_t clock; /* for the eldest entry of fds */
};

static uint64_t now_ns(void *ctx)
{
	struct timespec ts;
	(void)ctx;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static uint64_t boot_ns(void *ctx)
{
	struct timespec ts;
	(void)ctx;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

/* All requests in one place: 0 or the result, or -errno. */
static long request(int req, pid_t tid, void *addr, void *data)
{
	errno = 0;
	long r = ptrace((enum __ptrace_request)req, tid, addr, data);

	return r == -1 && errno ? -errno : r;
}

/* ---- waiting ---- */

/* What was asked of a stopped task is void: it has a new report. */
static void forget_answers(struct linux_door *d, pid_t tid)
{
	for (unsigned i = 0; i < KEPT_REGS; i++)
		if (d->regs[i].tid == tid)
			d->regs[i].tid = 0;
	if (d->creator == tid)
		d->creator = 0;
}

/* The same when it goes on, or has ended, with what was read of its memory. */
static void forget_stop(struct linux_door *d, pid_t tid)
{
	forget_answers(d, tid);
	if (d->mem.tid[0] == tid || d->mem.tid[1] == tid)
		d->mem.n = 0;
}

static bool is_creation(int wstatus)
{
	int event = WIFSTOPPED(wstatus) ? wstatus >> 16 : 0;

	return event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK;
}

static void space_close(struct space_fds *f)
{
	if (f->maps >= 0)
		close(f->maps);
	if (f->pagemap >= 0)
		close(f->pagemap);
	*f = (struct space_fds){ .maps = -1, .pagemap = -1 };
}

/*
 * Its files are those of another address space from now on, or of none. The old one may live on: a child of vfork(2)
 * had
 * its creator's. So they would go on answering.
 */
static void forget_space(struct linux_door *d, pid_t tid)
{
	for (unsigned i = 0; i < SPACE_FDS; i++)
		if (d->fds[i].tid == tid)
			space_close(&d->fds[i]);
}

static bool leaves_space(int wstatus)
{
	return !WIFSTOPPED(wstatus) || wstatus >> 16 == PTRACE_EVENT_EXEC;
}

static int reap(struct linux_door *d, pid_t tid, int options, struct kstatus *ret)
{
	int wstatus;
	pid_t got = waitpid(tid, &wstatus, options | __WALL);

	if (got < 0)
		return -errno;
	if (got == 0)
		return 0;
	ret->tid = got;
	ret->wstatus = wstatus;
	ret->t_ns = now_ns(NULL);
	if (leaves_space(wstatus))
		forget_space(d, got);
	if (WIFSTOPPED(wstatus) && got == d->mem.tid[1])
		forget_answers(d, got);
	else
		forget_stop(d, got);
	if (is_creation(wstatus) && request(PTRACE_GETEVENTMSG, got, NULL, &d->created) == 0) {
		d->creator = got;
		if (d->created)
			waiter_expect(d->waiter, (pid_t)d->created);
	}
	return 1;
}

static int wait_reap(void *ctx, pid_t tid, struct kstatus *ret)
{
	return reap(ctx, tid, WNOHANG, ret);
}

/* How long a wait may last that looks at the time and at signals afterwards. */
#define TICK_US 5000

static volatile sig_atomic_t ticked;

static void on_tick(int sig)
{
	(void)sig;
	ticked = 1;
}

/*
 * SIGCHLD costs more than a tenth of a stop: the kernel makes one and thrtrace takes it. With SA_NOCLDSTOP only ends
 * send one. A signal for thrtrace stays blocked, and is looked for at each tick.
 */
static void set_blocks(struct linux_door *d, bool blocks)
{
	struct itimerval tick = { { 0, blocks ? TICK_US : 0 }, { 0, blocks ? TICK_US : 0 } };
	sigset_t alarm;

	if (!d->ready_to_block) { /* now, and not before the program was started: it would inherit the mask */
		sigemptyset(&alarm);
		sigaddset(&alarm, SIGALRM);
		sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_tick }, NULL);
		sigprocmask(SIG_UNBLOCK, &alarm, NULL);
		d->ready_to_block = true;
	}
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL, .sa_flags = blocks ? SA_NOCLDSTOP : 0 }, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	d->blocks = blocks;
}

/* About what it takes to be woken on a CPU that has gone idle. */
#define SPIN_NS 20000U

static bool has_other_cpu(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

static int wait_block(void *ctx, struct kstatus *ret, int *ret_signal)
{
	struct linux_door *d = ctx;
	struct timespec none = { 0, 0 };

	if (!d->blocks)
		set_blocks(d, true);
	int got = ticked ? -EINTR : reap(d, -1, 0, ret); /* a busy program's reports must not keep a signal waiting */
	if (got != -EINTR)
		return got;
	ticked = 0;
	int sig = sigtimedwait(&d->wait_mask, NULL, &none);
	if (sig <= 0 || sig == SIGCHLD)
		return 0;
	*ret_signal = sig;
	return -EINTR;
}

/* All of them are blocked: one that came before this call is pending, and ends it at once. */
static int wait_sleep(void *ctx, uint64_t timeout_ns, pid_t *ret_sender)
{
	struct linux_door *d = ctx;

	if (d->blocks) { /* what stopped up to now has sent no signal: look first */
		set_blocks(d, false);
		return SIGCHLD;
	}
	struct timespec ts = { .tv_sec = (time_t)(timeout_ns / 1000000000U),
		.tv_nsec = (long)(timeout_ns % 1000000000U) };
	siginfo_t info;
	int sig = sigtimedwait(&d->wait_mask, &info, timeout_ns == UINT64_MAX ? NULL : &ts);

	if (sig < 0)
		return errno == EINTR ? SIGCHLD : 0;
	*ret_sender = sig == SIGCHLD ? info.si_pid : 0;
	return sig;
}

static int door_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns)
{
	struct linux_door *d = ctx;

	return waiter_next(d->waiter, ret, timeout_ns, &d->signal);
}

static int door_asked(void *ctx)
{
	struct linux_door *d = ctx;
	int sig = d->signal;

	d->signal = 0;
	return sig;
}

static int door_kill(void *ctx, pid_t tgid, int sig)
{
	(void)ctx;
	return kill(tgid, sig) < 0 ? -errno : 0;
}

/* ---- requests to a stopped tracee ---- */

static int door_resume(void *ctx, pid_t tid, enum resume_op op, int sig)
{
	static const int requests[] = {
		[RESUME_CONT] = PTRACE_CONT,
		[RESUME_SYSCALL] = PTRACE_SYSCALL,
		[RESUME_LISTEN] = PTRACE_LISTEN,
		[RESUME_DETACH] = PTRACE_DETACH,
	};
	struct linux_door *d = ctx;

	if (op == RESUME_NONE)
		return 0;
	forget_stop(d, tid);
	waiter_resumed(d->waiter, tid);
	return (int)request(requests[op], tid, NULL, (void *)(uintptr_t)(op == RESUME_LISTEN ? 0 : sig));
}

static int door_seize(void *ctx, pid_t tid, uint64_t options)
{
	struct linux_door *d = ctx;
	int err = (int)request(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)options);

	if (!err)
		waiter_expect(d->waiter, tid);
	return err;
}

static int door_interrupt(void *ctx, pid_t tid)
{
	(void)ctx;
	return (int)request(PTRACE_INTERRUPT, tid, NULL, NULL);
}

static int door_event_msg(void *ctx, pid_t tid, uint64_t *ret)
{
	const struct linux_door *d = ctx;
	unsigned long msg = d->created;
	long r = d->creator == tid ? 0 : request(PTRACE_GETEVENTMSG, tid, NULL, &msg);

	if (r < 0)
		return (int)r;
	*ret = msg;
	return 0;
}

static int door_siginfo(void *ctx, pid_t tid, siginfo_t *ret)
{
	(void)ctx;
	return (int)request(PTRACE_GETSIGINFO, tid, NULL, ret);
}

static int door_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret)
{
	struct __ptrace_syscall_info info;
	(void)ctx;

	memset(&info, 0, sizeof(info));
	long n = request(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info);
	if (n < 0)
		return (int)n;
	memset(ret, 0, sizeof(*ret));
	ret->arch = info.arch;
	ret->pc = info.instruction_pointer;
	ret->sp = info.stack_pointer;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
		ret->phase = PHASE_ENTRY;
		ret->nr = info.entry.nr;
		memcpy(ret->arg, info.entry.args, sizeof(ret->arg));
		break;
	case PTRACE_SYSCALL_INFO_SECCOMP:
		ret->phase = PHASE_SECCOMP;
		ret->nr = info.seccomp.nr;
		memcpy(ret->arg, info.seccomp.args, sizeof(ret->arg));
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		ret->phase = PHASE_EXIT;
		ret->result = info.exit.rval;
		break;
	default:
		ret->phase = PHASE_NONE;
		break;
	}
	return 0;
}

static ssize_t door_regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct linux_door *d = ctx;
	struct kept_regs *k;
	struct iovec iov = { buf, n };

	for (k = d->regs; type == NT_PRSTATUS && k < d->regs + KEPT_REGS; k++) {
		if (k->tid != tid || (size_t)k->len > n)
			continue;
		memcpy(buf, k->raw, (size_t)k->len);
		return k->len;
	}
	long r = request(PTRACE_GETREGSET, tid, (void *)(uintptr_t)type, &iov);
	if (r < 0)
		return (ssize_t)r;
	if (type == NT_PRSTATUS && iov.iov_len <= sizeof(k->raw)) {
		k = &d->regs[d->next_regs++ % KEPT_REGS];
		k->tid = tid;
		k->len = (long)iov.iov_len;
		memcpy(k->raw, buf, iov.iov_len);
	}
	return (ssize_t)iov.iov_len;
}

static int door_rseq(void *ctx, pid_t tid, taddr *ret)
{
	struct __ptrace_rseq_configuration conf;
	(void)ctx;

	memset(&conf, 0, sizeof(conf));
	long r = request(PTRACE_GET_RSEQ_CONFIGURATION, tid, (void *)sizeof(conf), &conf);
	if (r < 0)
		return (int)r;
	*ret = conf.rseq_abi_pointer;
	return 0;
}

/* ---- memory ---- */

#define READ_PAGES 32

/* One remote piece a page, from at on: how many pieces; *ret_n: the bytes that they are. */
static unsigned by_pages(taddr at, size_t n, struct iovec *piece, unsigned room, size_t *ret_n)
{
	unsigned pieces = 0;
	size_t done = 0;

	for (; pieces < room && done < n; pieces++) {
		size_t len = 4096 - (size_t)((at + done) & 4095);
		if (len > n - done)
			len = n - done;
		piece[pieces] = (struct iovec){ (void *)(uintptr_t)(at + done),
			len }; /* NOLINT: an address of the tracee */
		done += len;
	}
	*ret_n = done;
	return pieces;
}

static void door_expect_mem(void *ctx, const pid_t tid[2], const struct mem_range *range, unsigned n)
{
	struct kept_mem *m = &((struct linux_door *)ctx)->mem;
	struct iovec remote[READ_PAGES];
	unsigned pieces = 0;
	size_t total = 0, done;

	m->n = 0;
	for (unsigned i = 0; i < n && i < KEPT_RANGES && total + range[i].n <= KEPT_BYTES; i++) {
		pieces += by_pages(range[i].at, range[i].n, remote + pieces, READ_PAGES - pieces, &done);
		m->range[i] = range[i];
		total += range[i].n;
		m->n = i + 1;
	}
	if (!m->n)
		return;
	ssize_t got = process_vm_readv(tid[0], &(struct iovec){ m->bytes, total }, 1, remote, pieces, 0);
	if (got != (ssize_t)total) /* a hole: who asks will see */
		m->n = 0;
	m->tid[0] = tid[0];
	m->tid[1] = tid[1];
}

static bool kept(const struct kept_mem *m, pid_t tid, taddr at, void *buf, size_t n)
{
	size_t from = 0;

	if (m->tid[0] != tid && m->tid[1] != tid)
		return false;
	for (unsigned i = 0; i < m->n; from += m->range[i++].n) {
		const struct mem_range *r = &m->range[i];
		if (at < r->at || n > r->n || at - r->at > r->n - n)
			continue;
		memcpy(buf, m->bytes + from + (at - r->at), n);
		return true;
	}
	return false;
}

static ssize_t door_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	const struct linux_door *d = ctx;
	size_t done = 0;

	if (d->mem.n && kept(&d->mem, tid, at, buf, n))
		return (ssize_t)n;
	/* One remote piece a page: process_vm_readv(2) never splits a piece, so a hole costs no more than its page. */
	while (done < n) {
		struct iovec local = { (char *)buf + done, 0 }, remote[READ_PAGES];
		unsigned pieces = by_pages(at + done, n - done, remote, READ_PAGES, &local.iov_len);
		ssize_t got = process_vm_readv(tid, &local, 1, remote, pieces, 0);
		if (got <= 0)
			return done ? (ssize_t)done : (got < 0 ? -errno : -EFAULT);
		done += (size_t)got;
		if ((size_t)got < local.iov_len)
			break;
	}
	return (ssize_t)done;
}

static int door_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n)
{
	struct iovec local = { (void *)(uintptr_t)buf, n },
		     remote = { (void *)(uintptr_t)at, n }; /* NOLINT: the tracee's */
	ssize_t done = process_vm_writev(tid, &local, 1, &remote, 1, 0);

	((struct linux_door *)ctx)->mem.n = 0;

	return done == (ssize_t)n ? 0 : done < 0 ? -errno : -EFAULT;
}

static int door_set_arg0(void *ctx, pid_t tid, uint32_t arch, uint64_t value)
{
	(void)ctx;
#ifdef __x86_64__
	size_t at = arch == AUDIT_ARCH_I386 ? offsetof(struct user_regs_struct, rbx) :
					      offsetof(struct user_regs_struct, rdi);
	return (int)request(PTRACE_POKEUSER, tid, (void *)at, (void *)(uintptr_t)value);
#else
	(void)tid;
	(void)arch;
	(void)value;
	return -EOPNOTSUPP;
#endif
}

static int open_proc(pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static ssize_t door_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	size_t done = 0;
	(void)ctx;

	int fd = open_proc(tid, name);
	if (fd < 0)
		return fd;
	while (done < n) {
		ssize_t got = read(fd, buf + done, n - done);
		if (got < 0 && done == 0) {
			int err = errno;
			close(fd);
			return -err;
		}
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	close(fd);
	return (ssize_t)done;
}

static struct space_fds *space_of(struct linux_door *d, pid_t tid)
{
	struct space_fds *eldest = &d->fds[0];

	for (unsigned i = 0; i < SPACE_FDS; i++) {
		if (d->fds[i].tid == tid) {
			d->fds[i].used = ++d->clock;
			return &d->fds[i];
		}
		if (d->fds[i].used < eldest->used)
			eldest = &d->fds[i];
	}
	space_close(eldest);
	eldest->tid = tid;
	eldest->used = ++d->clock;
	return eldest;
}

/*
 * An ioctl on one of the space's files, opened when needed and once more when it belongs to a program that execve
 * has replaced (-ESRCH).
 */
static int space_ioctl(struct linux_door *d, pid_t tid, bool pagemap, unsigned long req, void *arg)
{
	for (int round = 0; round < 2; round++) {
		struct space_fds *f = space_of(d, tid);
		int *fd = pagemap ? &f->pagemap : &f->maps;
		if (*fd < 0) {
			int opened = open_proc(tid, pagemap ? "pagemap" : "maps");
			if (opened < 0) {
				space_close(f);
				return opened;
			}
			*fd = opened;
		}
		int r = ioctl(*fd, req, arg);
		if (r >= 0)
			return r;
		int err = errno;
		if (err != ESRCH)
			return -err;
		space_close(f);
	}
	return -ESRCH;
}

/* Before Linux 6.11: read the text. */
static int vma_by_text(pid_t tid, taddr addr, bool next, struct vma *ret)
{
	char path[64], line[VMA_NAME + 128];
	int err = -ENOENT;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid);
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		struct vma v;
		if (vma_parse(line, strlen(line), &v) < 0 || v.high <= addr)
			continue;
		if (v.low <= addr || next) {
			*ret = v;
			err = 0;
		}
		break;
	}
	fclose(f);
	return err;
}

static int door_vma(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	struct vma v = { 0 };
	struct thr_procmap_query q = {
		.size = sizeof(q),
		.query_flags = next ? THR_PROCMAP_COVERING_OR_NEXT : 0,
		.query_addr = addr,
		.vma_name_size = sizeof(v.name),
		.vma_name_addr = (uintptr_t)v.name,
	};
	int r = space_ioctl(ctx, tid, false, THR_PROCMAP_QUERY, &q);

	if (r == -ENOTTY || r == -EINVAL)
		return vma_by_text(tid, addr, next, ret);
	if (r == -ENAMETOOLONG) { /* the name is a nicety */
		q.vma_name_size = 0;
		q.vma_name_addr = 0;
		r = space_ioctl(ctx, tid, false, THR_PROCMAP_QUERY, &q);
	}
	if (r < 0)
		return r;
	v.low = q.vma_start;
	v.high = q.vma_end;
	v.prot = (uint32_t)q.vma_flags & (VMA_READ | VMA_WRITE | VMA_EXEC | VMA_SHARED);
	v.offset = q.vma_offset;
	v.inode = q.inode;
	v.dev_major = q.dev_major;
	v.dev_minor = q.dev_minor;
	*ret = v;
	return 0;
}

/* Before Linux 6.7 there is no PAGEMAP_SCAN: read the words. Bits 62 and 63: swapped, present; 58: guard (6.15). */
static int touched_by_words(struct linux_door *d, pid_t tid, taddr low, taddr high, taddr *ret)
{
	struct space_fds *f = space_of(d, tid);
	uint64_t word[512];

	if (f->pagemap < 0) {
		int fd = open_proc(tid, "pagemap");
		if (fd < 0)
			return fd;
		f->pagemap = fd;
	}
	for (taddr at = low; at < high;) {
		size_t want = (size_t)((high - at) / 4096);
		if (want > ARRAY_SIZE(word))
			want = ARRAY_SIZE(word);
		ssize_t got = pread(f->pagemap, word, want * 8, (off_t)(at / 4096 * 8));
		if (got <= 0)
			return got < 0 ? -errno : -ESRCH;
		for (size_t i = 0; i < (size_t)got / 8; i++, at += 4096)
			if ((word[i] & (3ULL << 62)) && !(word[i] & (1ULL << 58))) {
				*ret = at;
				return 0;
			}
	}
	*ret = high;
	return 0;
}

static int door_lowest_touched(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret)
{
	struct thr_page_region region = { 0 };
	/* GUARD is excluded: a guard page of MADV_GUARD_INSTALL reads as swapped. */
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = low,
		.end = high,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.max_pages = 1,
		.category_inverted = THR_PAGE_IS_GUARD,
		.category_mask = THR_PAGE_IS_GUARD,
		.category_anyof_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_SWAPPED,
		.return_mask = THR_PAGE_IS_PRESENT,
	};

	if (high <= low)
		return -EINVAL;
	int n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	if (n == -EINVAL) { /* 6.7 to 6.15 do not know the GUARD category; nor do they have many guards */
		scan.category_inverted = scan.category_mask = 0;
		n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	}
	if (n == -ENOTTY)
		return touched_by_words(ctx, tid, low, high, ret);
	if (n < 0)
		return n;
	*ret = n > 0 ? region.start : high;
	return 0;
}

static int door_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret)
{
	struct thr_page_region region = { 0 };
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = low,
		.end = high,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = THR_PAGE_IS_GUARD,
		.return_mask = THR_PAGE_IS_GUARD,
	};

	if (high <= low)
		return -EINVAL;
	int n = space_ioctl(ctx, tid, true, THR_PAGEMAP_SCAN, &scan);
	if (n == -EINVAL || n == -ENOTTY)
		return -EOPNOTSUPP;
	if (n < 0)
		return n;
	*ret = n > 0 && region.start == low ? region.end - region.start : 0;
	return 0;
}

/* ---- facts about a task, stopped or not ---- */

static int door_kcmp(void *ctx, pid_t a, pid_t b, int what)
{
	long r = syscall(SYS_kcmp, a, b, what, 0, 0);
	(void)ctx;

	return r < 0 ? -errno : r != 0;
}

/* Signal 0 is not sent; the kernel only looks whether the task is in the group (kill(2), tgkill(2)). */
static int door_in_group(void *ctx, pid_t tgid, pid_t tid)
{
	(void)ctx;
	if (syscall(SYS_tgkill, tgid, tid, 0) == 0)
		return 1;
	return errno == ESRCH ? 0 : -errno;
}

static int door_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret)
{
	char path[64];
	struct stat st;
	(void)ctx;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tid, name);
	if (stat(path, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

#if defined(__x86_64__)
/*
 * The kernel keeps the list of 32-bit calls apart, and only the 32-bit call tells it (kernel/futex/syscalls.c,
 * compat_sys_get_robust_list). int $0x80 is there when 32-bit tasks are: asked for such a task only.
 */
static int door_compat_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	enum { GET_ROBUST_LIST_32 = 312, PRSTATUS_32 = 68 };
	uint64_t raw[64];
	long err = GET_ROBUST_LIST_32;

	if (door_regset(ctx, tid, NT_PRSTATUS, raw, sizeof(raw)) != PRSTATUS_32)
		return 0;
	uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return -errno;
	__asm__ volatile("int $0x80"
			 : "+a"(err)
			 : "b"((long)tid), "c"(&low[0]), "d"(&low[1])
			 : "memory", "r8", "r9", "r10", "r11");
	*ret_head = low[0];
	munmap(low, 4096);
	return (int)err;
}
#else
static int door_compat_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	(void)ctx, (void)tid, (void)ret_head;
	return 0;
}
#endif

static int door_robust_list(void *ctx, pid_t tid, taddr *ret_head)
{
	void *head = NULL;
	size_t len = 0;

	if (syscall(SYS_get_robust_list, tid, &head, &len) < 0)
		return -errno;
	*ret_head = (uintptr_t)head;
	return head ? 0 : door_compat_robust_list(ctx, tid, ret_head);
}

/* A file of /proc/TID that the kernel makes in one piece: one read has it all. */
static ssize_t read_small(pid_t tid, const char *name, char *buf, size_t size)
{
	int fd = open_proc(tid, name);

	if (fd < 0)
		return fd;
	ssize_t n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = '\0';
	close(fd);
	return n;
}

/*
 * Both files tell of the one task, not of its group, although /proc/TID is the group's directory in other respects
 * (fs/proc/base.c: proc_pid_schedstat; fs/proc/array.c: task_context_switch_counts). /proc/TGID/task/TID would say
 * the same and cost twice as many directory entries.
 */
static int door_usage(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret)
{
	char text[4096], *end;
	struct task_usage u = { 0 };
	(void)ctx;

	ssize_t n = read_small(tid, "schedstat", text, sizeof(text));
	if (n < 0)
		return (int)n;
	u.cpu_ns = strtoull(text, &end, 10);
	u.wait_ns = strtoull(end, &end, 10);
	u.turns = strtoull(end, NULL, 10);
	if (end == text)
		return -EOPNOTSUPP;
	if (u.turns >= split_from && read_small(tid, "status", text, sizeof(text)) > 0)
		u.split = proc_field_u64(&u.voluntary, text, "voluntary_ctxt_switches:", 10) &&
			proc_field_u64(&u.involuntary, text, "nonvoluntary_ctxt_switches:", 10);
	*ret = u;
	return 0;
}

static int door_list_tasks(void *ctx, pid_t tgid, pid_t *ret, size_t n)
{
	char path[64];
	size_t found = 0;
	struct dirent *e;
	(void)ctx;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	while (found < n && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			ret[found++] = (pid_t)strtol(e->d_name, NULL, 10);
	closedir(dir);
	return (int)found;
}

static void door_identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	(void)ctx;
	program_identify(tid, ret);
}

static int door_failure(void *ctx, pid_t tid, enum verdict_call call, int err, const struct pids_events *before,
	struct failure_facts *ret)
{
	(void)ctx;
	return failure_facts_read(ret, tid, call, err, before);
}

static int door_origin(void *ctx, struct origin *ret)
{
	struct utsname u;
	struct timespec ts;
	(void)ctx;

	if (uname(&u) < 0)
		return -errno;
	clock_gettime(CLOCK_REALTIME, &ts);
	*ret = (struct origin){ .version = THRTRACE_VERSION,
		.wall_ns = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec };
	/* "6.18.44-distribution" -> "6.18" */
	char *dot = strchr(u.release, '.');
	int len = dot ? (int)(dot - u.release) + 1 + (int)strspn(dot + 1, "0123456789") : (int)strlen(u.release);
	snprintf(ret->kernel, sizeof(ret->kernel), "%.*s", len, u.release);
	snprintf(ret->machine, sizeof(ret->machine), "%s", u.machine);
	snprintf(ret->features, sizeof(ret->features), "%s", built_with());
	return 0;
}

/* ---- life of the door ---- */

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3; it cannot be probed without a tracee. */
static bool has_syscall_info(void)
{
	struct utsname u;
	unsigned major, minor;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return true;
	return major > 5 || (major == 5 && minor >= 3);
}

int kernel_linux_new(struct kernel **ret)
{
	static const int asking[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	if (!has_syscall_info())
		return -ENOSYS;
	struct linux_door *d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->waiter = waiter_new(&(struct wait_ops){ .ctx = d,
		.reap = wait_reap,
		.sleep = wait_sleep,
		.block = wait_block,
		.now_ns = now_ns,
		.spin_ns = has_other_cpu() ? SPIN_NS : 0 });
	if (!d->waiter) {
		free(d);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < SPACE_FDS; i++)
		d->fds[i].maps = d->fds[i].pagemap = -1;
	sigemptyset(&d->wait_mask);
	for (unsigned i = 0; i < ARRAY_SIZE(asking); i++)
		sigaddset(&d->wait_mask, asking[i]);
	sigprocmask(SIG_BLOCK, &d->wait_mask, &d->old_mask);
	/* An ignored one would not be sent at all (kernel/signal.c, do_notify_parent_cldstop). */
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &d->old_chld);
	d->k = (struct kernel){
		.ctx = d,
		.wait = door_wait,
		.asked = door_asked,
		.kill = door_kill,
		.identify = door_identify,
		.resume = door_resume,
		.seize = door_seize,
		.interrupt = door_interrupt,
		.event_msg = door_event_msg,
		.siginfo = door_siginfo,
		.syscall_stop = door_syscall_stop,
		.regset = door_regset,
		.read_mem = door_read_mem,
		.expect_mem = door_expect_mem,
		.write_mem = door_write_mem,
		.set_arg0 = door_set_arg0,
		.read_proc = door_read_proc,
		.vma = door_vma,
		.lowest_touched = door_lowest_touched,
		.guard_pages = door_guard_pages,
		.kcmp = door_kcmp,
		.in_group = door_in_group,
		.ns = door_ns,
		.robust_list = door_robust_list,
		.rseq = door_rseq,
		.list_tasks = door_list_tasks,
		.usage = door_usage,
		.failure = door_failure,
		.origin = door_origin,
		.now_ns = now_ns,
		.boot_ns = boot_ns,
	};
	*ret = &d->k;
	return 0;
}

/*
 * A Ctrl-C that the program has taken as its own may still be pending here: its end is the program's, not thrtrace's.
 */
static void drop_pending(const struct linux_door *d)
{
	struct timespec none = { 0, 0 };

	while (sigtimedwait(&d->wait_mask, NULL, &none) > 0 || errno == EINTR)
		;
}

void kernel_linux_free(struct kernel *k)
{
	if (!k)
		return;
	struct linux_door *d = k->ctx;
	for (unsigned i = 0; i < SPACE_FDS; i++)
		space_close(&d->fds[i]);
	if (d->blocks)
		set_blocks(d, false);
	sigaction(SIGCHLD, &d->old_chld, NULL);
	drop_pending(d);
	sigprocmask(SIG_SETMASK, &d->old_mask, NULL);
	waiter_free(d->waiter);
	free(d);
}

const sigset_t *kernel_linux_old_mask(const struct kernel *k)
{
	return &((const struct linux_door *)k->ctx)->old_mask;
}

bool kernel_linux_ignored_sigchld(const struct kernel *k)
{
	return ((const struct linux_door *)k->ctx)->old_chld.sa_handler == SIG_IGN;
}
