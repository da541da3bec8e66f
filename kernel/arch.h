/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an architecture supplies to the kernel: nothing else of it is visible.
 *
 * Headers in arch/<isa>/include/arch, the same names three times:
 *   cpu.h        inline functions below marked [inline]; enum arch constants
 *   io.h         mmio_read8/16/32/64(const volatile void *), mmio_write8/16/32/64(volatile void *, v):
 *                single accesses, ordered among themselves and before/after normal memory as a driver expects
 *   paging.h     page-table entries (shared with the loader)
 *   trapframe.h  struct trapframe: the complete general register state of a task, and its accessors
 *   elf.h        ARCH_ELF_MACHINE
 *
 * Conventions: the kernel runs with interrupts off except in cpu_idle(); it has
 * one stack per CPU, which is empty whenever user code runs. A trap from user
 * mode saves all registers into percpu->regs (the running task's trapframe),
 * loads percpu->stack and calls one of the trap_*() functions below on that
 * stack; when it returns, the architecture calls kernel_exit(), which never
 * returns and ends in arch_user_return(). A trap from kernel mode pushes a
 * struct trapframe on the current stack, calls the same functions and returns
 * to where it came from.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>
#include <helion/bootctx.h>

#include <arch/cpu.h>
#include <arch/elf.h>
#include <arch/io.h>
#include <arch/paging.h>
#include <arch/trapframe.h>

#include "kernel/percpu.h"
#include "platform/machine.h"

/*
 * <arch/cpu.h>, all [inline]:
 *   struct percpu *percpu_get(void)        this CPU's data; valid after arch_percpu_set()
 *   void arch_percpu_set(struct percpu *)
 *   bool arch_irq_disable(void)            interrupts off; returns whether they were on
 *   void arch_irq_enable(void)
 *   void arch_cpu_relax(void)              hint in a spin loop
 *   void arch_cpu_wait(void)               interrupts are off: waits until one is pending, takes it, returns with
 *                                          interrupts off; an interrupt that arrives just before is not lost
 *   noreturn void arch_cpu_halt(void)      interrupts off, for ever
 *   uint64_t arch_counter(void)            the counter of the boot context's timestamps
 *   void arch_zero_pages(page, size)       fills whole pages of RAM with zeros, at an address of the direct map
 *   void arch_barrier(void)                full memory barrier for all observers, devices included
 *   void arch_vspace_switch(token)         user mappings are those of arch_vspace_token() from now on; without an ASID it
 *                                          forgets all others
 *   ARCH_TLB_BROADCAST                     1 if flushing reaches the TLBs of all CPUs
 *   uint64_t arch_frame_pointer(void)      of the caller, for a backtrace
 *   void arch_cpu_poll(void)               interrupts are off: takes those that are pending
 *
 * <arch/trapframe.h>, all [inline]; the registers are those of <helion/abi.h>:
 *   uint64_t trapframe_syscall(tf), trapframe_cap(tf), trapframe_info(tf), trapframe_word(tf, 0..3)
 *   void trapframe_set_status(tf, int64_t), _set_info(tf, v), _set_word(tf, i, v), _set_badge(tf, v)
 *   uint64_t trapframe_pc(tf), trapframe_sp(tf), trapframe_fp(tf)
 *   bool trapframe_from_user(tf)
 *   void trapframe_set_cap(tf, v)          for a system call that is executed again
 *   void trapframe_restart(tf)             of a system call: it is executed again when the task goes on
 *   void arch_task_leave(tf), arch_task_enter(tf)   registers that a trap leaves alone and that are stored and loaded only
 *                                          when another task runs: TLS bases
 *   void arch_task_switch(from, to)        arch_task_leave(from) and arch_task_enter(to)
 *   void trapframe_init(tf, entry, stack, arg0, arg1, arg2, tls)   all else zero, user mode, interrupts on
 *   void trapframe_set_tls(tf, base)               the TLS base alone (FS base, TPIDR_EL0, tp); saved with the rest
 */

/* -- Start ------------------------------------------------------------------ */

/*
 * The ELF entry (arch/<isa>/kernel/entry.S) switches to the boot CPU's stack
 * (KERNEL_STACK_SIZE bytes in .bss; the page before it, the symbol
 * boot_stack_guard, is left unmapped by the kernel's own page tables; the symbol
 * boot_stack_top is its end), reads the counter, and calls
 *   noreturn void kernel_main(const struct helion_bootctx *ctx, uint64_t entry_counter)
 * ctx as the boot protocol gives it. .bss is zero, relocations are done.
 */

/* First call of kernel_main: per-CPU pointer to `boot`, exception vectors, own descriptor
 * tables, so that an exception prints a panic. No memory may be allocated. */
void arch_init_early(struct percpu *boot);

/* Loads the kernel's own page tables on this CPU. `kernel_root` serves both halves before
 * any task runs (on aarch64 it is the upper one and the lower is emptied). Flushes the TLB. */
void arch_paging_load(uint64_t kernel_root);

/* Once, before the kernel's page tables are made: decides what they are like. The largest leaf level: 1 for 2 MiB, 2 for 1 GiB. */
unsigned arch_paging_init(void);

/* Once on each CPU, its percpu set, own page tables loaded: control registers and features
 * (NX, SMEP, SMAP, UMIP; PAN; counter access for user mode), system-call entry, FPU off. */
void arch_init_cpu(struct percpu *cpu);

/* -- Interrupts and time ---------------------------------------------------- */

/* Finds and resets the interrupt controllers that `machine` names, everything masked.
 * Panics when the machine has none it can drive. */
void arch_irq_init(const struct machine *machine);
/* This CPU's part (local APIC, GIC CPU interface, PLIC context, IMSIC). */
void arch_irq_init_cpu(struct percpu *cpu);
/* Interrupt lines; a line is a global system interrupt, a GIC INTID, or a source of a PLIC or APLIC. */
uint32_t arch_irq_count(void);
/* Routes a line to this CPU. Level or edge, active low or high where the controller can. */
bool arch_irq_enable_line(uint32_t line, bool level, bool active_low);
void arch_irq_disable_line(uint32_t line);
/* A masked line is somebody else's from now on: drops an edge or a message that waits in the controller, where that can be. */
void arch_irq_forget_line(uint32_t line);
/*
 * Messages (MSI, MSI-X). The lines [*ret_first, *ret_first + count) are for messages; count is returned, 0 where the
 * machine has no messages. They may be beyond arch_irq_count(). Enabling and disabling them is allowed to do nothing.
 */
uint32_t arch_msi_lines(uint32_t *ret_first);
/* What the device, enum helion_origin's detail of a PCI function, has to write so that the line fires, once for each write. */
bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data);
/* Name of the controller, for the log: "x2APIC + IO-APIC", "GICv3", "PLIC". */
const char *arch_irq_name(void);

