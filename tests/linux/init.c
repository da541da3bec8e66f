/* SPDX-License-Identifier: BSD-2-Clause */
/* The only program of a Linux system: says that it runs, and powers the machine off. */

enum { REBOOT_MAGIC1 = 0xfee1dead, REBOOT_MAGIC2 = 672274793, REBOOT_POWER_OFF = 0x4321fedc };

#if defined(__x86_64__)
enum { CALL_WRITE = 1, CALL_REBOOT = 169 };

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}
#else
enum { CALL_WRITE = 64, CALL_REBOOT = 142 };

#if defined(__aarch64__)
#define CALL_REGISTER "x8"
#define ARGUMENT(n)   "x" #n
#define CALL_ENTER    "svc 0"
#else
#define CALL_REGISTER "a7"
#define ARGUMENT(n)   "a" #n
#define CALL_ENTER    "ecall"
#endif

static long call(long number, long a, long b, long c)
{
	register long call_number __asm__(CALL_REGISTER) = number;
	register long first __asm__(ARGUMENT(0)) = a;
	register long second __asm__(ARGUMENT(1)) = b;
	register long third __asm__(ARGUMENT(2)) = c;

	__asm__ volatile(CALL_ENTER : "+r"(first) : "r"(call_number), "r"(second), "r"(third) : "memory");
	return first;
}
#endif

_Noreturn void _start(void);

_Noreturn void _start(void)
{
	static const char text[] = "probe: init runs\n";

	call(CALL_WRITE, 1, (long)text, sizeof(text) - 1);
	call(CALL_REBOOT, (int)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF);
	for (;;)
		;
}
