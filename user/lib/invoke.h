/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One function for each invocation of <helion/invocations.h>; what it does, needs and gives is said there and
 * in docs/kernel-api.md. The first argument is the slot of the invoked object. All return 0 or a negative
 * enum helion_error, and write results only on success.
 *
 * invoke.c checks every function's number of words, capabilities and results against the list when it is compiled.
 */
#ifndef USER_LIB_INVOKE_H
#define USER_LIB_INVOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>
#include <helion/invocations.h>

#include "user/lib/arch.h"

/* Memory */

struct helion_memory_info {
	uint64_t base;    /* physical address */
	uint64_t size;    /* bytes */
	uint64_t free;    /* bytes */
	uint64_t objects; /* live objects made from it */
};

int helion_memory_info(uint64_t memory, struct helion_memory_info *ret);
/* size: Memory and Pages: bytes; CSpace: slots; others: 0. alignment: bytes, or 0. */
int helion_memory_create(uint64_t memory, enum helion_type type, uint64_t size, uint64_t alignment, uint64_t *ret_slot);

/* Pages */

struct helion_pages_info {
	uint64_t size; /* bytes */
	uint64_t kind; /* HELION_PAGES_RAM, _DEVICE, _FRAMEBUFFER */
	uint64_t mappings;
};

int helion_pages_info(uint64_t pages, struct helion_pages_info *ret);
int helion_pages_phys(uint64_t pages, uint64_t *ret_address);

/* CSpace */

struct helion_cspace_info {
	uint64_t slots;
	uint64_t free;
};

int helion_cspace_info(uint64_t cspace, struct helion_cspace_info *ret);
int helion_cspace_copy(uint64_t cspace, uint64_t slot, uint64_t rights, uint64_t badge, uint64_t *ret_slot);
/* The same, to a slot of the CSpace `to`: how a new process gets its first capabilities. */
int helion_cspace_grant(uint64_t cspace, uint64_t to, uint64_t slot, uint64_t rights, uint64_t badge,
			uint64_t *ret_slot);
/* Moves the right to answer the request that this task received last to a slot. */
int helion_cspace_store_reply(uint64_t cspace, uint64_t *ret_slot);
int helion_cspace_move(uint64_t cspace, uint64_t slot, uint64_t new_slot);
int helion_cspace_delete(uint64_t cspace, uint64_t slot);
/* Deletes every capability with this badge to the object behind the slot, wherever it is. */
int helion_cspace_revoke(uint64_t cspace, uint64_t slot, uint64_t badge);
int helion_cspace_destroy(uint64_t cspace, uint64_t slot);

/* VSpace */

struct helion_vspace_query {
	uint64_t offset;    /* of the address in its page */
	uint64_t page_size; /* bytes */
	uint64_t flags;     /* HELION_MAP_* */
};

int helion_vspace_map(uint64_t vspace, uint64_t pages, uint64_t address, uint64_t offset, uint64_t size,
		      uint64_t flags);
int helion_vspace_unmap(uint64_t vspace, uint64_t address, uint64_t size);
int helion_vspace_protect(uint64_t vspace, uint64_t address, uint64_t size, uint64_t flags);
int helion_vspace_query(uint64_t vspace, uint64_t address, struct helion_vspace_query *ret);

struct helion_vspace_info {
	uint64_t top; /* end of user space */
	uint64_t window, window_size;
	uint64_t has_window; /* 1: one is attached */
};

int helion_vspace_info(uint64_t vspace, struct helion_vspace_info *ret);
/* Everything mapped in the VSpace `window` shows in the window of this one. */
int helion_vspace_attach_window(uint64_t vspace, uint64_t window);
int helion_vspace_detach_window(uint64_t vspace);

/* Task */

struct helion_task_info {
	uint64_t state; /* HELION_TASK_* */
	uint64_t cpu;
	uint64_t fault; /* the last one */
	uint64_t fault_address;
};

int helion_task_info(uint64_t task, struct helion_task_info *ret);
/* ipc_pages: Pages whose first page becomes the IPC buffer; where the task sees it is the mapper's affair. */
int helion_task_configure(uint64_t task, uint64_t cspace, uint64_t vspace, uint64_t ipc_pages);
int helion_task_start(uint64_t task, uint64_t entry, uint64_t stack, uint64_t argument, uint64_t tls);
int helion_task_stop(uint64_t task);
int helion_task_resume(uint64_t task);

struct helion_task_schedule {
	uint64_t priority; /* 0 to 63, higher goes first */
	uint64_t ceiling;  /* the highest that it may give to others */
	uint64_t cpus;     /* that it may run on, a bit each */
	uint64_t slice;    /* ns */
};

int helion_task_set_priority(uint64_t task, uint64_t priority, uint64_t ceiling);
int helion_task_set_affinity(uint64_t task, uint64_t cpus);
int helion_task_set_slice(uint64_t task, uint64_t slice);
int helion_task_schedule(uint64_t task, struct helion_task_schedule *ret);

/* Where the faults of the task go: see HELION_LABEL_FAULT in <helion/abi.h>. */
int helion_task_set_fault(uint64_t task, uint64_t endpoint);
int helion_task_clear_fault(uint64_t task);

/* Of a task that does not run and is in no system call; <arch/registers.h>. */
struct helion_registers;
int helion_task_read_registers(uint64_t task, struct helion_registers *ret);
int helion_task_write_registers(uint64_t task, const struct helion_registers *registers);

