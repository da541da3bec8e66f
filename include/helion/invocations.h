/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of all invocations of kernel objects. The kernel's dispatch, the
 * user stubs and the tables of docs/kernel-api.md come from it.
 *
 * HELION_INVOCATIONS(X) expands X once for each with
 *   type   name of the object's type
 *   name   name of the invocation
 *   label  number, unique within the type: the label of the message
 *   words  words that the message must have
 *   caps   capabilities that the message must have (slots in the IPC buffer): 0 or HELION_CAPS() of their types
 *   ret    words that the answer has
 *   rights needed on the invoked capability
 *   errors that it gives besides those of every message (docs/kernel-api.md): HELION_E() of each, or 0; debug builds
 *          of the kernel check that it gives no others
 *   cost   enum helion_cost without HELION_COST_
 *   doc    one line: arguments in order -> results in order
 */
#ifndef HELION_INVOCATIONS_H
#define HELION_INVOCATIONS_H

/* struct helion_registers of every architecture has as many 64-bit words. */
#define HELION_REGISTERS_WORDS 40

/* Types of capabilities, the first in the lowest byte; how many. */
#define HELION_CAPS(type)                  HELION_TYPE_##type
#define HELION_CAPS3(first, second, third) (HELION_TYPE_##first | HELION_TYPE_##second << 8 | HELION_TYPE_##third << 16)
#define HELION_CAPS_COUNT(caps)            (((caps) > 0) + ((caps) > 0xff) + ((caps) > 0xffff) + ((caps) > 0xffffff))

#define HELION_E(error) (1u << HELION_ERR_##error)

/* What the time of an invocation depends on. All but the first are done in bounded parts, and between them interrupts come in,
 * and tasks of a higher priority. */
enum helion_cost {
	HELION_COST_CONSTANT, /* nothing; or the logarithm of how many mappings or deadlines there are */
	HELION_COST_PAGES,    /* the pages that are made or mapped */
	HELION_COST_SLOTS,    /* the slots that lie before and were never used */
	HELION_COST_CAPS,     /* the capabilities to the object */
	HELION_COST_OBJECTS,  /* the objects that end, their pages and who waits for them */
};

