/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/invoke.h"

#include "user/lib/arch.h"
#include <arch/registers.h>

#include "user/lib/self.h"
#include "user/lib/syscall.h"

/* Words, capabilities and results of each invocation, as the list says. */
#define COUNTS(type, name, label, words, caps, ret, rights, errors, cost, doc) \
	WORDS_##type##_##name = (words), CAPS_##type##_##name = HELION_CAPS_COUNT(caps), RET_##type##_##name = (ret),
enum { HELION_INVOCATIONS(COUNTS) };

/* Arrays of words and slots; what has none is NONE. */
typedef uint64_t word_array[];
#define WORDS(...) ((const word_array){__VA_ARGS__})
#define NONE       ((const uint64_t[0]){})

/*
 * The message is known when this is compiled, so that it is but a few instructions around the system call. What does
 * not fit in registers lies in the IPC buffer of the thread.
 */
static inline __attribute__((always_inline)) int invoke(uint64_t object, uint64_t label, const uint64_t *words,
							size_t word_count, const uint64_t *caps, size_t cap_count,
							uint64_t *ret, size_t ret_count)
{
	struct arch_syscall_registers r = {.cap = object, .info = HELION_INFO(label, word_count, cap_count)};
	struct helion_ipc_buffer *buffer = NULL;

	if (word_count > HELION_MESSAGE_REGISTERS || cap_count > 0 || ret_count > HELION_MESSAGE_REGISTERS)
		buffer = helion_self.ipc_buffer;
	for (size_t i = 0; i < word_count; i++)
		*(i < HELION_MESSAGE_REGISTERS ? &r.words[i] : &buffer->words[i]) = words[i];
	for (size_t i = 0; i < cap_count; i++)
		buffer->caps[i] = caps[i];
	arch_syscall(HELION_SYS_CALL, &r);
	if (r.status < 0)
		return (int)r.status;
	if (HELION_INFO_WORDS(r.info) < ret_count)
		return -HELION_ERR_MESSAGE;
	for (size_t i = 0; i < ret_count; i++)
		ret[i] = i < HELION_MESSAGE_REGISTERS ? r.words[i] : buffer->words[i];
	return 0;
}

