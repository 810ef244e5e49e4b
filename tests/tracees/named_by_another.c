/* SPDX-License-Identifier: MIT */
/* Names that no prctl of the task itself tells of: another thread writes them to /proc, a child inherits them. */
#include "oddity.h"

static volatile bool go_on;

static void *waits(void *arg)
{
	while (!go_on)
		sleep_ms(1);
	return arg;
}

static void *makes(void *arg)
{
	(void)waits(arg);
	pthread_join(start(waits, arg), NULL); /* T3 */
	return arg;
}

int main(void)
{
	pthread_t by_parent = start(waits, NULL), maker = start(makes, NULL);

	MUST(pthread_setname_np(by_parent, "by-parent") == 0);
	MUST(pthread_setname_np(maker, "maker") == 0);
	go_on = true;
	pthread_join(by_parent, NULL);
	pthread_join(maker, NULL);
	EXPECT("1 name task=T1 name=by-parent by=null");
	EXPECT("1 name task=T2 name=maker");
	EXPECT("1 name task=T3 name=maker");
	EXPECT("0 name task=T0");
	return 0;
}
