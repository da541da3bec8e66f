/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between tasks, signals, polls. Every function returns 0 or a negative enum helion_error, and uses the IPC
 * buffer that it is given: each task has its own, the first task of a process that of helion_process.
 */
#ifndef USER_LIB_IPC_H
#define USER_LIB_IPC_H

#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>

/* A message: what is sent, and what arrived. */
struct helion_message {
	uint64_t label;
	uint64_t word_count, cap_count;
	uint64_t words[HELION_MESSAGE_WORDS];
	uint64_t caps[HELION_MESSAGE_CAPS]; /* slots: to send, or where they arrived */
	uint64_t badge;                     /* of the capability that was sent through; for signals: the badges */
};

int helion_send(struct helion_ipc_buffer *buffer, uint64_t endpoint, const struct helion_message *message);
int helion_nbsend(struct helion_ipc_buffer *buffer, uint64_t endpoint, const struct helion_message *message);
int helion_recv(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *ret);
int helion_nbrecv(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *ret);

/* Sends a request and waits for the answer, which replaces it. */
int helion_request(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *message);

/* Answers the request received last (reply 0) or a stored one. */
int helion_reply(struct helion_ipc_buffer *buffer, uint64_t reply, const struct helion_message *message);

/* The same, and receives the next request from `endpoint` in one system call. */
int helion_reply_recv(struct helion_ipc_buffer *buffer, uint64_t reply, uint64_t endpoint,
		      struct helion_message *message);

int helion_signal(uint64_t notification);
int helion_wait(uint64_t notification, uint64_t *ret_badges);
int helion_nbwait(uint64_t notification, uint64_t *ret_badges);

/* Waits until one of the capabilities is ready; *ret_ready has a bit for each that is. deadline: absolute, in ns; UINT64_MAX for none. */
int helion_poll(struct helion_ipc_buffer *buffer, const uint64_t *caps, size_t count, uint64_t deadline,
		uint64_t *ret_ready);

#endif
