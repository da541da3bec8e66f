/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/init.h"

#include <stdarg.h>

#include "user/lib/console.h"
#include "user/lib/syscall.h"

static const char *step = "";
static unsigned failures, failures_before;

void check_begin(const char *name)
{
	step = name;
	failures_before = failures;
}

bool check_end(void)
{
	bool ok = failures == failures_before;

	if (ok)
		printf("init: %s: ok\n", step);
	return ok;
}

bool check(bool ok, const char *format, ...)
{
	va_list arguments;

	if (ok)
		return true;
	failures++;
	printf("init: FAILED: %s: ", step);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	return false;
}

bool check_call(int error, const char *what)
{
	return check(error >= 0, "%s: %s", what, helion_strerror(error));
}

bool check_error(int error, int expected, const char *what)
{
	return check(error == -expected, "%s: gave %s, not %s", what, helion_error_name(error),
		     helion_error_name(expected));
}

unsigned check_failures(void)
{
	return failures;
}
