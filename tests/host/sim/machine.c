/* SPDX-License-Identifier: BSD-2-Clause */
/* What an architecture and the platform supply, for the simulated machine. */
#include "tests/host/sim/machine.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/registers.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "tests/host/sim/sim.h"

struct percpu cpus[CPU_MAX];
uint32_t cpu_count = 1;
struct machine machine;
char boot_stack_guard[4096], boot_stack_top[1];

static _Alignas(2 << 20) uint8_t ram[SIM_RAM_SIZE];
/* The clock, and what the one-shot timer is set for. */
static uint64_t now, timer = UINT64_MAX;

void *sim_memory(uint64_t phys)
{
	return ram + phys;
}

void sim_clear_memory(void)
{
	ASAN_UNPOISON_MEMORY_REGION(ram, sizeof(ram));
	memset(ram, 0, sizeof(ram));
}

/* -- Panics ------------------------------------------------------------------ */

static jmp_buf panic_exit;
static bool panic_expected;
static char panic_message[512];

_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(panic_message, sizeof(panic_message), format, arguments);
	va_end(arguments);
	if (panic_expected)
		longjmp(panic_exit, 1);
	fprintf(stderr, "panic: %s\n", panic_message);
	abort();
}

_Noreturn void panic_trap(const struct trapframe *tf, const char *format, ...)
{
	(void)tf;
	panic("%s", format);
}

const char *sim_panics(void (*function)(void *), void *argument)
{
	const char *volatile message = NULL;

	panic_expected = true;
	if (setjmp(panic_exit) == 0)
		function(argument);
	else
		message = panic_message;
	panic_expected = false;
	return message;
}

/* -- Leaving the kernel ------------------------------------------------------ */

static jmp_buf user_mode;

void sim_leave_kernel(void)
{
	if (setjmp(user_mode) == 0)
		kernel_exit();
}

void sim_trap_syscall(void)
{
	struct percpu *cpu = percpu_get();

	if (setjmp(user_mode) == 0)
		cpu->syscall(cpu->regs);
}

_Noreturn void arch_user_return(struct trapframe *tf)
{
	kassert(percpu_get()->regs == tf && &percpu_get()->current->regs == tf);
	longjmp(user_mode, 1);
}

_Noreturn void arch_restricted_return(struct trapframe *shared)
{
	(void)shared;
	longjmp(user_mode, 1);
}

void cpu_idle(void)
{
	longjmp(user_mode, 1);
}

struct task *sim_current(void)
{
	return percpu_get()->current;
}

void sim_tick(void)
{
	if (timer != UINT64_MAX && timer > now)
		now = timer;
	timer_interrupt();
	sim_leave_kernel();
}

void sim_fault(const struct trap_cause *cause)
{
	trap_exception(percpu_get()->regs, cause);
	sim_leave_kernel();
}

/* -- The rest of an architecture --------------------------------------------- */

void cpu_request(struct percpu *cpu, uint32_t request)
{
	(void)cpu;
	(void)request;
}

void cpu_poll_requests(void) {}

void cpu_take_interrupts(void) {}

void cpu_sync(struct percpu *cpu)
{
	(void)cpu;
}

uint32_t cpu_running_count(void)
{
	return 1;
}

void arch_paging_load(uint64_t kernel_root)
{
	(void)kernel_root;
}

unsigned arch_paging_init(void)
{
	return 2;
}

uint32_t arch_asid_count(void)
{
	return 256;
}

uint64_t arch_vspace_token(uint64_t root, uint16_t asid)
{
	return root | asid;
}

void arch_vspace_leave(void) {}

void arch_tlb_flush_page(uint64_t token, uint64_t virt)
{
	(void)token;
	(void)virt;
}

void arch_tlb_flush_all(void) {}

/* Reads what a real machine would: memory that is not there is found by the sanitizer. */
size_t arch_icache_sync(const void *start, size_t size)
{
	size = size < 65536 ? size : 65536;
	for (size_t i = 0; i < size; i += 4096)
		(void)*((const volatile char *)start + i);
	return size;
}

