// SPDX-License-Identifier: MIT
// make_one() creates a thread that runs a lambda.
#include <thread>

static volatile int sum;

__attribute__((noinline)) static void make_one(int n)
{
	std::thread([n] { sum = sum + n; }).join();
}

int main()
{
	make_one(42);
	make_one(43);
}
