/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <sys/mman.h>

#include <thrtrace/verdict.h>

/* A privileged, single-threaded process of which everything is known. */
static struct caller_facts caller(uint32_t kernel)
{
	return (struct caller_facts){ .kernel = kernel,
		.audit_arch = AUDIT_ARCH_X86_64,
		.user_end = UINT64_C(0x7ffffffff000),
		.sys_admin = FACT_YES,
		.restore = FACT_YES,
		.nproc_exempt = FACT_NO,
		.pid_ns_init = FACT_NO,
		.pid_children_elsewhere = FACT_NO,
		.time_children_elsewhere = FACT_NO,
		.threads = FACT_NO,
		.sighand_shared = FACT_NO,
		.mm_shared = FACT_NO,
		.fs_shared = FACT_NO,
		.chrooted = FACT_NO,
		.ids_unmapped = FACT_NO,
		.userns_forbidden = FACT_NO,
		.deadline = FACT_NO,
		.seccomp_filter = FACT_NO,
		.pid_ns_dying = FACT_NO,
		.pid_max = 32768 };
}

static struct verdict ask(enum verdict_call call, uint64_t flags, uint64_t sig, const struct caller_facts *who)
{
	struct call_clone c = {
		.flags = flags, .exit_signal = sig, .pidfd = 0x1000, .parent_tid = 0x2000, .args_size = 88
	};
	struct verdict_query q = { .call = call, .clone = &c, .flags = flags, .who = who };
	struct verdict v;

	verdict_of(&v, &q);
	return v;
}

static void expect(struct verdict v, int err, const char *rule)
{
	assert_int_equal(v.err, err);
	if (rule) {
		assert_non_null(v.rule);
		assert_string_equal(v.rule, rule);
		assert_true(v.why[0] != '\0' && v.source && v.source[0]);
	} else {
		assert_null(v.rule);
	}
}

static void every_rule_has_a_source(void **state)
{
	(void)state;
	const char *source, *id;
	int err;
	size_t n = 0;

	for (; (id = verdict_rule_at(n, &err, &source)); n++) {
		assert_true(id[0] && source && source[0]);
		assert_true(err >= 0);
	}
	assert_true(n > 60);
}

/* A struct of more than a page is refused unread; how much that is, the machine says. */
static void the_largest_struct_is_a_page(void **state)
{
	static const struct {
		uint64_t page, size;
		int err;
	} cases[] = { { 0, 4096, 0 }, { 0, 4097, E2BIG }, { 0x10000, 4097, 0 }, { 0x10000, 0x10001, E2BIG } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct caller_facts who = caller(LINUX(6, 18, 0));
		struct call_clone c = { .exit_signal = 17, .args_size = cases[i].size };
		struct verdict_query q = { .call = VC_CLONE3, .clone = &c, .who = &who };
		struct verdict v;
		who.page_bytes = cases[i].page;
		verdict_of(&v, &q);
		expect(v, cases[i].err, cases[i].err ? "clone3-size-page" : NULL);
	}
}

static void words_are_judged_in_the_kernels_order(void **state)
{
	(void)state;
	static const struct {
		enum verdict_call call;
		uint64_t flags, sig;
		int err;
		const char *rule;
	} cases[] = {
		{ VC_CLONE, 0x3d0f00, 0, 0, NULL },
		{ VC_CLONE3, 0x3d0f00, 0, 0, NULL },
		{ VC_CLONE, 0x7d0f00, 0, 0, NULL },
		{ VC_CLONE3, 0x7d0f00, 0, EINVAL, "clone3-detached" },
		{ VC_CLONE, 0x10100, 0, EINVAL, "thread-needs-sighand" },
		{ VC_CLONE, 0x10800, 0, EINVAL, "sighand-needs-vm" },
		{ VC_CLONE, 0x20200, 17, EINVAL, "newns-fs" },
		{ VC_CLONE, 0x101000, 17, EINVAL, "pidfd-parent-tid-same" },
		{ VC_CLONE3, 0x101000, 17, 0, NULL },
		{ VC_CLONE3, 0x10900, 17, EINVAL, "thread-exit-signal" },
		{ VC_CLONE, 0x10900, 17, 0, NULL },
		{ VC_CLONE3, UINT64_C(1) << 50, 0, EINVAL, "unknown-flag" },
		{ VC_CLONE, UINT64_C(1) << 50, 0, 0, NULL },
		{ VC_CLONE3, CLONE_SIGHAND_ | CLONE_VM_ | CLONE_CLEAR_SIGHAND_, 0, EINVAL, "sighand-vs-clear" },
		{ VC_CLONE, CLONE_NEWIPC_ | CLONE_SYSVSEM_, 17, EINVAL, "newipc-sysvsem" },
		{ VC_CLONE, 0, 200, 0, NULL },
		{ VC_CLONE3, 0, 200, EINVAL, "exit-signal-range" },
		{ VC_UNSHARE, CLONE_VFORK_, 0, EINVAL, "unshare-flag" },
		{ VC_UNSHARE, CLONE_NEWNS_ | CLONE_NEWIPC_ | CLONE_SYSVSEM_, 0, 0, NULL },
		{ VC_SETNS, CLONE_VM_, 0, EINVAL, "setns-flag" },
	};
	struct caller_facts who = caller(LINUX(6, 18, 44));

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(ask(cases[i].call, cases[i].flags, cases[i].sig, &who), cases[i].err, cases[i].rule);
}

