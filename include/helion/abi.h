/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel and a program agree on: system calls, messages, errors,
 * capability types and rights. The invocations of each type stand in
 * <helion/invocations.h>.
 */
#ifndef HELION_ABI_H
#define HELION_ABI_H

#include <stdint.h>

#define HELION_PAGE_SIZE 4096u

/* System calls. A number the kernel does not serve returns HELION_ERR_SYSCALL. */
enum helion_syscall {
	HELION_SYS_WRITECONS = 1, /* (address, length): writes text to the debug console */
	HELION_SYS_YIELD = 2,     /* gives the CPU to another task of the same priority */
	HELION_SYS_IDENTIFY = 3,  /* (cap): returns its type in the label, rights in word 0, badge in word 1 */
	HELION_SYS_SEND =
		4, /* (cap, info, words): waits for a receiver; on a kernel object like call, without an answer */
	HELION_SYS_RECV = 5,    /* (endpoint): waits for a message; or for signals of the bound notification */
	HELION_SYS_CALL = 6,    /* (cap, info, words): invokes a kernel object, or calls an endpoint */
	HELION_SYS_REPLY = 7,   /* (reply or 0, info, words): answers a stored call, or (0) the one received last; then
					 * receives from the endpoint in HELION_REPLY_RECV(), if one is named there */
	HELION_SYS_SIGNAL = 8,  /* (notification): adds the capability's badge (1 if it has none) to the pending ones */
	HELION_SYS_WAIT = 9,    /* (notification): waits for pending badges, takes them all: badge */
	HELION_SYS_NBSEND = 10, /* as send, recv and wait, but HELION_ERR_WOULD_BLOCK instead of waiting */
	HELION_SYS_NBRECV = 11,
	HELION_SYS_NBWAIT = 12,
	HELION_SYS_POLL =
		13, /* (number of capabilities, whose slots are the words of the IPC buffer): waits until one of
					 * these endpoints (a sender waits), notifications, IRQ handlers or timers is ready;
					 * word 0: a bit for each that is. Takes nothing. */
	HELION_SYS_POLLX = 14, /* (as poll, info: absolute time in ns): HELION_ERR_TIMEOUT when it has come */
	HELION_SYS_COUNT
};

/* The number of a reply that then receives from an endpoint. */
#define HELION_REPLY_RECV(endpoint) ((uint64_t)HELION_SYS_REPLY | (uint64_t)(endpoint) << 32)

/* Most capabilities of one poll. */
#define HELION_POLL_MAX 32

/* Label of what recv returns when it was not a message but signals of the bound notification: the badge has them. */
#define HELION_LABEL_SIGNALS 0xffffffffffffull

/*
 * A fault of a task that has a fault endpoint comes there as a call: label HELION_LABEL_FAULT, badge that of the capability
 * given to Task set_fault; word 0 what (as Task info says), 1 the address, 2 the instruction, 3 HELION_FAULT_*. An answer
 * without a label lets the task go on where it was; with one it stays stopped (HELION_TASK_FAULTED).
 */
#define HELION_LABEL_FAULT   0xfffffffffffeull
#define HELION_FAULT_WORDS   4
#define HELION_FAULT_WRITE   (1u << 0) /* it wrote; without this and the next it read */
#define HELION_FAULT_EXEC    (1u << 1) /* it fetched an instruction */
#define HELION_FAULT_PRESENT (1u << 2) /* something is mapped there, but not for this */

/*
 * Registers of a system call.
 *
 *              x86_64   aarch64  riscv64
 *   number     rax      x8       a7
 *   cap        rdi      x0       a0     in; out: 0 or a negative enum helion_error
 *   info       rsi      x1       a1     in and out
 *   word 0     rdx      x2       a2     in and out
 *   word 1     r10      x3       a3
 *   word 2     r8       x4       a4
 *   word 3     r9       x5       a5
 *   badge      rax      x6       a6     out
 *
 * The status of Task enter_restricted is positive, HELION_RESTRICTED_*.
 * x86_64 returns the status in rdi and clobbers rcx and r11 as SYSCALL does.
 * Every other register is kept. A message takes all four word registers along,
 * however many words it says that it has. Words 4 and up and all capabilities are in the
 * IPC buffer (struct helion_ipc_buffer) of the task.
 */
#define HELION_MESSAGE_REGISTERS 4
#define HELION_MESSAGE_WORDS     64
#define HELION_MESSAGE_CAPS      4

/* The info word: label, number of words, number of capabilities. */
#define HELION_INFO(label, words, caps) (((uint64_t)(label) << 16) | ((uint64_t)(caps) << 8) | (uint64_t)(words))
#define HELION_INFO_LABEL(info)         ((uint64_t)(info) >> 16)
#define HELION_INFO_CAPS(info)          (((uint64_t)(info) >> 8) & 0xff)
#define HELION_INFO_WORDS(info)         ((uint64_t)(info)&0xff)

