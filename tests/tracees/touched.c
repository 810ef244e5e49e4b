/* SPDX-License-Identifier: MIT */
/*
 * Two hundred threads that use their stacks in ten ways. Each looks itself, as the last thing that it does, how far
 * down the kernel has pages of it: what is told of its end must be that, and no page more.
 */
#include <alloca.h>
#include <ucontext.h>

#include "oddity.h"
#include "small_stack.h"

#define EACH  20
#define PAGE  ((uintptr_t)sysconf(_SC_PAGESIZE))
#define WORDS 4096 /* pages of the largest stack */
#define SMALL ((size_t)256 << 10)
/* PTHREAD_STACK_MIN as glibc is built */
#ifdef __aarch64__
#define GLIBC_KEEPS ((size_t)131072)
#else
#define GLIBC_KEEPS ((size_t)16384)
#endif

static int pagemap, births;
static uint64_t words[WORDS];

struct place {
	uintptr_t low, high;
};

static struct place own_place(void)
{
	pthread_attr_t attr;
	void *low;
	size_t n;

	MUST(pthread_getattr_np(pthread_self(), &attr) == 0 && pthread_attr_getstack(&attr, &low, &n) == 0);
	pthread_attr_destroy(&attr);
	return (struct place){ (uintptr_t)low, (uintptr_t)low + n };
}

/* Bytes from the lowest page that is there up to the stack's end. */
__attribute__((noinline)) static size_t touched_of(struct place p)
{
	size_t n = (p.high - p.low) / PAGE, i = 0;

	MUST(n <= WORDS && pread(pagemap, words, n * 8, (off_t)(p.low / PAGE * 8)) == (ssize_t)(n * 8));
	while (i < n && !(words[i] >> 62))
		i++;
	return p.high - p.low - i * PAGE;
}

/* The end of the mapping around this address, by the kernel; without malloc, which makes mappings for its arenas. */
static uintptr_t mapping_end(uintptr_t at)
{
	static char text[1 << 20];
	size_t n = 0;
	ssize_t got;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	MUST(got == 0 && n < sizeof(text) - 1 && close(fd) == 0);
	text[n] = '\0';
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		char *rest;
		uintptr_t low = strtoul(line, &rest, 16), high = strtoul(rest + 1, NULL, 16);
		if (at >= low && at < high)
			return high;
	}
	return 0;
}

static void use_the_low_end_of_an_array(void);
static void make_in_fiber(void);

struct job {
	void (*act)(void);
	size_t touched;
	bool goes_on_above; /* the kernel has made one mapping of its stack and of what lies above */
	volatile pid_t tid;
};

static void *run(void *arg)
{
	struct job *job = arg;
	struct place place = own_place();

	job->goes_on_above = mapping_end((uintptr_t)&place) > place.high;
	if (job->act)
		job->act();
	job->touched = touched_of(place);
	job->tid = gettid();
	return NULL;
}

/*
 * What is given back before the end is not known without calls; near the top nothing is. In between it depends on where
 * the last frame lies. Of a stack that the program supplies nothing is told, and one without a guard is taken for that.
 * clone(2) tells no bounds: there the mapping has them, or nobody.
 */
static const char *in_light(const struct job *job, bool guarded, char text[32])
{
	size_t touched = job->touched;

	if (!guarded || (!ENDS_KNOWN && job->goes_on_above && job->act != make_in_fiber))
		snprintf(text, 32, "=null");
	else if (touched <= GLIBC_KEEPS - PAGE && job->act != make_in_fiber)
		snprintf(text, 32, "=%zu", touched);
	else if (touched > GLIBC_KEEPS + 4 * PAGE && job->act != use_the_low_end_of_an_array)
		snprintf(text, 32, "=null");
	else
		snprintf(text, 32, "~");
	return text;
}

/* One more thread, and what is to be told of it. */
static void one(pthread_attr_t *attr, void (*act)(void), bool detached)
{
	struct job job = { .act = act };
	pthread_t t;
	size_t guard = PAGE;
	int label = ++births;
	char text[32];

	MUST(!attr || pthread_attr_getguardsize(attr, &guard) == 0);
	MUST(pthread_create(&t, attr, run, &job) == 0);
	if (detached)
		pthread_detach(t);
	else
		pthread_join(t, NULL);
	wait_gone(wait_tid(&job.tid)); /* its stack can be used again, by the next one */
	EXPECT_IF("calls", "1 end task=T%d stack_touched=%zu", label, job.touched);
	EXPECT_IF("light", "1 end task=T%d stack_touched%s", label, in_light(&job, guard, text));
}

