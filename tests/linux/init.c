/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program of a Linux system whose initrd the tests make: says that it runs, takes the steps in the file /steps, if
 * there is one, and powers the machine off. A step is a line of words:
 *
 *     mount TYPE SOURCE DIRECTORY      the directory is made
 *     load FILE                        a module of the kernel, compressed or not
 *     show FILE                        its bytes, in hexadecimal
 *     /PROGRAM WORD...                 is run to its end
 *
 * Each is told on the console before it is taken, and its result after: 0, the program's exit status, 128 and the signal that
 * killed it, or minus Linux's number of an error.
 */
#include "tests/linux/calls.h"

enum {
	MAX_STEPS = 16 * 1024, /* bytes of the file */
	MAX_WORDS = 16,
	MAX_SHOWN = 4096,
};

static char steps[MAX_STEPS];

static void say(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	call(CALL_WRITE, 1, (long)text, length, 0, 0);
}

static void say_number(long number)
{
	char digits[24];
	char *at = digits + sizeof(digits) - 1;
	unsigned long left = number < 0 ? -(unsigned long)number : (unsigned long)number;

	*at = '\0';
	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (number < 0)
		*--at = '-';
	say(at);
}

static int is_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* As much of a file as there is room for; the number of bytes, or an error. */
static long read_file(const char *path, void *buffer, long capacity)
{
	long file = call(CALL_OPENAT, AT_CWD, (long)path, 0, 0, 0), size = 0, part;

	if (file < 0)
		return file;
	do {
		part = call(CALL_READ, file, (long)((char *)buffer + size), capacity - size, 0, 0);
		size += part > 0 ? part : 0;
	} while (part > 0 && size < capacity);
	call(CALL_CLOSE, file, 0, 0, 0, 0);
	return part < 0 ? part : size;
}

static long mount(char *const words[])
{
	call(CALL_MKDIRAT, AT_CWD, (long)words[3], 0755, 0, 0);
	return call(CALL_MOUNT, (long)words[2], (long)words[3], (long)words[1], 0, 0);
}

static long load(const char *path)
{
	long file = call(CALL_OPENAT, AT_CWD, (long)path, 0, 0, 0), result;

	if (file < 0)
		return file;
	result = call(CALL_FINIT_MODULE, file, (long)"", MODULE_COMPRESSED, 0, 0);
	call(CALL_CLOSE, file, 0, 0, 0, 0);
	return result;
}

static long show(const char *path)
{
	static unsigned char content[MAX_SHOWN];
	static char text[2 * MAX_SHOWN + 2];
	long size = read_file(path, content, sizeof(content));

	if (size < 0)
		return size;
	for (long i = 0; i < size; i++) {
		text[2 * i] = "0123456789abcdef"[content[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[content[i] & 15];
	}
	text[2 * size] = '\n';
	text[2 * size + 1] = '\0';
	say(text);
	return 0;
}

static long run(char *const words[])
{
	/* Plain text. */
	static const char *const environment[] = {"PATH=/usr/bin",    "LC_ALL=C",         "TERM=dumb", "SYSTEMD_PAGER=",
						  "SYSTEMD_COLORS=0", "SYSTEMD_URLIFY=0", (char *)0};
	long child = call(CALL_CLONE, SIGNAL_CHILD, 0, 0, 0, 0), result;
	int status = 0;

	if (child == 0) {
		result = call(CALL_EXECVE, (long)words[0], (long)words, (long)environment, 0, 0);
		say("probe: cannot be executed\n");
		call(CALL_EXIT, 127, 0, 0, 0, 0);
	}
	if (child < 0)
		return child;
	do {
		result = call(CALL_WAIT4, child, (long)&status, 0, 0, 0);
	} while (result == -ERROR_INTERRUPTED);
	if (result < 0)
		return result;
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

static long take(char *const words[], int count)
{
	if (is_equal(words[0], "mount") && count == 4)
		return mount(words);
	if (is_equal(words[0], "load") && count == 2)
		return load(words[1]);
	if (is_equal(words[0], "show") && count == 2)
		return show(words[1]);
	if (words[0][0] == '/')
		return run(words);
	return -ERROR_INVALID;
}

/* One step: a line without its end, whose blanks become ends of words. */
static void take_line(char *line)
{
	static char *words[MAX_WORDS + 1];
	int count = 0;
	long result;

	say("probe: step ");
	say(line);
	say("\n");
	for (char *at = line; *at && count < MAX_WORDS;) {
		while (*at == ' ')
			*at++ = '\0';
		if (*at)
			words[count++] = at;
		while (*at && *at != ' ')
			at++;
	}
	words[count] = (char *)0;
	result = count ? take(words, count) : 0;
	say("probe: result ");
	say_number(result);
	say("\n");
}

_Noreturn void _start(void);

_Noreturn void _start(void)
{
	long size;

	say("probe: init runs\n");
	size = read_file("/steps", steps, sizeof(steps) - 1);
	/* What the kernel says of no more than its modules would come between. */
	if (size > 0)
		call(CALL_SYSLOG, SYSLOG_CONSOLE_LEVEL, 0, LEVEL_WARNING, 0, 0);
	for (long at = 0, begin = 0; at < size; at++) {
		if (steps[at] != '\n')
			continue;
		steps[at] = '\0';
		take_line(steps + begin);
		begin = at + 1;
	}
	/* The console is slower than we are, and what it has not sent would be lost. */
	call(CALL_IOCTL, 1, TERMINAL_DRAIN, 1, 0, 0);
	call(CALL_SYNC, 0, 0, 0, 0, 0);
	call(CALL_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0);
	for (;;)
		;
}
