/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's system calls, as far as init.c makes them. */
#ifndef TESTS_LINUX_CALLS_H
#define TESTS_LINUX_CALLS_H

enum { REBOOT_MAGIC1 = 0xfee1dead, REBOOT_MAGIC2 = 672274793, REBOOT_POWER_OFF = 0x4321fedc };

enum {
	AT_CWD = -100,
	SIGNAL_CHILD = 17,
	MODULE_COMPRESSED = 4,    /* the kernel unpacks it */
	SYSLOG_CONSOLE_LEVEL = 8, /* only more urgent messages than the level go to the console */
	LEVEL_WARNING = 4,
	TERMINAL_DRAIN = 0x5409, /* with an argument that is not 0: tcdrain() */
	ERROR_INTERRUPTED = 4,
	ERROR_INVALID = 22,
};

#if defined(__x86_64__)

enum {
	CALL_READ = 0,
	CALL_WRITE = 1,
	CALL_CLOSE = 3,
	CALL_IOCTL = 16,
	CALL_CLONE = 56,
	CALL_EXECVE = 59,
	CALL_EXIT = 60,
	CALL_WAIT4 = 61,
	CALL_SYSLOG = 103,
	CALL_SYNC = 162,
	CALL_MOUNT = 165,
	CALL_REBOOT = 169,
	CALL_OPENAT = 257,
	CALL_MKDIRAT = 258,
	CALL_FINIT_MODULE = 313,
};

static long call(long number, long a, long b, long c, long d, long e)
{
	register long fourth __asm__("r10") = d;
	register long fifth __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
			 : "rcx", "r11", "memory");
	return result;
}

#else

enum {
	CALL_IOCTL = 29,
	CALL_MKDIRAT = 34,
	CALL_MOUNT = 40,
	CALL_OPENAT = 56,
	CALL_CLOSE = 57,
	CALL_READ = 63,
	CALL_WRITE = 64,
	CALL_SYNC = 81,
	CALL_EXIT = 93,
	CALL_SYSLOG = 116,
	CALL_REBOOT = 142,
	CALL_CLONE = 220,
	CALL_EXECVE = 221,
	CALL_WAIT4 = 260,
	CALL_FINIT_MODULE = 273,
};

#if defined(__aarch64__)
#define CALL_REGISTER "x8"
#define ARGUMENT(n)   "x" #n
#define CALL_ENTER    "svc 0"
#else
#define CALL_REGISTER "a7"
#define ARGUMENT(n)   "a" #n
#define CALL_ENTER    "ecall"
#endif

static long call(long number, long a, long b, long c, long d, long e)
{
	register long call_number __asm__(CALL_REGISTER) = number;
	register long first __asm__(ARGUMENT(0)) = a;
	register long second __asm__(ARGUMENT(1)) = b;
	register long third __asm__(ARGUMENT(2)) = c;
	register long fourth __asm__(ARGUMENT(3)) = d;
	register long fifth __asm__(ARGUMENT(4)) = e;

	__asm__ volatile(CALL_ENTER
			 : "+r"(first)
			 : "r"(call_number), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
			 : "memory");
	return first;
}

#endif

#endif
