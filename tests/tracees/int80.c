/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit program that makes and joins a thread by int $0x80: the numbers and the order of arguments are then i386's,
 * call by call, and all of it lies below 4 GiB.
 */
#include "oddity.h"

#ifdef __x86_64__
enum { I386_CLONE = 120, I386_FUTEX = 240, I386_SET_ROBUST_LIST = 311, I386_EXIT = 1 };

#define FLAGS                                                                                                          \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |      \
		CLONE_CHILD_CLEARTID)

static long int80(long nr, long a, long b, long c, long d, long e)
{
	__asm__ volatile("int $0x80"
			 : "+a"(nr)
			 : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return nr;
}

/* The child has no frame to return to: it ends at once. */
static long clone80(long flags, char *stack, int *tid)
{
	long ret = I386_CLONE;

	__asm__ volatile("int $0x80\n\ttest %%eax, %%eax\n\tjnz 1f\n\tmov $1, %%eax\n\tmov $5, %%ebx\n\tint $0x80\n1:"
			 : "+a"(ret)
			 : "b"(flags), "c"(stack), "d"(tid), "S"(0L), "D"(tid)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
}

static void no_gate(int sig)
{
	(void)sig;
	skip("this kernel lets nobody make 32-bit calls: int $0x80 is a fault");
}

int main(void)
{
	size_t size = 65536;
	char *low = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_STACK, -1, 0);
	int *tid = (int *)(low + size - 64);

	MUST(low != MAP_FAILED);
	signal(SIGSEGV, no_gate);
	long child = clone80(FLAGS, low + size - 128, tid);
	if (child == -ENOSYS)
		skip("this kernel has no 32-bit calls");
	signal(SIGSEGV, SIG_DFL);
	MUST(child > 0);
	while (__atomic_load_n(tid, __ATOMIC_ACQUIRE) != 0)
		int80(I386_FUTEX, (long)tid, 0, child, 0, 0);
	EXPECT("1 birth kind=thread via=clone stack.sp=%p", (void *)(low + size - 128));
	EXPECT("1 birth kind=thread flags~CLONE_CHILD_CLEARTID");
	EXPECT_IF("calls", "1 call name=clone args~%p", (void *)tid);
	EXPECT("1 end task=T1 how=exit status=5");
	return 0;
}
#else
int main(void)
{
	skip("int $0x80 is x86's");
}
#endif
