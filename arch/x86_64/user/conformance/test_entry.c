/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program can do to the entries into the kernel and the ways out of it, on x86_64: addresses that are not canonical, flags,
 * segment bases, privileged instructions.
 */
#include "user/conformance/entry.h"

#define FLAG_TF (1ull << 8)
#define FLAG_DF (1ull << 10)
#define FLAG_AC (1ull << 18)
#define FLAG_ID (1ull << 21)
/* CF, PF, AF, ZF, SF, TF, DF, OF, AC, ID; IF and the one that is always set. */
#define FLAGS_USER  0x240dd5ull
#define FLAGS_FIXED 0x202ull

/* -- Addresses ---------------------------------------------------------------------- */

TEST(entry, bases_of_nobody)
{
	struct helion_registers registers, bad;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	for (unsigned i = 0; entry_bad_address(i); i++) {
		bad = registers;
		bad.fs_base = entry_bad_address(i);
		CHECK_ERROR(helion_task_write_registers(partner.task, &bad), HELION_ERR_ARGUMENT);
		bad = registers;
		bad.gs_base = entry_bad_address(i);
		CHECK_ERROR(helion_task_write_registers(partner.task, &bad), HELION_ERR_ARGUMENT);
	}
	entry_go_on(&partner);
}

/* The last instruction of user space would be a system call that returns to what is not canonical. */
TEST(entry, a_system_call_at_the_end_of_user_space)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE), top = entry_user_top();
	uint64_t last = top - 2 * HELION_PAGE_SIZE, vspace = make(HELION_TYPE_VSPACE);
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), task = make(HELION_TYPE_TASK);
	char *page = map(pages, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE);
	struct helion_registers registers;
	struct helion_message message;

	CHECK_ERROR(helion_vspace_map(vspace, pages, top - HELION_PAGE_SIZE, 0, HELION_PAGE_SIZE,
				      HELION_MAP_READ | HELION_MAP_EXEC),
		    HELION_ERR_ARGUMENT);
	memcpy(page + HELION_PAGE_SIZE - 2, "\x0f\x05", 2);
	CHECK_CALL(helion_vspace_map(vspace, pages, last, 0, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_EXEC));
	CHECK_CALL(helion_task_configure(task, world.cspace, vspace, make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE)));
	CHECK_CALL(helion_task_set_fault(task, endpoint));
	/* Its first argument, the capability's slot, is 0; rax, the number, as well: no system call has that. */
	CHECK_CALL(helion_task_start(task, last + HELION_PAGE_SIZE - 2, 0, 0, 0));
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_EQUAL(message.words[0], PAGE_FAULT);
	CHECK_EQUAL(message.words[1], top - HELION_PAGE_SIZE);
	CHECK_EQUAL(message.words[2], top - HELION_PAGE_SIZE);
	CHECK_CALL(helion_task_read_registers(task, &registers));
	CHECK_EQUAL(registers.rdi, -(uint64_t)HELION_ERR_SYSCALL);
	/* Where its fault is answered with other registers, they are checked as well. */
	registers.rip = top;
	CHECK_ERROR(helion_task_write_registers(task, &registers), HELION_ERR_ARGUMENT);
}

TEST(entry, restricted_code_at_addresses_of_nobody)
{
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	for (unsigned i = 0; entry_bad_address(i); i++) {
		host_load(&host, (const void *)(uintptr_t)entry_bad_address(i), 0);
		host_run(&host, HELION_RESTRICTED_EXCEPTION);
		CHECK_EQUAL(host.shared->fault.kind, PAGE_FAULT);
		CHECK_EQUAL(host.shared->fault.address, 0);
		host_load(&host, arch_foreign_syscall, 0);
		host.shared->registers.rsp = entry_bad_address(i);
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.rsp, entry_bad_address(i));
		host_load(&host, arch_foreign_syscall, 0);
		host.shared->registers.fs_base = entry_bad_address(i);
		CHECK_ERROR((int)helion_task_enter_restricted(world.task), HELION_ERR_ARGUMENT);
	}
}

/* -- Flags ---------------------------------------------------------------------------- */