/* Frequency and start of the monotonic clock and this architecture's one-shot timer; before any CPU's timer. */
void arch_timer_init(const struct machine *machine);
void arch_timer_init_cpu(struct percpu *cpu);
/* Nanoseconds since arch_timer_init, the same on all CPUs, never backwards on one. */
uint64_t arch_timer_now(void);
/* One interrupt (timer_interrupt()) at or soon after the deadline; replaces an earlier one. UINT64_MAX: none. */
void arch_timer_set(uint64_t deadline_ns);
/* Ticks per second of arch_counter(), 0 if not known; and the timer's name for the log. */
uint64_t arch_counter_hz(void);
const char *arch_timer_name(void);

/* -- CPUs ------------------------------------------------------------------- */

/* Identity of the running CPU as struct machine_cpu.hwid has it. */
uint64_t arch_cpu_id(const struct helion_bootctx *ctx);
/* Once before any start: trampoline, its identity map. */
void arch_smp_init(const struct machine *machine);
/* Asks firmware or hardware to start `cpu`, whose stack is allocated. It sets itself up (percpu, vectors,
 * kernel page tables) and calls  noreturn void cpu_secondary_main(struct percpu *)  on cpu->stack.
 * True: the request was made. The caller waits for cpu->state with a timeout. */
bool arch_cpu_start(struct percpu *cpu, const struct machine_cpu *desc);
/* Interrupts another CPU, which then calls ipi_interrupt(). Also wakes it from arch_cpu_wait(). */
void arch_ipi_send(struct percpu *cpu);
/* Best effort from a panic: stops every other CPU. */
void arch_cpu_stop_others(void);

/* -- User mode -------------------------------------------------------------- */

/* Restores all registers from tf and enters user mode. percpu->regs is tf. */
_Noreturn void arch_user_return(struct trapframe *tf);
/* Address-space identifiers that the TLB can tell apart, those of all CPUs; 0 and 1: none. The same after arch_paging_load()
 * of the boot CPU. */
uint32_t arch_asid_count(void);
/* What arch_vspace_switch() loads for this root table; asid is unique to the address space while in use, or 0. Never 0. */
uint64_t arch_vspace_token(uint64_t root, uint16_t asid);
/* Leaves user space without any mappings. */
void arch_vspace_leave(void);
/* Drops what this CPU remembers of one page (and of the tables on the way to it) of an address space, or everything that is not
 * global. Where ARCH_TLB_BROADCAST is 1 other CPUs forget it, too. */
void arch_tlb_flush_page(uint64_t token, uint64_t virt);
void arch_tlb_flush_all(void);
/* Makes instructions that were written through another mapping visible to execution: all of them, or the first so many bytes if
 * that takes long. Returns how many. */
size_t arch_icache_sync(const void *start, size_t size);

/* -- Floating point and vectors (kernel/fpu.h) -------------------------------- */

/*
 * The state of one task lies in an area of arch_fpu_size() bytes, aligned to 64,
 * whose layout <arch/fpu.h> shows to programs. The unit is on where an area is
 * saved or loaded.
 */

