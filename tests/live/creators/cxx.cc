// SPDX-License-Identifier: MIT
// make_one() creates threads that run run_one(), long enough for who looks on without stopping them.
#include <chrono>
#include <thread>

static volatile int sum;

__attribute__((noinline)) static void run_one(int n)
{
	sum = sum + n;
	std::this_thread::sleep_for(std::chrono::milliseconds(20));
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