/* Restricted mode: see <helion/restricted.h>. The task that enters and that returns from an exception is the invoking one. */
int helion_task_set_restricted(uint64_t task, uint64_t pages, uint64_t exception_entry, uint64_t exception_stack);
/* HELION_RESTRICTED_*, why the restricted code stopped. */
static inline int64_t helion_task_enter_restricted(uint64_t task)
{
	return arch_syscall_short(HELION_SYS_CALL, task, HELION_INFO(HELION_TASK_ENTER_RESTRICTED, 0, 0));
}
int helion_task_kick(uint64_t task);
int helion_task_exception_return(uint64_t task);
/* The invoking task goes on in another address space, in which the same code lies at the same address. */
int helion_task_switch_vspace(uint64_t task, uint64_t vspace);

/* The floating-point and vector state, in the layout of <arch/fpu.h>, at the beginning of Pages. */
int helion_task_read_fpu(uint64_t task, uint64_t pages, uint64_t *ret_size);
int helion_task_write_fpu(uint64_t task, uint64_t pages);

int helion_task_bind(uint64_t task, uint64_t notification);
int helion_task_unbind(uint64_t task);
int helion_task_tls(uint64_t task, uint64_t base);
int helion_task_fpu(uint64_t task, bool allowed);

/* Notification, Timer, IRQControl, IRQHandler */

struct helion_notification_info {
	uint64_t pending; /* badges */
	uint64_t waiters;
};

int helion_notification_info(uint64_t notification, struct helion_notification_info *ret);

struct helion_timer_info {
	uint64_t deadline;    /* ns of the monotonic clock, 0: none */
	uint64_t expirations; /* since the last info */
};

int helion_timer_info(uint64_t timer, struct helion_timer_info *ret);
int helion_timer_bind(uint64_t timer, uint64_t notification, uint64_t badge);
int helion_timer_set(uint64_t timer, uint64_t deadline, uint64_t period);
int helion_timer_cancel(uint64_t timer);

struct helion_irq_handler_info {
	uint64_t line;
	uint64_t fired; /* and not acknowledged */
};

int helion_irq_control_claim(uint64_t irq_control, uint64_t memory, uint64_t line, bool level, bool active_low,
			     uint64_t *ret_slot);

struct helion_msi {
	uint64_t handler; /* slot of the IRQHandler */
	uint64_t address; /* what the device has to write, and where to */
	uint64_t data;
};

/* device: detail of the PCI function's records in the manifest. */
int helion_irq_control_claim_msi(uint64_t irq_control, uint64_t memory, uint32_t device, struct helion_msi *ret);
int helion_irq_handler_info(uint64_t handler, struct helion_irq_handler_info *ret);
int helion_irq_handler_bind(uint64_t handler, uint64_t notification, uint64_t badge);
int helion_irq_handler_ack(uint64_t handler);
int helion_irq_handler_mask(uint64_t handler);

/* Interrupts and ports */

int helion_irq_control_info(uint64_t irq_control, uint64_t *ret_lines);
/* memory: keeps the new IOPort object. */
int helion_ioport_control_claim(uint64_t ioport_control, uint64_t memory, uint64_t first, uint64_t count,
				uint64_t *ret_slot);
int helion_ioport_in(uint64_t ioport, uint64_t port, uint64_t bits, uint64_t *ret_value);
int helion_ioport_out(uint64_t ioport, uint64_t port, uint64_t bits, uint64_t value);

/* System */

struct helion_system_info {
	uint64_t cpus_running;
	uint64_t cpus_present;
	uint64_t time;  /* monotonic, ns */
	uint64_t ticks; /* timer interrupts so far on all CPUs */
};

struct helion_cpu_info {
	uint64_t hwid;       /* APIC id, MPIDR affinity, hart id */
	uint64_t state;      /* 0 absent, 1 starting, 2 running, 3 failed */
	uint64_t ticks;      /* timer interrupts so far */
	uint64_t interrupts; /* device interrupts so far */
};

struct helion_log_read {
	uint64_t bytes;    /* that were written to the Pages */
	uint64_t position; /* to go on from */
};

struct helion_timestamp_info {
	uint64_t ticks;
	uint64_t hz; /* ticks per second, 0 unknown */
};

int helion_system_info(uint64_t system, struct helion_system_info *ret);
/* Returns only if the machine could not be turned off. */
/* Bytes of a struct arch_fpu on this machine, <arch/fpu.h>. */
int helion_system_fpu_info(uint64_t system, uint64_t *ret_size);
int helion_system_power_off(uint64_t system, uint64_t status);
int helion_system_reset(uint64_t system);
int helion_system_cpu_info(uint64_t system, uint64_t cpu, struct helion_cpu_info *ret);
int helion_system_cpu_locks(uint64_t system, uint64_t cpu, uint64_t *ret_contended);
int helion_system_log_read(uint64_t system, uint64_t pages, uint64_t position, uint64_t size,
			   struct helion_log_read *ret);
int helion_system_timestamp(uint64_t system, uint64_t number, struct helion_timestamp_info *ret);

/* The list as data, for programs that go through all invocations. */
struct helion_invocation_info {
	const char *type_name; /* "MEMORY" */
	const char *name;      /* "CREATE" */
	uint32_t type;         /* enum helion_type */
	uint32_t label;
	uint32_t words, caps, ret;
	uint32_t cap_types; /* enum helion_type of each capability, the first in the lowest byte */
	uint32_t rights;
	uint32_t errors; /* HELION_E() of those that not every message can have */
	enum helion_cost cost;
};

extern const struct helion_invocation_info helion_invocation_list[];
extern const size_t helion_invocation_count;

#endif