#define HELION_INVOCATIONS(X)                                                                                          \
	X(MEMORY, INFO, 1, 0, 0, 4, HELION_RIGHT_READ, 0, CONSTANT,                                                    \
	  "-> physical base, size, free bytes, live objects")                                                          \
	X(MEMORY, CREATE, 2, 3, 0, 1, HELION_RIGHT_WRITE,                                                              \
	  HELION_E(ARGUMENT) | HELION_E(ALIGNMENT) | HELION_E(MEMORY) | HELION_E(SLOTS), PAGES,                        \
	  "type, size (Memory, Pages: bytes; CSpace: slots; else 0), alignment in bytes or 0 -> slot")                 \
	X(PAGES, INFO, 1, 0, 0, 3, HELION_RIGHT_READ, 0, CONSTANT,                                                     \
	  "-> size in bytes, memory type HELION_PAGES_*, number of mappings")                                          \
	X(PAGES, PHYS, 2, 0, 0, 1, HELION_RIGHT_PHYS, 0, CONSTANT, "-> physical address")                              \
	X(CSPACE, INFO, 1, 0, 0, 2, HELION_RIGHT_READ, 0, CONSTANT, "-> slots, free slots")                            \
	X(CSPACE, COPY, 2, 3, 0, 1, HELION_RIGHT_WRITE,                                                                \
	  HELION_E(CAP) | HELION_E(TYPE) | HELION_E(RIGHTS) | HELION_E(ARGUMENT) | HELION_E(SLOTS), CONSTANT,          \
	  "slot, rights, badge (0: the source's) -> new slot")                                                         \
	X(CSPACE, MOVE, 3, 2, 0, 0, HELION_RIGHT_WRITE, HELION_E(CAP) | HELION_E(ARGUMENT) | HELION_E(OCCUPIED),       \
	  SLOTS, "slot, new slot, which must be empty")                                                                \
	X(CSPACE, DELETE, 4, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(CAP), OBJECTS, "slot")                              \
	X(CSPACE, DESTROY, 5, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(CAP) | HELION_E(RIGHTS) | HELION_E(BUSY), OBJECTS, \
	  "slot, whose capability has the right to destroy: every capability to the object goes")                      \
	X(CSPACE, STORE_REPLY, 6, 0, 0, 1, HELION_RIGHT_WRITE, HELION_E(MISSING) | HELION_E(SLOTS), CONSTANT,          \
	  "-> slot of a Reply to the call that the invoking task received last: to answer it later")                   \
	X(CSPACE, GRANT, 8, 3, HELION_CAPS(CSPACE), 1, HELION_RIGHT_WRITE,                                             \
	  HELION_E(CAP) | HELION_E(ARGUMENT) | HELION_E(SLOTS), CONSTANT,                                              \
	  "[CSpace to copy to, with the right to write] slot, rights, badge (0: the source's) -> new slot there")      \
	X(CSPACE, REVOKE, 7, 2, 0, 0, HELION_RIGHT_WRITE, HELION_E(CAP) | HELION_E(RIGHTS) | HELION_E(ARGUMENT), CAPS, \
	  "slot, whose capability has the right to destroy; badge, not 0: every capability to the object with this "   \
	  "badge is deleted, in every CSpace")                                                                         \
	X(VSPACE, MAP, 1, 4, HELION_CAPS(PAGES), 0, HELION_RIGHT_WRITE,                                                \
	  HELION_E(ARGUMENT) | HELION_E(ALIGNMENT) | HELION_E(MEMORY) | HELION_E(OCCUPIED) | HELION_E(BUSY), PAGES,    \
	  "[Pages] address, offset into the Pages, size, flags HELION_MAP_*")                                          \
	X(VSPACE, UNMAP, 2, 2, 0, 0, HELION_RIGHT_WRITE,                                                               \
	  HELION_E(ARGUMENT) | HELION_E(ALIGNMENT) | HELION_E(MEMORY) | HELION_E(MISSING), PAGES, "address, size")     \
	X(VSPACE, PROTECT, 3, 3, 0, 0, HELION_RIGHT_WRITE,                                                             \
	  HELION_E(RIGHTS) | HELION_E(ARGUMENT) | HELION_E(ALIGNMENT) | HELION_E(MEMORY) | HELION_E(MISSING), PAGES,   \
	  "address, size, flags HELION_MAP_*")                                                                         \
	X(VSPACE, QUERY, 4, 1, 0, 3, HELION_RIGHT_READ, HELION_E(MISSING), CONSTANT,                                   \
	  "address -> offset of the address in its page, page size, flags HELION_MAP_*")                               \
	X(VSPACE, ATTACH_WINDOW, 10, 0, HELION_CAPS(VSPACE), 0, HELION_RIGHT_WRITE,                                    \
	  HELION_E(ARGUMENT) | HELION_E(MEMORY) | HELION_E(OCCUPIED) | HELION_E(BUSY), CONSTANT,                       \
	  "[VSpace, with the right to write, that has mappings inside of the window only]: all of it shows in the "    \
	  "window of this one, in which nothing may be mapped; not while a task of this one runs on another CPU")      \
	X(VSPACE, DETACH_WINDOW, 11, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(MISSING), CONSTANT, "undoes attach_window") \
	X(VSPACE, INFO, 12, 0, 0, 4, HELION_RIGHT_READ, 0, CONSTANT,                                                   \
	  "-> end of user space, address of the window, its size, 1 if it has one attached")                           \
	X(TASK, INFO, 1, 0, 0, 4, HELION_RIGHT_READ, 0, CONSTANT, "-> state, CPU, last fault, its address")            \
	X(TASK, CONFIGURE, 2, 0, HELION_CAPS3(CSPACE, VSPACE, PAGES), 0, HELION_RIGHT_WRITE,                           \
	  HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,                                                              \
	  "[CSpace, VSpace, Pages of the IPC buffer: their first page], all with the right to write, the Pages also "  \
	  "to read")                                                                                                   \
	X(TASK, START, 3, 4, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,                 \
	  "entry, stack pointer, argument, TLS base; all other registers begin clean, those of the FPU too")           \
	X(TASK, STOP, 4, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(STATE), CONSTANT, "stops it where it is")               \
	X(TASK, RESUME, 5, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(STATE), CONSTANT, "lets a stopped task run on")       \
	X(TASK, BIND, 6, 0, HELION_CAPS(NOTIFICATION), 0, HELION_RIGHT_WRITE, HELION_E(OCCUPIED), CONSTANT,            \
	  "[Notification]: its signals also end a recv of the task")                                                   \
	X(TASK, UNBIND, 7, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(MISSING), CONSTANT, "undoes bind")                    \
	X(TASK, TLS, 8, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,                   \
	  "base of thread-local storage, of the invoking task itself or of one that is not READY")                     \
	X(TASK, FPU, 20, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,                  \
	  "1 if it may use floating point and vectors (at first it may), 0 if that is a fault; not while it runs or "  \
	  "waits")                                                                                                     \
	X(TASK, PRIORITY, 9, 2, 0, 0, HELION_RIGHT_WRITE, HELION_E(RIGHTS) | HELION_E(ARGUMENT), CONSTANT,             \
	  "priority (0 to 63, higher goes first); ceiling: the highest that the task may give to others, at most "     \
	  "that of who invokes")                                                                                       \
	X(TASK, AFFINITY, 10, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,                               \
	  "CPUs that it may run on, a bit each; one of them runs")                                                     \
	X(TASK, SLICE, 11, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,                                  \
	  "time slice in ns, 100000 to 1000000000")                                                                    \
	X(TASK, SCHEDULE, 12, 0, 0, 4, HELION_RIGHT_READ, 0, CONSTANT,                                                 \
	  "-> priority, ceiling, CPUs that it may run on, slice in ns")                                                \
	X(TASK, SET_FAULT, 13, 0, HELION_CAPS(ENDPOINT), 0, HELION_RIGHT_WRITE, 0, CONSTANT,                           \
	  "[Endpoint, with the right to write] that its faults go to")                                                 \
	X(TASK, CLEAR_FAULT, 14, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(MISSING), CONSTANT, "undoes set_fault")         \
	X(TASK, READ_REGISTERS, 15, 0, 0, HELION_REGISTERS_WORDS, HELION_RIGHT_READ, HELION_E(STATE), CONSTANT,        \
	  "of a task that does not run and is in no system call -> struct helion_registers of <arch/registers.h>")     \
	X(TASK, WRITE_REGISTERS, 16, HELION_REGISTERS_WORDS, 0, 0, HELION_RIGHT_WRITE,                                 \
	  HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT, "struct helion_registers, likewise")                         \
	X(TASK, SET_RESTRICTED, 21, 2, HELION_CAPS(PAGES), 0, HELION_RIGHT_WRITE,                                      \
	  HELION_E(ARGUMENT) | HELION_E(MEMORY) | HELION_E(STATE), CONSTANT,                                           \
	  "[Pages with the rights to read and write, whose first page is struct helion_restricted] exception entry "   \
	  "or 0, exception stack pointer: see <helion/restricted.h>")                                                  \
	X(TASK, ENTER_RESTRICTED, 22, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,     \
	  "by the task itself, whose VSpace has a window: runs restricted code; the status is HELION_RESTRICTED_*, "   \
	  "why it stopped")                                                                                            \
	X(TASK, KICK, 23, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(STATE), CONSTANT,                                      \
	  "ends restricted mode, now, or when the task enters it next")                                                \
	X(TASK, READ_FPU, 24, 0, HELION_CAPS(PAGES), 1, HELION_RIGHT_READ,                                             \
	  HELION_E(ARGUMENT) | HELION_E(STATE) | HELION_E(UNSUPPORTED), CONSTANT,                                      \
	  "[Pages to write to, large enough] of itself or of a task that does not run -> bytes of the state, laid "    \
	  "out as <arch/fpu.h> says")                                                                                  \
	X(TASK, WRITE_FPU, 25, 0, HELION_CAPS(PAGES), 0, HELION_RIGHT_WRITE,                                           \
	  HELION_E(ARGUMENT) | HELION_E(STATE) | HELION_E(UNSUPPORTED), CONSTANT, "[Pages to read from], likewise")    \
	X(TASK, EXCEPTION_RETURN, 26, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(STATE), CONSTANT,     \
	  "by the task itself: goes on with `exception.registers` of struct helion_restricted")                        \
	X(TASK, SWITCH_VSPACE, 27, 0, HELION_CAPS(VSPACE), 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,        \
	  "by the task itself: [VSpace, with the right to write] that it goes on in, at the same address")             \
	X(NOTIFICATION, INFO, 1, 0, 0, 2, HELION_RIGHT_READ, 0, CONSTANT, "-> pending badges, tasks that wait")        \
	X(TIMER, INFO, 1, 0, 0, 2, HELION_RIGHT_READ, 0, CONSTANT,                                                     \
	  "-> next deadline in ns (0: none), times it came since the last info")                                       \
	X(TIMER, BIND, 2, 1, HELION_CAPS(NOTIFICATION), 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,           \
	  "[Notification] badge that it is signalled with")                                                            \
	X(TIMER, SET, 3, 2, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,                                    \
	  "absolute deadline in ns of the monotonic clock, period in ns (0: once; else at least 100000)")              \
	X(TIMER, CANCEL, 4, 0, 0, 0, HELION_RIGHT_WRITE, 0, CONSTANT, "no deadline any more")                          \
	X(IRQ_HANDLER, INFO, 1, 0, 0, 2, HELION_RIGHT_READ, 0, CONSTANT,                                               \
	  "-> line, whether it fired and was not acknowledged")                                                        \
	X(IRQ_HANDLER, BIND, 2, 1, HELION_CAPS(NOTIFICATION), 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,     \
	  "[Notification] badge that it is signalled with")                                                            \
	X(IRQ_HANDLER, ACK, 3, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(UNSUPPORTED), CONSTANT,                           \
	  "lets the line interrupt, again or for the first time")                                                      \
	X(IRQ_HANDLER, MASK, 4, 0, 0, 0, HELION_RIGHT_WRITE, 0, CONSTANT, "keeps the line from interrupting")          \
	X(IRQ_CONTROL, CLAIM, 2, 3, HELION_CAPS(MEMORY), 1, HELION_RIGHT_WRITE,                                        \
	  HELION_E(ARGUMENT) | HELION_E(MEMORY) | HELION_E(SLOTS) | HELION_E(OCCUPIED), CONSTANT,                      \
	  "[Memory to keep it in] line that nobody has claimed, 1 if level-triggered, 1 if active low -> slot of an "  \
	  "IRQHandler, masked")                                                                                        \
	X(IRQ_CONTROL, CLAIM_MSI, 20, 1, HELION_CAPS(MEMORY), 3, HELION_RIGHT_WRITE,                                   \
	  HELION_E(ARGUMENT) | HELION_E(MEMORY) | HELION_E(SLOTS) | HELION_E(OCCUPIED) | HELION_E(UNSUPPORTED),        \
	  CONSTANT,                                                                                                    \
	  "[Memory to keep it in] detail of the PCI function in the manifest -> slot of an IRQHandler, masked, and "   \
	  "the address and data of the message that the function has to write")                                        \
	X(IRQ_CONTROL, INFO, 1, 0, 0, 1, HELION_RIGHT_READ, 0, CONSTANT, "-> interrupt lines that the machine has")    \
	X(IOPORT_CONTROL, CLAIM, 1, 2, HELION_CAPS(MEMORY), 1, HELION_RIGHT_WRITE,                                     \
	  HELION_E(ARGUMENT) | HELION_E(MEMORY) | HELION_E(SLOTS) | HELION_E(OCCUPIED), CONSTANT,                      \
	  "[Memory to keep it in] first port, number of ports, of which none is claimed -> slot of an IOPort")         \
	X(IOPORT, IN, 1, 2, 0, 1, HELION_RIGHT_READ, HELION_E(ARGUMENT), CONSTANT,                                     \
	  "port, width in bits (8, 16, 32) -> value")                                                                  \
	X(IOPORT, OUT, 2, 3, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT), CONSTANT,                                   \
	  "port, width in bits (8, 16, 32), value")                                                                    \
	X(SYSTEM, INFO, 1, 0, 0, 4, HELION_RIGHT_READ, 0, CONSTANT,                                                    \
	  "-> CPUs running, CPUs present, monotonic time in ns, timer ticks so far on all CPUs")                       \
	X(SYSTEM, POWER_OFF, 2, 1, 0, 0, HELION_RIGHT_WRITE, HELION_E(ARGUMENT) | HELION_E(UNSUPPORTED), CONSTANT,     \
	  "exit code: 0 success; machines that cannot tell a code take any other for failure")                         \
	X(SYSTEM, RESET, 3, 0, 0, 0, HELION_RIGHT_WRITE, HELION_E(UNSUPPORTED), CONSTANT, "restarts the machine")      \
	X(SYSTEM, CPU_INFO, 4, 1, 0, 4, HELION_RIGHT_READ, HELION_E(ARGUMENT), CONSTANT,                               \
	  "CPU -> hardware id, state (0 absent, 1 starting, 2 running, 3 failed), timer ticks so far, interrupts so "  \
	  "far")                                                                                                       \
	X(SYSTEM, CPU_LOCKS, 7, 1, 0, 1, HELION_RIGHT_READ, HELION_E(ARGUMENT), CONSTANT,                              \
	  "CPU -> locks that it had to wait for so far")                                                               \
	X(SYSTEM, LOG_READ, 5, 2, HELION_CAPS(PAGES), 2, HELION_RIGHT_READ, HELION_E(ARGUMENT), CONSTANT,              \
	  "[Pages to write to] position to read from, bytes -> bytes read, next position")                             \
	X(SYSTEM, TIMESTAMP, 6, 1, 0, 2, HELION_RIGHT_READ, HELION_E(ARGUMENT), CONSTANT,                              \
	  "number: below HELION_TIME_COUNT the loader's, then HELION_KTIME_* -> ticks, ticks per second (0 unknown)")  \
	X(SYSTEM, FPU_INFO, 20, 0, 0, 1, HELION_RIGHT_READ, 0, CONSTANT,                                               \
	  "-> bytes of a task's floating-point and vector state in the layout of <arch/fpu.h>, 0: there is none")

/* HELION_<TYPE>_<NAME> = label. */
#define HELION_INVOCATION_ENUM(type, name, label, words, caps, ret, rights, errors, cost, doc) \
	HELION_##type##_##name = label,
enum helion_invocation { HELION_INVOCATIONS(HELION_INVOCATION_ENUM) };

/* Timestamps that the kernel adds to the loader's for System timestamp. */
#define HELION_KTIME_ENTRY   16 /* first instruction that can tell the time */
#define HELION_KTIME_PAGING  17 /* own page tables in use */
#define HELION_KTIME_MACHINE 18 /* machine enumerated */
#define HELION_KTIME_CPUS    19 /* all CPUs started */
#define HELION_KTIME_INIT    20 /* first instruction of init is next */
#define HELION_KTIME_COUNT   21

/* States of a Task. */
#define HELION_TASK_NEW     0 /* never started */
#define HELION_TASK_READY   1 /* runs, or waits for a CPU */
#define HELION_TASK_STOPPED 2 /* stopped by an invocation */
#define HELION_TASK_FAULTED 3 /* stopped by a fault, see Task info */
#define HELION_TASK_WAITING 4 /* sends, receives, waits for an answer, a signal or a poll */

#endif