/* Whatever is written, only a program's own flags are taken. */
TEST(entry, flags_that_are_not_a_programs)
{
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	registers.rflags = ~FLAG_TF;
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	CHECK_EQUAL(registers.rflags, FLAGS_USER & ~FLAG_TF);
	entry_go_on(&partner);
}

TEST(entry, flags_of_restricted_code)
{
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (1ull << bit == FLAG_TF)
			continue;
		host_load(&host, arch_foreign_syscall, 0);
		host.shared->registers.rflags = 1ull << bit;
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.rflags, (1ull << bit & FLAGS_USER) | FLAGS_FIXED);
	}
}

/* Sets flags, makes a system call that fails, and stores the flags as they are then. */
static uint64_t system_call_with(uint64_t flags)
{
	uint64_t number = 0, cap = 0, after;

	__asm__ volatile("pushq	%[flags]\n\t"
			 "popfq\n\t"
			 "syscall\n\t"
			 "pushfq\n\t"
			 "popq	%[after]\n\t"
			 "pushq	$0x202\n\t"
			 "popfq"
			 : [after] "=r"(after), "+a"(number), "+D"(cap)
			 : [flags] "r"(flags)
			 : "rcx", "r11", "rsi", "rdx", "r8", "r9", "r10", "memory", "cc");
	CHECK_EQUAL(cap, -(uint64_t)HELION_ERR_SYSCALL);
	return after;
}

TEST(entry, flags_at_a_system_call)
{
	for (unsigned bit = 0; bit < 22; bit++) {
		if (1ull << bit == FLAG_TF)
			continue;
		/* NT as well: it is a program's, where it has set it itself. POPF leaves IOPL alone. */
		uint64_t flags = (1ull << bit & (FLAGS_USER | 1ull << 14)) | FLAGS_FIXED;

		CHECK_EQUAL(system_call_with(1ull << bit | FLAGS_FIXED), flags);
	}
}

/* The kernel copies with string instructions, which would run backwards. */
TEST(entry, a_message_with_the_direction_flag)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION);
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	registers.rflags |= FLAG_DF;
	/* From an interrupt, and from an exception. */
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	entry_go_on(&partner);
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	CHECK(registers.rflags & FLAG_DF);
	/* Objects are zeroed when they are made; that is done right. */
	__asm__ volatile("std" : : : "memory", "cc");
	int error = helion_signal(notification);
	__asm__ volatile("cld" : : : "memory", "cc");
	CHECK_CALL(error);
}

static void unaligned(struct partner *partner)
{
	char *at = (char *)partner->buffer + 1;

	partner->a = 1;
	__asm__ volatile("pushfq\n\t"
			 "orq	$0x40000, (%%rsp)\n\t"
			 "popfq\n\t"
			 "movq	(%0), %%rax"
			 :
			 : "r"(at)
			 : "rax", "memory", "cc");
	partner->b = 1;
}

TEST(entry, an_unaligned_access_with_the_alignment_flag)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, unaligned);
	EVENTUALLY(partner_state(&partner) == HELION_TASK_FAULTED ||
		   __atomic_load_n(&partner.finished, __ATOMIC_SEQ_CST));
	if (partner.b == 1)
		test_skip("no alignment checks, as in QEMU's emulation");
	CHECK_CALL(helion_task_info(partner.task, &info));
	CHECK_EQUAL(info.fault, ENTRY_ALIGNMENT);
	CHECK_EQUAL(partner.b, 0);
}

/* With SMAP this flag lets the kernel at user memory; an interrupt leaves it as it is. */
TEST(entry, interrupts_with_the_alignment_flag)
{
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	registers.rflags |= FLAG_AC | FLAG_ID;
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	for (unsigned i = 0; i < 10; i++)
		entry_go_on(&partner);
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	CHECK_EQUAL(registers.rflags & (FLAG_AC | FLAG_ID), FLAG_AC | FLAG_ID);
}

/* -- Single steps ------------------------------------------------------------------------ */

