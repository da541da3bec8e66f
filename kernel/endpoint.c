/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/endpoint.h"

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/poll.h"
#include "kernel/task.h"
#include "kernel/wait.h"

enum helion_error endpoint_create(struct memory *memory, struct object **ret)
{
	struct endpoint *endpoint = memory_alloc_object(memory, sizeof(*endpoint), HELION_TYPE_ENDPOINT);

	if (!endpoint)
		return HELION_ERR_MEMORY;
	list_init(&endpoint->senders);
	list_init(&endpoint->receivers);
	list_init(&endpoint->pollers);
	*ret = &endpoint->object;
	return HELION_OK;
}

void endpoint_destroy(struct object *object)
{
	struct endpoint *endpoint = (struct endpoint *)object;

	wait_end_all(&endpoint->senders, HELION_ERR_GONE);
	wait_end_all(&endpoint->receivers, HELION_ERR_GONE);
	poll_gone(&endpoint->pollers);
	memory_free_object(object);
}

/* -- The message -------------------------------------------------------------- */

/* What the sender said of its message, in its registers. */
struct message {
	uint64_t info, words, caps;
};

static struct message message_of(const struct task *sender)
{
	uint64_t info = trapframe_info(&sender->regs);

	return (struct message){info, HELION_INFO_WORDS(info), HELION_INFO_CAPS(info)};
}

static struct cap *message_cap(const struct task *sender, unsigned i)
{
	return cspace_lookup((struct cspace *)sender->cspace.object, sender->ipc_buffer->caps[i]);
}

/* Whether the sender may send what its registers and buffer say. */
static enum helion_error check_sender(const struct task *sender, uint8_t rights)
{
	struct message message = message_of(sender);

	if (message.words > HELION_MESSAGE_WORDS || message.caps > HELION_MESSAGE_CAPS)
		return HELION_ERR_MESSAGE;
	if ((message.words > HELION_MESSAGE_REGISTERS || message.caps) && !sender->ipc_buffer)
		return HELION_ERR_FAULT;
	if (message.caps && !(rights & HELION_RIGHT_GRANT))
		return HELION_ERR_RIGHTS;
	for (unsigned i = 0; i < message.caps; i++)
		if (!message_cap(sender, i))
			return HELION_ERR_CAP;
	return HELION_OK;
}

/* Whether the receiver can take the message. */
static enum helion_error check_receiver(const struct task *sender, const struct task *receiver)
{
	struct message message = message_of(sender);

	if ((message.words > HELION_MESSAGE_REGISTERS || message.caps) && !receiver->ipc_buffer)
		return HELION_ERR_FAULT;
	if (message.caps &&
	    (!receiver->cspace.object || ((struct cspace *)receiver->cspace.object)->free_count < message.caps))
		return HELION_ERR_SLOTS;
	return HELION_OK;
}

/* Both sides were checked: this cannot fail. */
static void deliver(struct task *sender, struct task *receiver, uint64_t badge)
{
	struct message message = message_of(sender);

	for (unsigned i = 0; i < message.words && i < HELION_MESSAGE_REGISTERS; i++)
		trapframe_set_word(&receiver->regs, i, trapframe_word(&sender->regs, i));
	for (unsigned i = HELION_MESSAGE_REGISTERS; i < message.words; i++)
		receiver->ipc_buffer->words[i] = sender->ipc_buffer->words[i];
	for (unsigned i = 0; i < message.caps; i++) {
		const struct cap *cap = message_cap(sender, i);

		receiver->ipc_buffer->caps[i] =
			cspace_insert((struct cspace *)receiver->cspace.object, cap->object, cap->rights, cap->badge);
	}
	trapframe_set_info(&receiver->regs, message.info);
	trapframe_set_badge(&receiver->regs, badge);
}

static void set_status(struct task *task, enum helion_error status)
{
	trapframe_set_status(&task->regs, -(int64_t)status);
	if (status)
		trapframe_set_info(&task->regs, 0);
}

/* The receiver gets the right to answer; the caller waits for it. */
static void begin_reply(struct task *caller, struct task *receiver)
{
	cap_set(&receiver->reply, &caller->reply_object, HELION_RIGHT_ALL, 0);
	if (caller->wait_kind == WAIT_NONE) {
		wait_begin(caller, WAIT_REPLY, NULL);
	} else {
		list_remove(&caller->wait);
		caller->wait_kind = WAIT_REPLY;
	}
}