/* On each CPU, from arch_init_cpu(): enables what all CPUs have, leaves the unit off. */
void arch_fpu_init_cpu(void);
/* 0: the machine has no unit, or one that is not supported. The same on all CPUs after arch_init_cpu() of the first. */
size_t arch_fpu_size(void);
/* Writes the state that a new task finds: registers zero, default rounding, no exception unmasked. Any alignment. */
void arch_fpu_reset(void *area);
/* Makes one that a program wrote one that can be loaded. */
void arch_fpu_sanitize(void *area);
void arch_fpu_save(void *area);
void arch_fpu_load(const void *area);
/* Off: every instruction that uses the registers or their control words traps as TRAP_FPU. */
void arch_fpu_enable(bool on);
/* The registers of a task that is not running, in the form that <arch/registers.h> gives to programs. Writing checks them: false, and
 * nothing is changed, when the task could not run with them; bits that are not a program's are ignored. */
struct helion_registers;
void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret);
bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers);

/* -- Restricted mode (kernel/restricted.h) -------------------------------------- */

/*
 * [inline] in <arch/cpu.h>:
 *   ARCH_RESTRICTED_FRAME       1: interrupts and exceptions of restricted code store into restricted->frame, only system calls into
 *                               the shared registers; 0: everything into the latter
 *   void arch_restricted_stack(struct percpu *cpu, struct trapframe *frame)   where interrupts and exceptions store from now on, if that is a matter apart
 *                               from percpu->regs
 *   void arch_restricted_syscall(struct trapframe *shared)   a system call has stored there: whatever it clobbered besides
 *   bool arch_restricted_tls_enter(struct percpu *cpu, struct trapframe *shared, struct trapframe *own)   the TLS base in the CPU goes to `own`, that
 *                               of the shared registers into the CPU; false, and nothing done: it is none
 *   void arch_restricted_tls_leave(struct percpu *cpu, struct trapframe *shared, const struct trapframe *own)   the other way round
 * and in <arch/trapframe.h>:
 *   void trapframe_jump(tf, entry, stack)   goes on at entry; all other registers zero but the TLS bases
 */

/* Loads all registers from where restricted code's are, of which nothing is to be trusted, and enters user mode. */
_Noreturn void arch_restricted_return(struct trapframe *shared);

/* -- The machine ------------------------------------------------------------ */

/* Ends the run. status 0 is success. Tries what the firmware offers (ACPI S5, PSCI, SBI), and where a test
 * device is there and the boot asked for it (kernel option "exit=qemu"), that first. Returns only if nothing worked. */
void arch_power_off(const struct machine *machine, int status);
void arch_reset(const struct machine *machine);

/* x86 I/O ports; elsewhere arch_has_ports() is false and the others are not called. width: 1, 2, 4 bytes. */
bool arch_has_ports(void);
uint32_t arch_port_in(uint16_t port, unsigned width);
void arch_port_out(uint16_t port, unsigned width, uint32_t value);

/* Console of the firmware below (SBI), for HELION_CONSOLE_SBI; elsewhere does nothing. */
void arch_firmware_putc(char c);

/* Part of `selftest` on the command line: reports of protections of the processor whether they are in force. */
void arch_selftest(void (*report)(const char *what, bool passed));

/* -- Panic ------------------------------------------------------------------ */

/* Prints all registers by calling print(format, ...) once per line. */
void arch_trapframe_print(const struct trapframe *tf, void (*print)(const char *, ...));
/* One step of a frame-pointer walk: from *fp to the caller's; false at the end. Reads memory only by read(address, &value). */
bool arch_backtrace_step(uint64_t *fp, uint64_t *ret_pc, bool (*read)(uint64_t, uint64_t *));

/* == What the architecture calls ============================================ */

extern char boot_stack_guard[], boot_stack_top[];

enum trap_kind {
	TRAP_PAGE_FAULT,
	TRAP_ILLEGAL,
	TRAP_ALIGNMENT,
	TRAP_DIVIDE,
	TRAP_BREAKPOINT,
	TRAP_FPU,
	TRAP_PROTECTION,
	TRAP_MACHINE_CHECK,
	TRAP_OTHER
};

struct trap_cause {
	enum trap_kind kind;
	const char *name; /* the architecture's name, "page fault", "illegal instruction" */
	uint64_t code;    /* raw: vector and error code, ESR, scause */
	uint64_t address; /* of a page fault or alignment fault */
	bool write, exec, present;
};

_Noreturn void kernel_main(const struct helion_bootctx *ctx, uint64_t entry_counter);
_Noreturn void cpu_secondary_main(struct percpu *cpu);
_Noreturn void trap_syscall(struct trapframe *tf);       /* from user mode only, by way of percpu->syscall */
_Noreturn void restricted_syscall(struct trapframe *tf); /* likewise */
void trap_exception(struct trapframe *tf, const struct trap_cause *cause); /* returns only for user mode */
void trap_interrupt(uint32_t line); /* a device line; the architecture does end-of-interrupt afterwards */
void timer_interrupt(void);
void ipi_interrupt(void);
_Noreturn void kernel_exit(void); /* leaves the kernel: runs the next task or idles */

#endif