static void privilege_decides_before_newipc_rule(void **state)
{
	(void)state;
	struct caller_facts who = caller(LINUX(6, 18, 0));

	who.sys_admin = FACT_NO;
	expect(ask(VC_CLONE, CLONE_NEWIPC_ | CLONE_SYSVSEM_, 17, &who), EPERM, "ns-capability");
	expect(ask(VC_CLONE, CLONE_NEWIPC_ | CLONE_NEWUSER_, 17, &who), 0, NULL);
	who.sys_admin = FACT_UNKNOWN;
	struct verdict v = ask(VC_CLONE, CLONE_NEWUTS_, 17, &who);
	expect(v, 0, NULL);
	assert_string_equal(v.unless, "ns-capability");
}

static struct verdict ask_desc(bool read, uint32_t entry, uint32_t limit, uint32_t flags)
{
	struct caller_facts who = caller(LINUX(6, 18, 0));
	struct call_clone c = { .flags = CLONE_SETTLS_,
		.exit_signal = 17,
		.tls_desc = true,
		.desc_read = read,
		.desc = { [DESC_ENTRY] = entry, [DESC_LIMIT] = limit, [DESC_FLAGS] = flags } };
	struct verdict_query q = { .call = VC_CLONE, .clone = &c, .flags = c.flags, .who = &who };
	struct verdict v;

	who.audit_arch = AUDIT_ARCH_I386;
	verdict_of(&v, &q);
	return v;
}

static void descriptors_of_32_bit_callers_are_judged_as_the_kernel_does(void **state)
{
	enum { GOOD = 0x51, NOT_32BIT = 0x50, CODE = 0x55, ABSENT = 0x71, EMPTY = 0x28 };
	(void)state;

	expect(ask_desc(true, 12, 0xfffff, GOOD), 0, NULL);
	expect(ask_desc(true, 14, 0, 0), 0, NULL);     /* LDT_zero */
	expect(ask_desc(true, 13, 0, EMPTY), 0, NULL); /* LDT_empty */
	expect(ask_desc(true, 11, 0xfffff, GOOD), EINVAL, "settls-desc-bad");
	expect(ask_desc(true, UINT32_MAX, 0xfffff, GOOD), EINVAL, "settls-desc-bad");
	expect(ask_desc(true, 12, 0xfffff, NOT_32BIT), EINVAL, "settls-desc-bad");
	expect(ask_desc(true, 12, 0xfffff, CODE), EINVAL, "settls-desc-bad");
	expect(ask_desc(true, 12, 0xfffff, ABSENT), EINVAL, "settls-desc-bad");
	expect(ask_desc(false, 0, 0, 0), EFAULT, "settls-desc-unreadable");
}