/* -- Sending and receiving ------------------------------------------------------ */

void endpoint_send(struct task *task, const struct cap *cap, bool call, bool may_wait)
{
	struct endpoint *endpoint = (struct endpoint *)cap->object;
	struct list_node *node;
	enum helion_error error;
	struct task *receiver;

	error = cap->rights & HELION_RIGHT_WRITE ? check_sender(task, cap->rights) : HELION_ERR_RIGHTS;
	if (error) {
		set_status(task, error);
		return;
	}
	node = list_first(&endpoint->receivers);
	if (!node) {
		if (!may_wait) {
			set_status(task, HELION_ERR_WOULD_BLOCK);
			return;
		}
		task->wait_badge = cap->badge;
		task->wait_rights = cap->rights;
		wait_begin(task, call ? WAIT_CALL : WAIT_SEND, &endpoint->senders);
		poll_ready(&endpoint->pollers);
		return;
	}
	receiver = list_entry(node, struct task, wait);
	error = check_receiver(task, receiver);
	if (error) {
		wait_end(receiver, error);
		set_status(task, HELION_ERR_RECEIVER);
		return;
	}
	deliver(task, receiver, cap->badge);
	wait_end(receiver, HELION_OK);
	if (call) {
		begin_reply(task, receiver);
	} else {
		set_status(task, HELION_OK);
		trapframe_set_info(&task->regs, 0);
	}
}

/* Takes the message of the task that waits longest. False when there is none that can be taken. */
static bool take_sender(struct endpoint *endpoint, struct task *task)
{
	struct list_node *node;

	while ((node = list_first(&endpoint->senders))) {
		struct task *sender = list_entry(node, struct task, wait);
		/* Capabilities may have gone while it waited. */
		enum helion_error error = check_sender(sender, sender->wait_rights);

		if (error) {
			wait_end(sender, error);
			continue;
		}
		error = check_receiver(sender, task);
		set_status(task, error);
		if (error) {
			wait_end(sender, HELION_ERR_RECEIVER);
			return true;
		}
		deliver(sender, task, sender->wait_badge);
		if (sender->wait_kind == WAIT_CALL)
			begin_reply(sender, task);
		else
			wait_end(sender, HELION_OK);
		return true;
	}
	return false;
}

void endpoint_recv(struct task *task, const struct cap *cap, bool may_wait)
{
	struct endpoint *endpoint = (struct endpoint *)cap->object;
	uint64_t badges;

	if (!(cap->rights & HELION_RIGHT_READ)) {
		set_status(task, HELION_ERR_RIGHTS);
		return;
	}
	/* A call that was neither answered nor stored will not be: its caller hears of it. */
	cap_clear(&task->reply);
	if (task->bound.object && notification_take((struct notification *)task->bound.object, &badges)) {
		notification_give(task, badges);
		return;
	}
	if (take_sender(endpoint, task))
		return;
	if (may_wait)
		wait_begin(task, WAIT_RECV, &endpoint->receivers);
	else
		set_status(task, HELION_ERR_WOULD_BLOCK);
}

/* -- Answering ------------------------------------------------------------------- */

static struct task *caller_of(struct object *reply)
{
	return list_entry(reply, struct task, reply_object);
}

bool reply_answer(struct task *task, struct cap *reply)
{
	struct task *caller = caller_of(reply->object);
	enum helion_error error = check_sender(task, HELION_RIGHT_GRANT);

	/* What the answerer did wrong it can do again: the right is kept. */
	if (error) {
		set_status(task, error);
		return false;
	}
	error = check_receiver(task, caller);
	if (!error)
		deliver(task, caller, 0);
	/* Ends the right to answer, too. */
	wait_end(caller, error);
	set_status(task, error ? HELION_ERR_RECEIVER : HELION_OK);
	return !error;
}

/* No capability to a Reply is left. Its storage is the caller's, and serves again for the next call. */
void reply_destroy(struct object *object)
{
	struct task *caller = caller_of(object);

	object->dying = false;
	if (caller->wait_kind == WAIT_REPLY)
		wait_end(caller, HELION_ERR_GONE);
}
