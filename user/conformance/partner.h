/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partners: further tasks of a test. They run in the test's CSpace and in the program's address space.
 * Unless it has TLS of the test's choice, the library finds a partner's own IPC buffer.
 */
#ifndef USER_CONFORMANCE_PARTNER_H
#define USER_CONFORMANCE_PARTNER_H

#include <stdbool.h>
#include <stdint.h>

#include "user/lib/invoke.h"
#include "user/lib/ipc.h"

#define PARTNER_STACK 8192u

struct partner {
	uint64_t task;  /* slot */
	uint64_t pages; /* slot of the Pages of its IPC buffer and, behind it, its stack */
	uint64_t stack_top;
	struct helion_ipc_buffer *buffer;
	void (*function)(struct partner *partner);
	uint64_t tls;      /* given to start; 0: thread-local storage of its own, in which the library finds `buffer` */
	uint32_t finished; /* atomic */
	bool foreign;      /* in a CSpace that is not the test's */
	/* For what the test and the function tell each other. */
	int error;
	uint64_t a, b, c;
	struct helion_message message;
};

/* A task that has not started. In another CSpace, its slots are those of that one. */
void partner_create(struct partner *partner);
void partner_create_in(struct partner *partner, uint64_t cspace);

/* Runs function(partner). */
void partner_start(struct partner *partner, void (*function)(struct partner *));
/* The same, and waits until it waits for something. */
void partner_start_waiting(struct partner *partner, void (*function)(struct partner *));

/* Waits until the function has returned and the task has stopped. */
void partner_join(struct partner *partner);

uint64_t partner_state(const struct partner *partner);
/* Waits until the task is in this state. */
void partner_await(const struct partner *partner, uint64_t state);

/* Deletes the task and its Pages; for tests that count. */
void partner_delete(struct partner *partner);

/* What partners do most. message: what is sent and what arrives; error: the result. */
void partner_send(struct partner *partner);    /* a: endpoint */
void partner_recv(struct partner *partner);    /* a: endpoint */
void partner_request(struct partner *partner); /* a: endpoint */
void partner_wait(struct partner *partner);    /* a: notification; b: badges */
void partner_poll(struct partner *partner);    /* a, b: what to poll (b may be 0); c: deadline; c: what is ready */
void partner_spin(struct partner *partner);    /* adds to a for ever, without a system call */
void partner_count(struct partner *partner);   /* adds to a for ever and yields */
/* Answers requests from endpoint a, each word plus one, until one with label PARTNER_STOP. */
void partner_serve(struct partner *partner);
#define PARTNER_STOP 99u

#endif