/* Every instruction traps, also the one behind a system call, and the kernel is never stepped. */
TEST(entry, steps_through_system_calls)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), count;
	struct helion_message message, next = {0};
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_count, &registers);
	CHECK_CALL(helion_task_set_fault(partner.task, endpoint));
	registers.rflags |= FLAG_TF;
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	count = partner.a;
	CHECK_CALL(helion_task_resume(partner.task));
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (unsigned i = 0; i < 400; i++) {
		CHECK_EQUAL(message.words[0], ENTRY_BREAKPOINT);
		CHECK(message.words[2] < entry_user_top());
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &next));
		message = next;
		next = (struct helion_message){0};
	}
	CHECK(partner.a > count + 2);
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	registers.rflags &= ~FLAG_TF;
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	CHECK_CALL(helion_reply(world.buffer, 0, &next));
	count = partner.a;
	EVENTUALLY(__atomic_load_n(&partner.a, __ATOMIC_RELAXED) > count);
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(entry, steps_through_restricted_code)
{
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	host_load(&host, arch_foreign_after, 0);
	host.shared->registers.rflags = FLAG_TF;
	for (unsigned i = 1; i <= 3; i++) {
		/* inc, jmp, then the system call. */
		host_run(&host, i < 3 ? HELION_RESTRICTED_EXCEPTION : HELION_RESTRICTED_SYSCALL);
		if (i < 3)
			CHECK_EQUAL(host.shared->fault.kind, ENTRY_BREAKPOINT);
		CHECK(host.shared->registers.rflags & FLAG_TF);
	}
}

/* -- Segment bases -------------------------------------------------------------------------- */

static bool has_fsgsbase(void)
{
	uint32_t a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b & 1;
}

static uint64_t gs_base(void)
{
	uint64_t base;

	__asm__ volatile("rdgsbase %0" : "=r"(base));
	return base;
}

/* What trap an entry is tested with. */
static void by_exception(unsigned kind, struct partner *partner)
{
	switch (kind) {
	case 0: __asm__ volatile("int3"); break;
	case 1: __asm__ volatile("ud2"); break;
	case 2: __asm__ volatile("int $0x80"); break;
	case 3: __asm__ volatile(".byte 0xf1"); break; /* INT1 */
	case 4: __asm__ volatile("hlt"); break;
	case 5: __asm__ volatile("divl %0" : : "r"(0) : "rax", "rdx"); break;
	case 6: __asm__ volatile("mov 8, %%rax" : : : "rax", "memory"); break;
	case 7: __asm__ volatile("mov (%0), %%rax" : : "r"(1ull << 62) : "rax", "memory"); break;
	case 8: helion_yield(); break;
	case 9:
		for (uint64_t i = 0; i < 200000; i++)
			__atomic_add_fetch(&partner->a, 1, __ATOMIC_RELAXED);
		break;
	}
}
#define KINDS      10u
#define KIND_CALLS 8u

/* a: counts; b: the base; c: what to do, whose result error is. */
static void with_base(struct partner *partner)
{
	uint64_t base = partner->b;

	__asm__ volatile("wrgsbase %0" : : "r"(base));
	partner->a = 1;
	by_exception((unsigned)partner->c, partner);
	partner->error = gs_base() == base ? 0 : 1;
	partner->a = UINT64_MAX;
}

/* GS base is the program's, whatever it looks like: each kind of entry finds the kernel's all the same. */
TEST(entry, a_gs_base_like_the_kernels)
{
	static const uint64_t bases[] = {0, 0x1000, 0xffff800000000000, 0xffffffff80000000, ~0ull};
	struct helion_registers registers;
	struct helion_task_info info;
	struct partner partner;

	if (!has_fsgsbase())
		test_skip("no FSGSBASE");
	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		for (unsigned kind = 0; kind < KINDS; kind++) {
			partner_create(&partner);
			partner.b = bases[i];
			partner.c = kind;
			partner_start(&partner, with_base);
			if (kind >= KIND_CALLS) {
				partner_join(&partner);
				CHECK_EQUAL(partner.error, 0);
			} else {
				partner_await(&partner, HELION_TASK_FAULTED);
				CHECK_CALL(helion_task_info(partner.task, &info));
				CHECK(info.fault != 0);
				CHECK_CALL(helion_task_read_registers(partner.task, &registers));
				CHECK_EQUAL(registers.gs_base, bases[i]);
			}
			partner_delete(&partner);
		}
}