static void answers_follow_the_kernel_version(void **state)
{
	(void)state;
	static const struct {
		uint32_t kernel;
		enum verdict_call call;
		uint64_t flags, sig;
		int err;
		const char *rule;
	} cases[] = {
		{ LINUX(5, 2, 0), VC_CLONE3, 0, 17, ENOSYS, "clone3-missing" },
		{ LINUX(5, 4, 0), VC_CLONE3, CLONE_CLEAR_SIGHAND_, 0, EINVAL, "unknown-flag" },
		{ LINUX(6, 0, 0), VC_CLONE3, CLONE_NEWTIME_, 0, EINVAL, "clone3-newtime-old" },
		{ LINUX(6, 1, 0), VC_CLONE3, CLONE_NEWTIME_, 0, 0, NULL }, /* it may be any of 6.1 */
		{ LINUX(6, 1, 19), VC_CLONE3, CLONE_NEWTIME_, 0, EINVAL, "clone3-newtime-old" },
		{ LINUX(6, 1, 20), VC_CLONE3, CLONE_NEWTIME_ | CLONE_VM_, 0, 0, NULL },
		{ LINUX(5, 10, 223), VC_CLONE3, CLONE_NEWTIME_, 0, 0, NULL },
		{ LINUX(6, 3, 0), VC_CLONE3, CLONE_NEWTIME_ | CLONE_VM_, 0, 0, NULL },
		{ LINUX(6, 8, 0), VC_CLONE, CLONE_PIDFD_ | 0x10900, 0, EINVAL, "pidfd-thread-old" },
		{ LINUX(6, 9, 0), VC_CLONE, CLONE_PIDFD_ | 0x10900, 0, 0, NULL },
		{ LINUX(6, 18, 0), VC_CLONE3, CLONE_AUTOREAP_, 0, EINVAL, "unknown-flag" },
		{ LINUX(7, 1, 0), VC_CLONE3, CLONE_AUTOREAP_, 0, 0, NULL },
		{ LINUX(7, 1, 0), VC_CLONE3, CLONE_AUTOREAP_, 17, EINVAL, "autoreap-exit-signal" },
		{ LINUX(7, 1, 0), VC_CLONE3, CLONE_PIDFD_AUTOKILL_, 0, EINVAL, "autokill-needs" },
		{ LINUX(7, 1, 0), VC_CLONE, 0, 200, EINVAL, "exit-signal-invalid" },
		{ LINUX(7, 1, 0), VC_CLONE3, 0, 65, EINVAL, "exit-signal-invalid" },
		{ LINUX(6, 18, 0), VC_UNSHARE, UNSHARE_EMPTY_MNTNS_, 0, EINVAL, "unshare-flag" },
		{ LINUX(7, 1, 0), VC_UNSHARE, UNSHARE_EMPTY_MNTNS_, 0, 0, NULL },
		{ LINUX(5, 7, 0), VC_SETNS, CLONE_NEWNET_ | CLONE_NEWUTS_, 0, EINVAL, "setns-several" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct caller_facts who = caller(cases[i].kernel);
		expect(ask(cases[i].call, cases[i].flags, cases[i].sig, &who), cases[i].err, cases[i].rule);
	}
}

static void unknown_version_is_named_with_the_flag(void **state)
{
	(void)state;
	struct caller_facts who = caller(LINUX(6, 18, 44));
	struct verdict v = ask(VC_CLONE3, CLONE_NNP_, 0, &who);

	assert_string_equal(v.why, "CLONE_NNP came with Linux 7.1; this kernel is 6.18.44.");
}

/* ---- after a failure ---- */

static struct limit *put_limit(
	struct failure_facts *f, enum limit_id id, uint64_t current, uint64_t max, const char *scope)
{
	struct limit *l = &f->limits[f->n_limits++];

	*l = (struct limit){ .id = id, .current = current, .max = max, .current_known = true, .max_known = true };
	snprintf(l->scope, sizeof(l->scope), "%s", scope);
	return l;
}

static struct verdict judge(
	struct failure_facts *f, enum verdict_call call, uint64_t flags, const struct argument_facts *args, int err)
{
	struct call_clone c = { .flags = flags, .args_size = 88, .exit_signal = flags & CLONE_THREAD_ ? 0 : 17 };
	struct verdict_query q = {
		.call = call, .clone = &c, .flags = flags, .who = &f->who, .limits = f, .err = err, .args = args
	};
	struct verdict v;

	verdict_of(&v, &q);
	return v;
}

static struct verdict post_mortem(struct failure_facts *f, enum verdict_call call, uint64_t flags, int err)
{
	struct argument_facts args = { .bytes = 8 << 20, .writable = FACT_NO };

	return judge(f, call, flags, &args, err);
}

static struct failure_facts plenty(void)
{
	struct failure_facts f = { .who = caller(LINUX(6, 18, 0)), .overcommit = 0 };

	put_limit(&f, LIMIT_NPROC, 340, 4096, "uid 1000");
	put_limit(&f, LIMIT_THREADS_MAX, 412, 192730, "machine");
	put_limit(&f, LIMIT_PID_MAX, 412, 32768, "");
	put_limit(&f, LIMIT_PIDS_CGROUP, 40, 512, "cgroup /app.slice");
	put_limit(&f, LIMIT_PIDS_CGROUP, 40, LIMIT_NONE, "cgroup /");
	return f;
}

static void eagain_names_the_limit_with_its_numbers(void **state)
{
	(void)state;
	static const struct {
		size_t limit;
		const char *rule;
	} cases[] = { { 0, "rlimit-nproc" }, { 1, "threads-max" }, { 2, "pid-max" }, { 3, "pids-max" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct failure_facts f = plenty();
		f.limits[cases[i].limit].current = f.limits[cases[i].limit].max;
		struct verdict v = post_mortem(&f, VC_CLONE3, 0x3d0f00, EAGAIN);
		expect(v, EAGAIN, cases[i].rule);
		assert_true(v.certain);
		for (size_t j = 0; j < f.n_limits; j++)
			assert_int_equal(f.limits[j].hit, j == cases[i].limit);
	}
	struct failure_facts f = plenty();
	f.limits[3].current = 512;
	struct verdict v = post_mortem(&f, VC_FORK, 0, EAGAIN);
	assert_string_equal(v.why, "pids.max (cgroup /app.slice) 512 of 512: the limit is reached.");
	struct outbuf out;
	outbuf_init(&out, 4096);
	other_limits_format(&out, &f);
	assert_string_equal(outbuf_str(&out),
		"The other limits: RLIMIT_NPROC (uid 1000) 340 of 4096, "
		"kernel.threads-max (machine) 412 of 192730, kernel.pid_max 412 of 32768.");
	outbuf_release(&out);
}

static void grown_counter_proves_the_cgroup(void **state)
{
	(void)state;
	struct failure_facts f = plenty();

	f.limits[0].current = 4096; /* reached as well, yet the cgroup is asked last */
	f.limits[3].refused_now = FACT_YES;
	struct verdict v = post_mortem(&f, VC_CLONE, 0x3d0f00, EAGAIN);
	expect(v, EAGAIN, "pids-max");
	assert_true(v.certain);
}

static void near_limit_is_called_likely(void **state)
{
	(void)state;
	struct failure_facts f = plenty();

	f.limits[0].current = 4094;
	struct verdict v = post_mortem(&f, VC_CLONE, 0x3d0f00, EAGAIN);
	expect(v, EAGAIN, "rlimit-nproc");
	assert_false(v.certain);
	f.who.nproc_exempt = FACT_YES;
	assert_string_not_equal(post_mortem(&f, VC_CLONE, 0x3d0f00, EAGAIN).rule, "rlimit-nproc");
}

static void unexplained_errno_is_not_explained(void **state)
{
	(void)state;
	struct failure_facts f = plenty();
	struct verdict v = post_mortem(&f, VC_CLONE, 0, EXDEV);

	assert_string_equal(v.rule, "unknown");
	assert_false(v.certain);
	assert_non_null(strstr(v.why, "EXDEV"));
}

static void filters_are_told_from_rules(void **state)
{
	(void)state;
	struct failure_facts f = plenty();

	f.who.seccomp_filter = FACT_YES;
	expect(post_mortem(&f, VC_CLONE3, 0x3d0f00, EPERM), EPERM, "seccomp");
	expect(post_mortem(&f, VC_CLONE3, 0x3d0f00, ENOSYS), ENOSYS, "seccomp-enosys");
	f.who.sys_admin = FACT_NO;
	expect(post_mortem(&f, VC_CLONE3, CLONE_NEWNET_, EPERM), EPERM, "ns-capability");
	f.who.seccomp_filter = FACT_NO;
	expect(post_mortem(&f, VC_CLONE3, 0x3d0f00, EPERM), EPERM, "lsm");
}

static void memory_limits_are_told_apart(void **state)
{
	(void)state;
	struct failure_facts f = { .who = caller(LINUX(6, 18, 0)) };
	struct limit *as = put_limit(&f, LIMIT_AS, 60 << 20, 64 << 20, "");
	struct limit *maps = put_limit(&f, LIMIT_MAP_COUNT, 100, 65530, "");

	as->needs_memory = true;
	struct verdict v = post_mortem(&f, VC_MMAP, 0, ENOMEM);
	expect(v, ENOMEM, "mmap-rlimit-as");
	assert_string_equal(
		v.why, "RLIMIT_AS 61440 KiB of 65536 KiB: the call asks for 8192 KiB more, which passes the limit.");
	as->max = LIMIT_NONE;
	maps->current = 65530;
	expect(post_mortem(&f, VC_MPROTECT, 0, ENOMEM), ENOMEM, "mprotect-map-count");
	maps->current = 100;
	expect(post_mortem(&f, VC_MMAP, 0, ENOMEM), ENOMEM, "memory-map");
}

/* What is known of the descriptor decides which of several rules of one errno it was. */
static void setns_is_judged_by_what_its_descriptor_is(void **state)
{
	static const struct {
		struct fd_facts fd;
		uint64_t flags;
		int err;
		const char *rule;
	} cases[] = {
		{ { .open = FACT_NO }, 0, EBADF, "setns-descriptor" },
		{ { .open = FACT_YES, .flags = O_PATH }, 0, EBADF, "setns-descriptor" },
		{ { .open = FACT_YES, .is_namespace = FACT_NO, .pidfd = FACT_NO }, 0, EINVAL, "setns-no-namespace" },
		{ { .is_namespace = FACT_YES, .pidfd = FACT_NO, .kind = CLONE_NEWUTS_, .own = FACT_YES }, CLONE_NEWNS_,
			EINVAL, "setns-kind" },
		{ { .is_namespace = FACT_NO, .pidfd = FACT_YES }, 0, EINVAL, "setns-pidfd-flags" },
		{ { .is_namespace = FACT_YES, .pidfd = FACT_NO, .kind = CLONE_NEWUSER_, .own = FACT_YES }, 0, EINVAL,
			"setns-own-user" },
		{ { .is_namespace = FACT_YES, .pidfd = FACT_NO, .kind = CLONE_NEWUTS_, .own = FACT_NO }, 0, EPERM,
			"setns-capability" },
	};
	struct failure_facts f = plenty();
	(void)state;

	f.who.sys_admin = FACT_NO;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct argument_facts args = { .fd = cases[i].fd };
		struct verdict v = judge(&f, VC_SETNS, cases[i].flags, &args, cases[i].err);
		expect(v, cases[i].err, cases[i].rule);
		assert_true(v.certain);
	}
	/* Nothing is known of it: what may be is no more than likely. */
	struct argument_facts none = { .fd = { .open = FACT_UNKNOWN } };
	f.who.fs_shared = FACT_UNKNOWN;
	assert_false(judge(&f, VC_SETNS, CLONE_NEWNS_, &none, EINVAL).certain);
	/* With the capability it is another user namespace that it lacks it in: likely. */
	f.who.sys_admin = FACT_YES;
	struct verdict v = judge(&f, VC_SETNS, CLONE_NEWUTS_, &none, EPERM);
	expect(v, EPERM, "setns-capability");
	assert_false(v.certain);
}

static void mappings_are_judged_by_their_arguments(void **state)
{
	enum { ANON = MAP_PRIVATE | MAP_ANONYMOUS };
	static const struct {
		enum verdict_call call;
		uint64_t bytes;
		struct map_args map;
		struct fd_facts fd;
		enum fact unmapped;
		int err;
		const char *rule;
	} cases[] = {
		{ VC_MMAP, 4096, { true, 0, 0, ANON, 1 }, { 0 }, 0, EINVAL, "mmap-offset" },
		{ VC_MMAP, 4096, { true, 0, 0, MAP_ANONYMOUS, 0 }, { 0 }, 0, EINVAL, "mmap-type" },
		{ VC_MMAP, 0, { true, 0, 0, ANON, 0 }, { 0 }, 0, EINVAL, "mmap-length" },
		{ VC_MMAP, 4096, { true, 1, 0, ANON | MAP_FIXED, 0 }, { 0 }, 0, EINVAL, "mmap-place" },
		{ VC_MMAP, 4096, { true, 0, 0, MAP_PRIVATE, 0 }, { .open = FACT_NO }, 0, EBADF, "mmap-descriptor" },
		{ VC_MMAP, 4096, { true, 0, PROT_READ, MAP_PRIVATE, 0 }, { .open = FACT_YES, .flags = O_WRONLY }, 0,
			EACCES, "mmap-access" },
		{ VC_MMAP, 4096, { true, 0, PROT_WRITE, MAP_SHARED, 0 }, { .open = FACT_YES, .flags = O_RDONLY }, 0,
			EACCES, "mmap-access" },
		{ VC_MMAP, 4096, { true, 0, 0, ANON | MAP_FIXED_NOREPLACE, 0 }, { 0 }, 0, EEXIST, "mmap-exists" },
		{ VC_MPROTECT, 4096, { true, 1, 0, 0, 0 }, { 0 }, 0, EINVAL, "mprotect-place" },
		{ VC_MPROTECT, 4096, { true, 0x1000, 0, 0, 0 }, { 0 }, FACT_YES, ENOMEM, "mprotect-unmapped" },
	};
	struct failure_facts f = plenty();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct argument_facts args = {
			.bytes = cases[i].bytes, .map = cases[i].map, .fd = cases[i].fd, .unmapped = cases[i].unmapped
		};
		struct verdict v = judge(&f, cases[i].call, 0, &args, cases[i].err);
		expect(v, cases[i].err, cases[i].rule);
		assert_true(v.certain);
	}
	/* An address below what a sysctl allows, which nobody has read. */
	struct argument_facts low = { .bytes = 4096, .map = { true, 4096, 0, ANON | MAP_FIXED, 0 } };
	struct verdict v = judge(&f, VC_MMAP, 0, &low, EPERM);
	expect(v, EPERM, "mmap-low");
	assert_false(v.certain);
}