static void sized(size_t size, size_t guard, void (*act)(void))
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	MUST(pthread_attr_setstacksize(&attr, size) == 0 && pthread_attr_setguardsize(&attr, guard) == 0);
	one(&attr, act, false);
	pthread_attr_destroy(&attr);
}

__attribute__((noinline)) static int deep(volatile int n)
{
	volatile char local[512];

	local[n % 512] = 1;
	return n ? deep(n - 1) + local[n % 512] : 0;
}

static void recurse(void)
{
	deep(200);
}

static void recurse_a_little(void)
{
	deep(30);
}

static void use_all_of_an_array(void)
{
	volatile char *array = alloca((size_t)1 << 20);

	for (size_t i = 0; i < (size_t)1 << 20; i += PAGE)
		array[i] = 1;
}

static void use_the_low_end_of_an_array(void)
{
	volatile char *array = alloca((size_t)1 << 20);

	array[0] = 1;
}

static void make_one(void)
{
	one(NULL, NULL, false);
}

__attribute__((noinline)) static int make_one_deep(volatile int n)
{
	volatile char local[512];

	local[n % 512] = 1;
	if (!n)
		make_one();
	return n ? make_one_deep(n - 1) + local[n % 512] : 0;
}

static void make_deep(void)
{
	make_one_deep(100);
}

static void on_signal(int sig)
{
	(void)sig;
	make_one();
}

static void make_in_handler(void)
{
	static char stack[SMALL] __attribute__((aligned(65536)));
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, none = { .ss_flags = SS_DISABLE };

	MUST(sigaltstack(&alt, NULL) == 0);
	raise(SIGUSR1);
	MUST(sigaltstack(&none, NULL) == 0);
}

/* A fiber right below the stack of its thread, which begins where the fiber's ends. */
static char *fiber_low;

static void make_in_fiber(void)
{
	static ucontext_t thread, fiber;

	MUST(getcontext(&fiber) == 0);
	fiber.uc_stack.ss_sp = fiber_low;
	fiber.uc_stack.ss_size = SMALL;
	fiber.uc_link = &thread;
	makecontext(&fiber, make_one, 0);
	MUST(swapcontext(&thread, &fiber) == 0);
}

static void above_a_fiber(void)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *both = mmap(NULL, 2 * SMALL, PROT_NONE, flags | MAP_NORESERVE, -1, 0), *stack = both + SMALL;
	pthread_attr_t attr;

	MUST(both != MAP_FAILED && munmap(both, 2 * SMALL) == 0);
	MUST(mmap(stack, SMALL, prot, flags | MAP_STACK | MAP_FIXED_NOREPLACE, -1, 0) == stack);
	fiber_low = mmap(both, SMALL, prot, flags | MAP_FIXED_NOREPLACE, -1, 0);
	MUST(fiber_low == both);
	pthread_attr_init(&attr);
	MUST(pthread_attr_setstack(&attr, stack, SMALL) == 0);
	one(&attr, make_in_fiber, false);
	pthread_attr_destroy(&attr);
	MUST(munmap(both, 2 * SMALL) == 0);
}

int main(void)
{
	struct sigaction on = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	MUST(pagemap >= 0 && sigaction(SIGUSR1, &on, NULL) == 0);
	for (int i = 0; i < EACH; i++) {
		one(NULL, NULL, false);
		one(NULL, recurse, false);
		one(NULL, NULL, true);
		sized((size_t)8 << 20, PAGE, use_all_of_an_array);
		sized((size_t)4 << 20, PAGE, use_the_low_end_of_an_array);
		sized(SMALL_STACK, PAGE, recurse_a_little);
		sized((size_t)2 << 20, 0, recurse);
		one(NULL, make_deep, false);
		one(NULL, make_in_handler, false);
		above_a_fiber();
	}
	return 0;
}