static void with_selectors(struct partner *partner)
{
	/* Null ones, and that of user data; the bases become 0. */
	for (unsigned selector = 0; selector < 0x24;
	     selector = selector < 3 ? selector + 1 : 0x23 + (selector == 0x23)) {
		__asm__ volatile("mov %0, %%gs\n\t"
				 "mov %0, %%ds\n\t"
				 "mov %0, %%es"
				 :
				 : "r"(selector)
				 : "memory");
		helion_yield();
		partner->a++;
	}
}

TEST(entry, selectors_of_a_programs_choice)
{
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, with_selectors);
	partner_join(&partner);
	CHECK_EQUAL(partner.a, 5);
}

/* -- Instructions that are not a program's ------------------------------------------------------ */

#define INSTRUCTION(code)                                    \
	{                                                    \
		code "\x0f\x0b", sizeof(code "\x0f\x0b") - 1 \
	}

/* Behind each stands UD2. rdi points to memory that may be written. */
static const struct entry_code privileged[] = {
	INSTRUCTION("\xf4"),         /* hlt */
	INSTRUCTION("\xfa"),         /* cli */
	INSTRUCTION("\xfb"),         /* sti */
	INSTRUCTION("\xec"),         /* in al, dx */
	INSTRUCTION("\xee"),         /* out dx, al */
	INSTRUCTION("\x0f\x20\xc0"), /* mov rax, cr0 */
	INSTRUCTION("\x0f\x22\xd8"), /* mov cr3, rax */
	INSTRUCTION("\x0f\x20\xe0"), /* mov rax, cr4 */
	INSTRUCTION("\x0f\x21\xf8"), /* mov rax, dr7 */
	INSTRUCTION("\x0f\x06"),     /* clts */
	INSTRUCTION("\x0f\x09"),     /* wbinvd */
	INSTRUCTION("\x0f\x30"),     /* wrmsr */
	INSTRUCTION("\x0f\x32"),     /* rdmsr */
	INSTRUCTION("\x0f\x01\x17"), /* lgdt */
	INSTRUCTION("\x0f\x01\x1f"), /* lidt */
	INSTRUCTION("\x0f\x00\xd0"), /* lldt ax */
	INSTRUCTION("\x0f\x00\xd8"), /* ltr ax */
	INSTRUCTION("\x0f\x01\x3f"), /* invlpg */
	INSTRUCTION("\x0f\x01\xf8"), /* swapgs */
	INSTRUCTION("\x48\x0f\x07"), /* sysretq */
	INSTRUCTION("\xcd\x02"),     /* int 2: the NMI's vector */
	INSTRUCTION("\xcd\x08"),     /* int 8: double fault */
	INSTRUCTION("\xcd\x0e"),     /* int 14: page fault */
	INSTRUCTION("\xcd\x12"),     /* int 18: machine check */
	INSTRUCTION("\xcd\x20"),     /* int 32: an interrupt's */
	INSTRUCTION("\xcd\xff"),     /* int 255 */
	/* mov eax, 0x10; mov ss, ax; and with 8 */
	INSTRUCTION("\xb8\x10\x00\x00\x00\x8e\xd0"),
	INSTRUCTION("\xb8\x08\x00\x00\x00\x8e\xd8"),
};

/* What a program could learn with; protection faults where there is UMIP. */
static const struct entry_code reading[] = {
	INSTRUCTION("\x0f\x01\x07"), /* sgdt */
	INSTRUCTION("\x0f\x01\x0f"), /* sidt */
	INSTRUCTION("\x0f\x00\xc0"), /* sldt eax */
	INSTRUCTION("\x0f\x00\xc8"), /* str eax */
	INSTRUCTION("\x0f\x01\xe0"), /* smsw eax */
};