static void scheduling_is_judged_by_policy_and_limit(void **state)
{
	static const struct {
		uint32_t policy;
		int32_t priority;
		int err;
		const char *rule;
	} cases[] = {
		{ 1, 0, EINVAL, "sched-priority" },
		{ 0, 5, EINVAL, "sched-priority" },
		{ 2, 100, EINVAL, "sched-priority" },
		{ 77, 0, EINVAL, "sched-policy" },
		{ 1, 50, EPERM, "sched-rtprio" },
		{ 6, 0, EPERM, "sched-deadline-capability" },
	};
	struct failure_facts f = { .who = caller(LINUX(6, 18, 0)) };
	(void)state;

	f.who.sys_nice = FACT_NO;
	put_limit(&f, LIMIT_RTPRIO, 0, 10, "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct argument_facts args = { .sched = { true, cases[i].policy, cases[i].priority } };
		struct verdict v = judge(&f, VC_SETSCHEDULER, 0, &args, cases[i].err);
		expect(v, cases[i].err, cases[i].rule);
		assert_true(v.certain);
		if (cases[i].priority == 50)
			assert_string_equal(v.why,
				"RLIMIT_RTPRIO is 10, the priority 50 is asked for, and there is no CAP_SYS_NICE.");
	}
	/* With the capability it is the cgroup, as far as is known. */
	struct argument_facts args = { .sched = { true, 1, 50 } };
	f.who.sys_nice = FACT_YES;
	struct verdict v = judge(&f, VC_SETSCHEDULER, 0, &args, EPERM);
	expect(v, EPERM, "sched-rt-group");
	assert_false(v.certain);
	expect(judge(&f, VC_SETAFFINITY, 0, NULL, EINVAL), EINVAL, "affinity-none");
	expect(judge(&f, VC_SETPRIORITY, 0, NULL, EACCES), EACCES, "nice-limit");
}

