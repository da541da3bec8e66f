/* SPDX-License-Identifier: BSD-2-Clause */
/* Power off and reset: the firmware (SBI SRST), or the SiFive test device that QEMU's machines have. */
#include "kernel/arch.h"
#include "kernel/options.h"
#include "kernel/vm.h"

#include "riscv.h"
#include "sbi.h"

/* Values of the test device (its binding is "sifive,test0"). */
#define TEST_FAIL  0x3333u /* exit code in the upper half */
#define TEST_PASS  0x5555u
#define TEST_RESET 0x7777u

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

void arch_power_off(const struct machine *machine, int status)
{
	(void)machine;
	if (boot_option("exit", "qemu"))
		test_exit(status);
	sbi_shutdown(status != 0);
	test_exit(status);
}

void arch_reset(const struct machine *machine)
{
	(void)machine;
	sbi_reboot();
	test_write(TEST_RESET);
}