/* Far returns into the kernel's segments. */
static const struct entry_code far[] = {
	INSTRUCTION("\x6a\x08\x57\x48\xcb"),                 /* push 8; push rdi; lretq */
	INSTRUCTION("\x6a\x10\x54\x9c\x6a\x08\x57\x48\xcf"), /* push 0x10; push rsp; pushfq; push 8; push rdi; iretq */
};

TEST(entry, privileged_instructions)
{
	entry_faults(privileged, sizeof(privileged) / sizeof(privileged[0]), ENTRY_PROTECTION);
}

/* QEMU 7.2 reads the stack as the kernel would, which SMAP forbids: a page fault, where a processor has a protection fault. */
TEST(entry, far_returns_to_the_kernel)
{
	for (unsigned i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		uint64_t fault = entry_fault_of(&far[i]);

		CHECK(fault == ENTRY_PROTECTION || fault == PAGE_FAULT);
	}
}

TEST(entry, instructions_that_tell_of_the_kernel)
{
	uint32_t a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c & 1 << 2))
		test_skip("no UMIP");
	entry_faults(reading, sizeof(reading) / sizeof(reading[0]), ENTRY_PROTECTION);
}

/* -- Floating-point exceptions ------------------------------------------------------------------ */

/* Leaves an exception pending in the x87 unit: it comes with the next instruction of that kind that waits. */
static void divide_by_zero(void)
{
	static const uint16_t unmasked = 0x37b;

	__asm__ volatile("fninit\n\t"
			 "fldcw	%0\n\t"
			 "fld1\n\t"
			 "fldz\n\t"
			 "fdivrp"
			 :
			 : "m"(unmasked)
			 : "st", "st(1)", "memory");
}

/* a: rounds */
static void pending(struct partner *partner)
{
	divide_by_zero();
	for (partner->a = 0; partner->a < 10; partner->a++)
		helion_yield();
	__asm__ volatile("fwait");
}

static void calculate(struct partner *partner)
{
	for (unsigned i = 0; i < 20; i++) {
		uint16_t status = 1;

		__asm__ volatile("fninit\n\t"
				 "fld1\n\t"
				 "fwait\n\t"
				 "fstp	%%st(0)\n\t"
				 "fnstsw %0"
				 : "=m"(status)
				 :
				 : "st", "memory");
		if (status & 0xff)
			partner->error = status;
		helion_yield();
	}
}

/* Nobody else has it, whoever runs meanwhile, and neither has the kernel when it stores the state. */
TEST(entry, a_pending_x87_exception)
{
	struct helion_task_info info;
	struct partner first, second;

	partner_create(&first);
	partner_create(&second);
	partner_start(&first, pending);
	partner_start(&second, calculate);
	partner_join(&second);
	CHECK_EQUAL(second.error, 0);
	partner_await(&first, HELION_TASK_FAULTED);
	CHECK_EQUAL(first.a, 10);
	CHECK_CALL(helion_task_info(first.task, &info));
	CHECK_EQUAL(info.fault, ENTRY_FPU);
}

static void divide_vectors(struct partner *partner)
{
	static const uint32_t unmasked = 0x1d80, one = 0x3f800000;
	uint32_t masked = 0x1f80;

	__asm__ volatile("ldmxcsr %0\n\t"
			 "movd	%1, %%xmm0\n\t"
			 "xorps	%%xmm1, %%xmm1\n\t"
			 "divss	%%xmm1, %%xmm0\n\t"
			 "ldmxcsr %2"
			 :
			 : "m"(unmasked), "r"(one), "m"(masked)
			 : "xmm0", "xmm1", "memory");
	partner->b = 1;
}

TEST(entry, an_sse_exception)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, divide_vectors);
	EVENTUALLY(partner_state(&partner) == HELION_TASK_FAULTED ||
		   __atomic_load_n(&partner.finished, __ATOMIC_SEQ_CST));
	if (partner.b == 1)
		test_skip("no SSE exceptions, as in QEMU's emulation");
	CHECK_CALL(helion_task_info(partner.task, &info));
	CHECK_EQUAL(info.fault, ENTRY_FPU);
}
