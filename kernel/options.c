/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/options.h"

#include "lib/string.h"

static const char *cmdline = "";

void options_init(const char *text)
{
	cmdline = text;
}

const char *options_cmdline(void)
{
	return cmdline;
}

/* What follows `name` in the word that begins with it and ends or goes on with '='; NULL when there is none. */
static const char *find_option(const char *name)
{
	size_t length = strlen(name);
	const char *p = cmdline;

	while (*p) {
		while (*p == ' ')
			p++;
		if (strncmp(p, name, length) == 0 && (p[length] == '\0' || p[length] == ' ' || p[length] == '='))
			return p + length;
		while (*p && *p != ' ')
			p++;
	}
	return NULL;
}

bool boot_option(const char *name, const char *value)
{
	const char *rest = find_option(name);
	size_t length;

	if (!rest)
		return false;
	if (!value)
		return *rest != '=';
	if (*rest != '=')
		return false;
	rest++;
	length = strlen(value);
	return strncmp(rest, value, length) == 0 && (rest[length] == '\0' || rest[length] == ' ');
}

bool boot_option_text(const char *name, char *buffer, size_t size)
{
	const char *rest = find_option(name);
	size_t length = 0;

	if (!rest || *rest != '=')
		return false;
	for (rest++; *rest && *rest != ' ' && length < size - 1; rest++)
		buffer[length++] = *rest;
	buffer[length] = '\0';
	return length > 0;
}

uint64_t boot_option_number(const char *name, uint64_t fallback)
{
	const char *rest = find_option(name);
	uint64_t number = 0;

	if (!rest || *rest != '=' || rest[1] < '0' || rest[1] > '9')
		return fallback;
	for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
		if (number > UINT64_MAX / 10 - 1)
			return fallback;
		number = number * 10 + (uint64_t)(*rest - '0');
	}
	return *rest == '\0' || *rest == ' ' ? number : fallback;
}
