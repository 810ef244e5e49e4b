/* SPDX-License-Identifier: MIT */
/* make_one() runs a parallel region. */
#include <omp.h>

__attribute__((noinline)) static int make_one(int n)
{
	int sum = 0;

#pragma omp parallel num_threads(3) reduction(+ : sum)
	sum += n + omp_get_thread_num();
	return sum;
}

int main(void)
{
	return make_one(42) != 129;
}
