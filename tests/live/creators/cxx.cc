// SPDX-License-Identifier: MIT
// make_one() creates threads that run run_one(), directly and in a lambda.
#include <thread>

static volatile int sum;

__attribute__((noinline)) static void run_one(int n)
{
	sum = sum + n;
}

__attribute__((noinline)) static void make_one(int n)
{
	std::thread(run_one, n).join();
}

int main()
{
	make_one(42);
	make_one(43);
}