/* Invokes `object` and stores the answer in *ret, which consists of as many words as the list says. */
#define INVOKE_RET(type, name, object, words, caps, ret)                                                       \
	({                                                                                                     \
		_Static_assert(sizeof(words) == 8 * WORDS_##type##_##name, "number of words");                 \
		_Static_assert(sizeof(caps) == 8 * CAPS_##type##_##name, "number of capabilities");            \
		_Static_assert(sizeof(*(ret)) == 8 * RET_##type##_##name, "number of results");                \
		invoke((object), HELION_##type##_##name, (words), sizeof(words) / 8, (caps), sizeof(caps) / 8, \
		       (uint64_t *)(ret), sizeof(*(ret)) / 8);                                                 \
	})

/* The same for an invocation without results. */
#define INVOKE(type, name, object, words, caps)                                                                      \
	({                                                                                                           \
		_Static_assert(sizeof(words) == 8 * WORDS_##type##_##name, "number of words");                       \
		_Static_assert(sizeof(caps) == 8 * CAPS_##type##_##name, "number of capabilities");                  \
		_Static_assert(RET_##type##_##name == 0, "number of results");                                       \
		invoke((object), HELION_##type##_##name, (words), sizeof(words) / 8, (caps), sizeof(caps) / 8, NULL, \
		       0);                                                                                           \
	})

int helion_memory_info(uint64_t memory, struct helion_memory_info *ret)
{
	return INVOKE_RET(MEMORY, INFO, memory, NONE, NONE, ret);
}

int helion_memory_create(uint64_t memory, enum helion_type type, uint64_t size, uint64_t alignment, uint64_t *ret_slot)
{
	return INVOKE_RET(MEMORY, CREATE, memory, WORDS(type, size, alignment), NONE, ret_slot);
}

int helion_pages_info(uint64_t pages, struct helion_pages_info *ret)
{
	return INVOKE_RET(PAGES, INFO, pages, NONE, NONE, ret);
}

int helion_pages_phys(uint64_t pages, uint64_t *ret_address)
{
	return INVOKE_RET(PAGES, PHYS, pages, NONE, NONE, ret_address);
}

int helion_cspace_info(uint64_t cspace, struct helion_cspace_info *ret)
{
	return INVOKE_RET(CSPACE, INFO, cspace, NONE, NONE, ret);
}

int helion_cspace_copy(uint64_t cspace, uint64_t slot, uint64_t rights, uint64_t badge, uint64_t *ret_slot)
{
	return INVOKE_RET(CSPACE, COPY, cspace, WORDS(slot, rights, badge), NONE, ret_slot);
}

int helion_cspace_grant(uint64_t cspace, uint64_t to, uint64_t slot, uint64_t rights, uint64_t badge,
			uint64_t *ret_slot)
{
	return INVOKE_RET(CSPACE, GRANT, cspace, WORDS(slot, rights, badge), WORDS(to), ret_slot);
}

int helion_cspace_move(uint64_t cspace, uint64_t slot, uint64_t new_slot)
{
	return INVOKE(CSPACE, MOVE, cspace, WORDS(slot, new_slot), NONE);
}

int helion_cspace_delete(uint64_t cspace, uint64_t slot)
{
	return INVOKE(CSPACE, DELETE, cspace, WORDS(slot), NONE);
}

int helion_cspace_destroy(uint64_t cspace, uint64_t slot)
{
	return INVOKE(CSPACE, DESTROY, cspace, WORDS(slot), NONE);
}

int helion_cspace_revoke(uint64_t cspace, uint64_t slot, uint64_t badge)
{
	return INVOKE(CSPACE, REVOKE, cspace, WORDS(slot, badge), NONE);
}

int helion_vspace_map(uint64_t vspace, uint64_t pages, uint64_t address, uint64_t offset, uint64_t size, uint64_t flags)
{
	return INVOKE(VSPACE, MAP, vspace, WORDS(address, offset, size, flags), WORDS(pages));
}

int helion_vspace_unmap(uint64_t vspace, uint64_t address, uint64_t size)
{
	return INVOKE(VSPACE, UNMAP, vspace, WORDS(address, size), NONE);
}

int helion_vspace_protect(uint64_t vspace, uint64_t address, uint64_t size, uint64_t flags)
{
	return INVOKE(VSPACE, PROTECT, vspace, WORDS(address, size, flags), NONE);
}

int helion_vspace_query(uint64_t vspace, uint64_t address, struct helion_vspace_query *ret)
{
	return INVOKE_RET(VSPACE, QUERY, vspace, WORDS(address), NONE, ret);
}

int helion_vspace_attach_window(uint64_t vspace, uint64_t window)
{
	return INVOKE(VSPACE, ATTACH_WINDOW, vspace, NONE, WORDS(window));
}

int helion_vspace_detach_window(uint64_t vspace)
{
	return INVOKE(VSPACE, DETACH_WINDOW, vspace, NONE, NONE);
}

int helion_vspace_info(uint64_t vspace, struct helion_vspace_info *ret)
{
	return INVOKE_RET(VSPACE, INFO, vspace, NONE, NONE, ret);
}

int helion_task_set_restricted(uint64_t task, uint64_t pages, uint64_t exception_entry, uint64_t exception_stack)
{
	return INVOKE(TASK, SET_RESTRICTED, task, WORDS(exception_entry, exception_stack), WORDS(pages));
}

int helion_task_kick(uint64_t task)
{
	return INVOKE(TASK, KICK, task, NONE, NONE);
}

int helion_task_exception_return(uint64_t task)
{
	return INVOKE(TASK, EXCEPTION_RETURN, task, NONE, NONE);
}

int helion_task_switch_vspace(uint64_t task, uint64_t vspace)
{
	return INVOKE(TASK, SWITCH_VSPACE, task, NONE, WORDS(vspace));
}

int helion_task_read_fpu(uint64_t task, uint64_t pages, uint64_t *ret_size)
{
	return INVOKE_RET(TASK, READ_FPU, task, NONE, WORDS(pages), ret_size);
}

int helion_task_write_fpu(uint64_t task, uint64_t pages)
{
	return INVOKE(TASK, WRITE_FPU, task, NONE, WORDS(pages));
}

int helion_task_info(uint64_t task, struct helion_task_info *ret)
{
	return INVOKE_RET(TASK, INFO, task, NONE, NONE, ret);
}

int helion_task_configure(uint64_t task, uint64_t cspace, uint64_t vspace, uint64_t ipc_pages)
{
	return INVOKE(TASK, CONFIGURE, task, NONE, WORDS(cspace, vspace, ipc_pages));
}

int helion_task_start(uint64_t task, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t tls)
{
	return INVOKE(TASK, START, task, WORDS(entry, stack, argument, tls), NONE);
}

int helion_task_stop(uint64_t task)
{
	return INVOKE(TASK, STOP, task, NONE, NONE);
}

int helion_task_resume(uint64_t task)
{
	return INVOKE(TASK, RESUME, task, NONE, NONE);
}

int helion_task_bind(uint64_t task, uint64_t notification)
{
	return INVOKE(TASK, BIND, task, NONE, WORDS(notification));
}

int helion_task_unbind(uint64_t task)
{
	return INVOKE(TASK, UNBIND, task, NONE, NONE);
}

int helion_task_tls(uint64_t task, uint64_t base)
{
	return INVOKE(TASK, TLS, task, WORDS(base), NONE);
}

int helion_task_fpu(uint64_t task, bool allowed)
{
	return INVOKE(TASK, FPU, task, WORDS(allowed), NONE);
}

int helion_cspace_store_reply(uint64_t cspace, uint64_t *ret_slot)
{
	return INVOKE_RET(CSPACE, STORE_REPLY, cspace, NONE, NONE, ret_slot);
}

int helion_task_set_priority(uint64_t task, uint64_t priority, uint64_t ceiling)
{
	return INVOKE(TASK, PRIORITY, task, WORDS(priority, ceiling), NONE);
}

int helion_task_set_affinity(uint64_t task, uint64_t cpus)
{
	return INVOKE(TASK, AFFINITY, task, WORDS(cpus), NONE);
}

int helion_task_set_slice(uint64_t task, uint64_t slice)
{
	return INVOKE(TASK, SLICE, task, WORDS(slice), NONE);
}

int helion_task_schedule(uint64_t task, struct helion_task_schedule *ret)
{
	return INVOKE_RET(TASK, SCHEDULE, task, NONE, NONE, ret);
}

int helion_task_set_fault(uint64_t task, uint64_t endpoint)
{
	return INVOKE(TASK, SET_FAULT, task, NONE, WORDS(endpoint));
}

int helion_task_clear_fault(uint64_t task)
{
	return INVOKE(TASK, CLEAR_FAULT, task, NONE, NONE);
}

int helion_task_read_registers(uint64_t task, struct helion_registers *ret)
{
	return INVOKE_RET(TASK, READ_REGISTERS, task, NONE, NONE, ret);
}

int helion_task_write_registers(uint64_t task, const struct helion_registers *registers)
{
	_Static_assert(sizeof(*registers) == 8 * WORDS_TASK_WRITE_REGISTERS, "number of words");
	return helion_call(task, HELION_TASK_WRITE_REGISTERS, (const uint64_t *)registers, sizeof(*registers) / 8, NONE,
			   0, NULL, 0);
}

int helion_notification_info(uint64_t notification, struct helion_notification_info *ret)
{
	return INVOKE_RET(NOTIFICATION, INFO, notification, NONE, NONE, ret);
}

int helion_timer_info(uint64_t timer, struct helion_timer_info *ret)
{
	return INVOKE_RET(TIMER, INFO, timer, NONE, NONE, ret);
}

int helion_timer_bind(uint64_t timer, uint64_t notification, uint64_t badge)
{
	return INVOKE(TIMER, BIND, timer, WORDS(badge), WORDS(notification));
}

int helion_timer_set(uint64_t timer, uint64_t deadline, uint64_t period)
{
	return INVOKE(TIMER, SET, timer, WORDS(deadline, period), NONE);
}

int helion_timer_cancel(uint64_t timer)
{
	return INVOKE(TIMER, CANCEL, timer, NONE, NONE);
}

int helion_irq_control_claim(uint64_t irq_control, uint64_t memory, uint64_t line, bool level, bool active_low,
			     uint64_t *ret_slot)
{
	return INVOKE_RET(IRQ_CONTROL, CLAIM, irq_control, WORDS(line, level, active_low), WORDS(memory), ret_slot);
}

int helion_irq_control_claim_msi(uint64_t irq_control, uint64_t memory, uint32_t device, struct helion_msi *ret)
{
	return INVOKE_RET(IRQ_CONTROL, CLAIM_MSI, irq_control, WORDS(device), WORDS(memory), ret);
}

int helion_irq_handler_info(uint64_t handler, struct helion_irq_handler_info *ret)
{
	return INVOKE_RET(IRQ_HANDLER, INFO, handler, NONE, NONE, ret);
}

int helion_irq_handler_bind(uint64_t handler, uint64_t notification, uint64_t badge)
{
	return INVOKE(IRQ_HANDLER, BIND, handler, WORDS(badge), WORDS(notification));
}

int helion_irq_handler_ack(uint64_t handler)
{
	return INVOKE(IRQ_HANDLER, ACK, handler, NONE, NONE);
}

int helion_irq_handler_mask(uint64_t handler)
{
	return INVOKE(IRQ_HANDLER, MASK, handler, NONE, NONE);
}

int helion_irq_control_info(uint64_t irq_control, uint64_t *ret_lines)
{
	return INVOKE_RET(IRQ_CONTROL, INFO, irq_control, NONE, NONE, ret_lines);
}

int helion_ioport_control_claim(uint64_t ioport_control, uint64_t memory, uint64_t first, uint64_t count,
				uint64_t *ret_slot)
{
	return INVOKE_RET(IOPORT_CONTROL, CLAIM, ioport_control, WORDS(first, count), WORDS(memory), ret_slot);
}

int helion_ioport_in(uint64_t ioport, uint64_t port, uint64_t bits, uint64_t *ret_value)
{
	return INVOKE_RET(IOPORT, IN, ioport, WORDS(port, bits), NONE, ret_value);
}

int helion_ioport_out(uint64_t ioport, uint64_t port, uint64_t bits, uint64_t value)
{
	return INVOKE(IOPORT, OUT, ioport, WORDS(port, bits, value), NONE);
}

int helion_system_info(uint64_t system, struct helion_system_info *ret)
{
	return INVOKE_RET(SYSTEM, INFO, system, NONE, NONE, ret);
}

int helion_system_fpu_info(uint64_t system, uint64_t *ret_size)
{
	return INVOKE_RET(SYSTEM, FPU_INFO, system, NONE, NONE, ret_size);
}

int helion_system_power_off(uint64_t system, uint64_t status)
{
	return INVOKE(SYSTEM, POWER_OFF, system, WORDS(status), NONE);
}

int helion_system_reset(uint64_t system)
{
	return INVOKE(SYSTEM, RESET, system, NONE, NONE);
}

int helion_system_cpu_info(uint64_t system, uint64_t cpu, struct helion_cpu_info *ret)
{
	return INVOKE_RET(SYSTEM, CPU_INFO, system, WORDS(cpu), NONE, ret);
}

int helion_system_cpu_locks(uint64_t system, uint64_t cpu, uint64_t *ret_contended)
{
	return INVOKE_RET(SYSTEM, CPU_LOCKS, system, WORDS(cpu), NONE, ret_contended);
}

int helion_system_log_read(uint64_t system, uint64_t pages, uint64_t position, uint64_t size,
			   struct helion_log_read *ret)
{
	return INVOKE_RET(SYSTEM, LOG_READ, system, WORDS(position, size), WORDS(pages), ret);
}

int helion_system_timestamp(uint64_t system, uint64_t number, struct helion_timestamp_info *ret)
{
	return INVOKE_RET(SYSTEM, TIMESTAMP, system, WORDS(number), NONE, ret);
}
