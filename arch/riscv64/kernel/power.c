/* SPDX-License-Identifier: BSD-2-Clause */
/* Power off and reset: the firmware (SBI SRST), the SiFive test device of QEMU's "virt"; for tests semihosting. */
#include "kernel/arch.h"
#include "kernel/options.h"
#include "kernel/vm.h"

#include "riscv.h"
#include "sbi.h"

/* Values of the test device (its binding is "sifive,test0"). */
#define TEST_FAIL  0x3333u /* exit code in the upper half */
#define TEST_PASS  0x5555u
#define TEST_RESET 0x7777u

/* RISC-V Semihosting 0.4; the operation and its block are those of Arm's for 64 bits (version 3.0 §6.7). */
#define SYS_EXIT                     0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static volatile void *test_device;

void riscv_power_init(const struct machine *machine)
{
	if (machine->test_device)
		test_device = vm_map_device(machine->test_device, 4);
}

static void test_write(uint32_t value)
{
	if (test_device)
		mmio_write32(test_device, value);
}

static void test_exit(int status)
{
	test_write(status == 0 ? TEST_PASS : TEST_FAIL | (uint32_t)status << 16);
}

/*
 * EBREAK is a call of the debugger between these two instructions only, all three of them 32 bits wide and on one
 * page. Without a debugger or emulator behind it it is a breakpoint: only for who asked for it.
 */
static void semihosting_exit(int status)
{
	const uint64_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint64_t)(int64_t)status};
	register uint64_t a0 __asm__("a0") = SYS_EXIT;
	register const uint64_t *a1 __asm__("a1") = block;

	__asm__ volatile(".option push\n"
			 ".option norvc\n"
			 ".balign 16\n"
			 "slli zero, zero, 0x1f\n"
			 "ebreak\n"
			 "srai zero, zero, 7\n"
			 ".option pop\n"
			 : "+r"(a0)
			 : "r"(a1)
			 : "memory");
}

void arch_power_off(const struct machine *machine, int status)
{
	(void)machine;
	if (boot_option("exit", "qemu")) {
		if (test_device)
			test_exit(status);
		else
			semihosting_exit(status);
	}
	sbi_shutdown(status != 0);
	test_exit(status);
}

void arch_reset(const struct machine *machine)
{
	(void)machine;
	sbi_reboot();
	test_write(TEST_RESET);
}
