// SPDX-License-Identifier: MIT
// make_one() creates a thread that runs a lambda, long enough for who looks on without stopping it.
#include <chrono>
#include <thread>

static volatile int sum;

__attribute__((noinline)) static void make_one(int n)
{
	std::thread([n] {
		sum = sum + n;
		std::this_thread::sleep_for(std::chrono::milliseconds(20));
	}).join();
}

int main()
{
	make_one(42);
	make_one(43);
}