/* A cgroup's name is a directory's: any bytes. */
static void a_limits_scope_is_escaped(void **state)
{
	struct limit l = { .id = LIMIT_PIDS_CGROUP,
		.scope = "cgroup /\033[2J",
		.current = 1,
		.max = 2,
		.current_known = true,
		.max_known = true };
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 10);
	limit_format(&out, &l);
	assert_string_equal(outbuf_str(&out), "pids.max (cgroup /\\33[2J) 1 of 2");
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_struct_is_a_page),
		cmocka_unit_test(every_rule_has_a_source),
		cmocka_unit_test(words_are_judged_in_the_kernels_order),
		cmocka_unit_test(privilege_decides_before_newipc_rule),
		cmocka_unit_test(descriptors_of_32_bit_callers_are_judged_as_the_kernel_does),
		cmocka_unit_test(answers_follow_the_kernel_version),
		cmocka_unit_test(unknown_version_is_named_with_the_flag),
		cmocka_unit_test(eagain_names_the_limit_with_its_numbers),
		cmocka_unit_test(grown_counter_proves_the_cgroup),
		cmocka_unit_test(near_limit_is_called_likely),
		cmocka_unit_test(unexplained_errno_is_not_explained),
		cmocka_unit_test(filters_are_told_from_rules),
		cmocka_unit_test(memory_limits_are_told_apart),
		cmocka_unit_test(a_limits_scope_is_escaped),
		cmocka_unit_test(scheduling_is_judged_by_policy_and_limit),
		cmocka_unit_test(setns_is_judged_by_what_its_descriptor_is),
		cmocka_unit_test(mappings_are_judged_by_their_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
