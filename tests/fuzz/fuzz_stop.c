/* SPDX-License-Identifier: MIT */
/* Any wait status: it has a kind with a name, or passes as a trap. */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/stop.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stop st;
	int wstatus = 0;

	memcpy(&wstatus, data, size < sizeof(wstatus) ? size : sizeof(wstatus));
	int err = stop_classify(1, wstatus, 2, &st);
	if (st.kind >= STOP_KINDS || strcmp(stop_name(st.kind), "?") == 0 || st.tid != 1 || st.t_ns != 2)
		abort();
	if (err && st.kind != STOP_TRAP)
		abort();
	if (st.kind == STOP_SIGNAL && st.sig == 0 && (wstatus & 0xff00))
		abort();
	return 0;
}
