/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/ipc.h"

#include "lib/string.h"
#include "user/lib/arch.h"

static void put(struct helion_ipc_buffer *buffer, const struct helion_message *message,
		struct arch_syscall_registers *r)
{
	for (size_t i = 0; i < message->word_count && i < HELION_MESSAGE_WORDS; i++) {
		if (i < HELION_MESSAGE_REGISTERS)
			r->words[i] = message->words[i];
		else
			buffer->words[i] = message->words[i];
	}
	for (size_t i = 0; i < message->cap_count && i < HELION_MESSAGE_CAPS; i++)
		buffer->caps[i] = message->caps[i];
	r->info = HELION_INFO(message->label, message->word_count, message->cap_count);
}

static int get(const struct helion_ipc_buffer *buffer, const struct arch_syscall_registers *r,
	       struct helion_message *ret)
{
	if (r->status < 0)
		return (int)r->status;
	ret->label = HELION_INFO_LABEL(r->info);
	ret->word_count = HELION_INFO_WORDS(r->info);
	ret->cap_count = HELION_INFO_CAPS(r->info);
	ret->badge = r->badge;
	for (size_t i = 0; i < ret->word_count; i++)
		ret->words[i] = i < HELION_MESSAGE_REGISTERS ? r->words[i] : buffer->words[i];
	for (size_t i = 0; i < ret->cap_count; i++)
		ret->caps[i] = buffer->caps[i];
	return 0;
}

static int send(uint64_t number, struct helion_ipc_buffer *buffer, uint64_t cap, const struct helion_message *message)
{
	struct arch_syscall_registers r = {.cap = cap};

	put(buffer, message, &r);
	arch_syscall(number, &r);
	return (int)r.status;
}

static int recv(uint64_t number, struct helion_ipc_buffer *buffer, uint64_t cap, struct helion_message *ret)
{
	struct arch_syscall_registers r = {.cap = cap};

	arch_syscall(number, &r);
	return get(buffer, &r, ret);
}

static int exchange(uint64_t number, struct helion_ipc_buffer *buffer, uint64_t cap, struct helion_message *message)
{
	struct arch_syscall_registers r = {.cap = cap};

	put(buffer, message, &r);
	arch_syscall(number, &r);
	return get(buffer, &r, message);
}

int helion_send(struct helion_ipc_buffer *buffer, uint64_t endpoint, const struct helion_message *message)
{
	return send(HELION_SYS_SEND, buffer, endpoint, message);
}

int helion_nbsend(struct helion_ipc_buffer *buffer, uint64_t endpoint, const struct helion_message *message)
{
	return send(HELION_SYS_NBSEND, buffer, endpoint, message);
}

int helion_recv(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *ret)
{
	return recv(HELION_SYS_RECV, buffer, endpoint, ret);
}

int helion_nbrecv(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *ret)
{
	return recv(HELION_SYS_NBRECV, buffer, endpoint, ret);
}

int helion_request(struct helion_ipc_buffer *buffer, uint64_t endpoint, struct helion_message *message)
{
	return exchange(HELION_SYS_CALL, buffer, endpoint, message);
}

int helion_reply(struct helion_ipc_buffer *buffer, uint64_t reply, const struct helion_message *message)
{
	return send(HELION_SYS_REPLY, buffer, reply, message);
}

int helion_reply_recv(struct helion_ipc_buffer *buffer, uint64_t reply, uint64_t endpoint,
		      struct helion_message *message)
{
	return exchange(HELION_REPLY_RECV(endpoint), buffer, reply, message);
}

int helion_signal(uint64_t notification)
{
	struct arch_syscall_registers r = {.cap = notification};

	arch_syscall(HELION_SYS_SIGNAL, &r);
	return (int)r.status;
}

static int wait(uint64_t number, uint64_t notification, uint64_t *ret_badges)
{
	struct arch_syscall_registers r = {.cap = notification};

	arch_syscall(number, &r);
	if (r.status == 0)
		*ret_badges = r.badge;
	return (int)r.status;
}

int helion_wait(uint64_t notification, uint64_t *ret_badges)
{
	return wait(HELION_SYS_WAIT, notification, ret_badges);
}

int helion_nbwait(uint64_t notification, uint64_t *ret_badges)
{
	return wait(HELION_SYS_NBWAIT, notification, ret_badges);
}

int helion_poll(struct helion_ipc_buffer *buffer, const uint64_t *caps, size_t count, uint64_t deadline,
		uint64_t *ret_ready)
{
	struct arch_syscall_registers r = {.cap = count, .info = deadline};

	for (size_t i = 0; i < count && i < HELION_MESSAGE_WORDS; i++)
		buffer->words[i] = caps[i];
	arch_syscall(deadline == UINT64_MAX ? HELION_SYS_POLL : HELION_SYS_POLLX, &r);
	if (r.status == 0)
		*ret_ready = r.words[0];
	return (int)r.status;
}
