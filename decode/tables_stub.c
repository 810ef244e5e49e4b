/* SPDX-License-Identifier: MIT */
/* Stand-ins for the readers of tables.h that the explanations need, until decode/tables/ has them. */
#include <thrtrace/tables.h>

#include <string.h>

const char *errno_name(int err)
{
	return strerrorname_np(err);
}

const char *errno_text(int err)
{
	return strerrordesc_np(err);
}

bool signal_format(struct outbuf *out, unsigned sig)
{
	if (sig < 1 || sig > 64)
		return false;
	if (sig >= 32)
		outbuf_printf(out, "SIGRT_%u", sig - 32);
	else
		outbuf_printf(out, "SIG%s", sigabbrev_np((int)sig));
	return true;
}