/* A page of the task's memory that holds what does not fit in registers. Words
 * 0-3 have their place here too, but travel in registers. */
struct helion_ipc_buffer {
	uint64_t words[HELION_MESSAGE_WORDS];
	uint64_t caps[HELION_MESSAGE_CAPS]; /* in: slots to send; out: slots where they arrived */
};

/* Errors. A system call returns the negative value. */
enum helion_error {
	HELION_OK = 0,
	HELION_ERR_SYSCALL = 1,      /* no such system call, or not for this type of object */
	HELION_ERR_CAP = 2,          /* the slot is empty or out of range */
	HELION_ERR_TYPE = 3,         /* the capability is of another type than is needed there */
	HELION_ERR_RIGHTS = 4,       /* the capability lacks a right */
	HELION_ERR_INVOCATION = 5,   /* the object has no such invocation */
	HELION_ERR_MESSAGE = 6,      /* too few words or capabilities for the invocation, or too many */
	HELION_ERR_ARGUMENT = 7,     /* a value is out of its range */
	HELION_ERR_ALIGNMENT = 8,    /* an address or size is not aligned */
	HELION_ERR_MEMORY = 9,       /* the Memory has no room */
	HELION_ERR_SLOTS = 10,       /* the CSpace has no free slot */
	HELION_ERR_OCCUPIED = 11,    /* something is there already */
	HELION_ERR_MISSING = 12,     /* nothing is there */
	HELION_ERR_BUSY = 13,        /* the object is in use in a way that forbids it */
	HELION_ERR_STATE = 14,       /* the object is not in the state that is needed */
	HELION_ERR_FAULT = 15,       /* memory of the caller that is not mapped as needed */
	HELION_ERR_UNSUPPORTED = 16, /* this machine cannot do it */
	HELION_ERR_WOULD_BLOCK = 17, /* nobody waits on the other side */
	HELION_ERR_GONE = 18,        /* what the task waited on was destroyed; or nobody can answer its call any more */
	HELION_ERR_RECEIVER =
		19, /* the receiver cannot take the message: it has no IPC buffer or too few free slots, and was told so */
	HELION_ERR_TIMEOUT = 20, /* the time of a pollx has come */
	HELION_ERR_COUNT
};

/* Types of objects. */
enum helion_type {
	HELION_TYPE_NULL = 0,
	HELION_TYPE_MEMORY = 1,
	HELION_TYPE_PAGES = 2,
	HELION_TYPE_CSPACE = 3,
	HELION_TYPE_VSPACE = 4,
	HELION_TYPE_TASK = 5,
	HELION_TYPE_IRQ_CONTROL = 6,
	HELION_TYPE_IOPORT_CONTROL = 7,
	HELION_TYPE_IOPORT = 8,
	HELION_TYPE_SYSTEM = 9,
	HELION_TYPE_ENDPOINT = 10,
	HELION_TYPE_NOTIFICATION = 11,
	HELION_TYPE_REPLY = 12,
	HELION_TYPE_TIMER = 13,
	HELION_TYPE_IRQ_HANDLER = 14,
	HELION_TYPE_COUNT
};

/* Rights of a capability. A copy has at most the rights of its source. */
#define HELION_RIGHT_READ    (1u << 0) /* look at it; map it readable; receive, wait */
#define HELION_RIGHT_WRITE   (1u << 1) /* change it; map it writable; send, signal */
#define HELION_RIGHT_EXEC    (1u << 2) /* Pages: map it executable */
#define HELION_RIGHT_DESTROY (1u << 3) /* destroy the object for everyone */
#define HELION_RIGHT_PHYS    (1u << 4) /* Pages: learn the physical address */
#define HELION_RIGHT_GRANT   (1u << 5) /* Endpoint: send capabilities along */
#define HELION_RIGHT_ALL     0x3fu

/* Flags of VSpace map and protect. */
#define HELION_MAP_READ  (1u << 0)
#define HELION_MAP_WRITE (1u << 1)
#define HELION_MAP_EXEC  (1u << 2)

/* Memory type of Pages, and the one word of their cache attributes. */
#define HELION_PAGES_RAM         0 /* normal, write-back */
#define HELION_PAGES_DEVICE      1 /* device registers: uncached, ordered */
#define HELION_PAGES_FRAMEBUFFER 2 /* uncached, writes may merge */

/* What a program finds in its first registers (rdi rsi rdx / x0 x1 x2 / a0 a1 a2). */
struct helion_start {
	uint64_t manifest;   /* address of struct helion_manifest, read-only */
	uint64_t ipc_buffer; /* address of its IPC buffer */
	uint64_t stack_top;
};

#endif