void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret)
{
	*ret = (struct helion_registers){.pc = tf->pc, .sp = tf->sp};
}

bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers)
{
	if (registers->pc >= ARCH_USER_TOP(4))
		return false;
	tf->pc = registers->pc;
	tf->sp = registers->sp;
	return true;
}

uint64_t arch_timer_now(void)
{
	return now += 1000;
}

void arch_timer_set(uint64_t deadline_ns)
{
	timer = deadline_ns;
}

uint64_t arch_counter_hz(void)
{
	return 1000000;
}

uint32_t arch_irq_count(void)
{
	return SIM_LINES;
}

const char *arch_irq_name(void)
{
	return "no interrupts";
}

bool arch_irq_enable_line(uint32_t line, bool level, bool active_low)
{
	(void)level;
	(void)active_low;
	return line >= SIM_LINES;
}

/* Messages have no mask. */
uint32_t arch_msi_lines(uint32_t *ret_first)
{
	*ret_first = SIM_LINES;
	return SIM_MESSAGES;
}

bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	*ret_address = 0xfee00000 + device;
	*ret_data = line;
	return true;
}

void arch_irq_disable_line(uint32_t line)
{
	(void)line;
}

void arch_irq_forget_line(uint32_t line)
{
	(void)line;
}

void arch_power_off(const struct machine *which, int status)
{
	(void)which;
	(void)status;
}

void arch_reset(const struct machine *which)
{
	(void)which;
}

/* A unit with one register, which is the whole state, and of which one bit does not exist. */
static uint64_t fpu_register;
static bool fpu_is_on;

size_t arch_fpu_size(void)
{
	return SIM_FPU_SIZE;
}

void arch_fpu_reset(void *area)
{
	memset(area, 0, SIM_FPU_SIZE);
}

void arch_fpu_sanitize(void *area)
{
	*(uint64_t *)area &= ~SIM_FPU_RESERVED;
}

void arch_fpu_save(void *area)
{
	kassert(fpu_is_on);
	*(uint64_t *)area = fpu_register;
}

void arch_fpu_load(const void *area)
{
	kassert(fpu_is_on && !(*(const uint64_t *)area & SIM_FPU_RESERVED));
	fpu_register = *(const uint64_t *)area;
}

void arch_fpu_enable(bool on)
{
	fpu_is_on = on;
}

uint64_t *sim_fpu(void)
{
	static const struct trap_cause cause = {.kind = TRAP_FPU, .name = "floating-point unit is off"};

	const struct task *task = sim_current();

	if (!fpu_is_on)
		sim_fault(&cause);
	return sim_current() == task && fpu_is_on ? &fpu_register : NULL;
}

bool arch_has_ports(void)
{
	return true;
}

static uint32_t last_port[65536 + 4];

uint32_t arch_port_in(uint16_t port, unsigned width)
{
	kassert(port + width <= 65536);
	return last_port[port];
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
	kassert(port + width <= 65536);
	last_port[port] = value;
}

/* Two devices, and one that claims to be where there is RAM. */
void machine_resources(const struct machine *which, const struct helion_bootctx *ctx,
		       const struct machine_access *access, machine_resource_fn *fn, void *fn_ctx)
{
	const struct helion_record records[] = {
		{.base = SIM_DEVICE + 0x100, .size = 0x20, .origin = HELION_ORIGIN_ACPI, .name = "device"},
		{.base = 0x60, .size = 5, .flags = HELION_RECORD_PORTS, .origin = HELION_ORIGIN_ACPI, .name = "ports"},
		{.base = 0x500000, .size = 0x1000, .origin = HELION_ORIGIN_ACPI, .name = "liar"},
		{.base = 0xfffffffffffff000, .size = 0xfff, .origin = HELION_ORIGIN_ACPI, .name = "last page"},
		{.base = 1ull << 60, .size = 0x1000, .origin = HELION_ORIGIN_ACPI, .name = "too high"},
	};

	(void)which;
	(void)ctx;
	(void)access;
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		fn(fn_ctx, &records[i]);
}
