/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/endpoint.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/notification.h"
#include "kernel/poll.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/wait.h"

void endpoint_init(struct object *object)
{
	struct endpoint *endpoint = (struct endpoint *)object;

	endpoint->lock = (struct spinlock)SPINLOCK_INIT(LOCK_OBJECT);
	list_init(&endpoint->senders);
	list_init(&endpoint->receivers);
	pollers_init(&endpoint->pollers);
}

bool endpoint_destroy(struct object *object)
{
	struct endpoint *endpoint = (struct endpoint *)object;

	if (!wait_end_some(&endpoint->senders, REAP_STEP, HELION_ERR_GONE) ||
	    !wait_end_some(&endpoint->receivers, REAP_STEP, HELION_ERR_GONE))
		return false;
	poll_gone(&endpoint->pollers);
	return true;
}

/* -- The message -------------------------------------------------------------- */

/* What a sender says: in its registers and buffer, or in the kernel's account of its fault. */
struct message {
	uint64_t info;
	unsigned words, caps;
	bool fault;
	struct cap *cap[HELION_MESSAGE_CAPS];
};

/* The capabilities of the message. Other tasks may write to the buffer meanwhile: each slot is read once. */
static enum helion_error read_caps(const struct task *sender, struct message *message)
{
	const volatile struct helion_ipc_buffer *buffer = sender->ipc_buffer;

	for (unsigned i = 0; i < message->caps; i++) {
		struct cap *cap = cspace_lookup((struct cspace *)sender->cspace.object, buffer->caps[i]);

		if (!cap)
			return HELION_ERR_CAP;
		/* It will be moved, so it can be there only once. */
		for (unsigned j = 0; cap->type == HELION_TYPE_REPLY && j < i; j++)
			if (message->cap[j] == cap)
				return HELION_ERR_ARGUMENT;
		message->cap[i] = cap;
	}
	return HELION_OK;
}

/* The message of a sender, if its registers and buffer say one that it may send. */
static enum helion_error read_message(const struct task *sender, uint8_t rights, struct message *message)
{
	message->fault = sender->wait_kind == WAIT_FAULT;
	message->info = message->fault ? TASK_FAULT_INFO : trapframe_info(&sender->regs);
	message->words = HELION_INFO_WORDS(message->info);
	message->caps = HELION_INFO_CAPS(message->info);
	if (message->words > HELION_MESSAGE_WORDS || message->caps > HELION_MESSAGE_CAPS)
		return HELION_ERR_MESSAGE;
	if ((message->words > HELION_MESSAGE_REGISTERS || message->caps) && !sender->ipc_buffer)
		return HELION_ERR_FAULT;
	if (message->caps && !(rights & HELION_RIGHT_GRANT))
		return HELION_ERR_RIGHTS;
	return read_caps(sender, message);
}

/* Whether the receiver can take the message. */
static enum helion_error check_receiver(const struct message *message, const struct task *receiver)
{
	if ((message->words > HELION_MESSAGE_REGISTERS || message->caps) && !receiver->ipc_buffer)
		return HELION_ERR_FAULT;
	if (message->caps &&
	    (!receiver->cspace.object || ((struct cspace *)receiver->cspace.object)->free_count < message->caps))
		return HELION_ERR_SLOTS;
	return HELION_OK;
}

/* A copy, but the right to answer a call is moved: there is one at the most. */
static uint64_t deliver_cap(struct cap *cap, struct task *receiver)
{
	uint64_t slot = cspace_insert((struct cspace *)receiver->cspace.object, cap->object, cap->rights, cap->badge);

	if (cap->type == HELION_TYPE_REPLY)
		cspace_delete(cap->holder, cap);
	return slot;
}

/* Both sides were checked: this cannot fail. */
static void deliver(const struct message *message, struct task *sender, struct task *receiver, uint64_t badge)
{
	for (unsigned i = 0; i < message->words && i < HELION_MESSAGE_REGISTERS; i++)
		trapframe_set_word(&receiver->regs, i,
				   message->fault ? task_fault_word(sender, i) : trapframe_word(&sender->regs, i));
	for (unsigned i = HELION_MESSAGE_REGISTERS; i < message->words; i++)
		receiver->ipc_buffer->words[i] = sender->ipc_buffer->words[i];
	for (unsigned i = 0; i < message->caps; i++)
		receiver->ipc_buffer->caps[i] = deliver_cap(message->cap[i], receiver);
	trapframe_set_info(&receiver->regs, message->info);
	trapframe_set_badge(&receiver->regs, badge);
}

static void set_status(struct task *task, enum helion_error status)
{
	trapframe_set_status(&task->regs, -(int64_t)status);
	if (status)
		trapframe_set_info(&task->regs, 0);
}

/* The receiver gets the right to answer, and the importance of the caller, who waits for it from now on. */
static void begin_reply(struct task *caller, struct task *receiver, enum wait_kind kind)
{
	receiver->client = caller;
	caller->server = receiver;
	task_inherit(receiver, caller);
	if (caller->wait_kind == WAIT_NONE) {
		wait_begin(caller, kind, NULL);
	} else {
		list_remove(&caller->wait);
		caller->wait_kind = (uint8_t)kind;
	}
}

/* -- Sending and receiving ------------------------------------------------------ */

/* To the task that receives, if there is one. A fault's sender keeps its registers as they are. */
static void send_to(const struct message *message, struct task *task, struct task *receiver, uint64_t badge, bool call)
{
	enum helion_error error = check_receiver(message, receiver);

	if (error) {
		wait_end(receiver, error);
		set_status(task, HELION_ERR_RECEIVER);
		return;
	}
	deliver(message, task, receiver, badge);
	if (call) {
		begin_reply(task, receiver, WAIT_REPLY);
	} else {
		set_status(task, HELION_OK);
		trapframe_set_info(&task->regs, 0);
	}
	wait_end(receiver, HELION_OK);
}

void endpoint_send(struct task *task, const struct cap *cap, bool call, bool may_wait)
{
	struct endpoint *endpoint = (struct endpoint *)cap->object;
	struct message message;
	struct list_node *node;
	enum helion_error error;

	error = cap->rights & HELION_RIGHT_WRITE ? read_message(task, cap->rights, &message) : HELION_ERR_RIGHTS;
	if (error) {
		set_status(task, error);
		return;
	}
	node = list_first(&endpoint->receivers);
	if (node) {
		send_to(&message, task, list_entry(node, struct task, wait), cap->badge, call);
	} else if (!may_wait) {
		set_status(task, HELION_ERR_WOULD_BLOCK);
	} else {
		task->wait_badge = cap->badge;
		task->wait_rights = cap->rights;
		wait_begin(task, call ? WAIT_CALL : WAIT_SEND, &endpoint->senders);
		poll_ready(&endpoint->pollers);
	}
}

void endpoint_fault(struct task *task)
{
	struct endpoint *endpoint = (struct endpoint *)task->fault_endpoint.object;
	struct list_node *node = list_first(&endpoint->receivers);
	struct message message;

	task->wait_badge = task->fault_endpoint.badge;
	wait_begin(task, WAIT_FAULT, &endpoint->senders);
	if (node) {
		struct task *receiver = list_entry(node, struct task, wait);

		read_message(task, 0, &message);
		deliver(&message, task, receiver, task->wait_badge);
		begin_reply(task, receiver, WAIT_FAULT_REPLY);
		wait_end(receiver, HELION_OK);
	} else {
		poll_ready(&endpoint->pollers);
	}
}

/* Takes the message of the task that waits longest. False when there is none that can be taken; after many that can not the
 * receiver begins again. */
static bool take_sender(struct endpoint *endpoint, struct task *task)
{
	struct message message;
	struct list_node *node;
	unsigned refused = 0;

	while ((node = list_first(&endpoint->senders))) {
		struct task *sender = list_entry(node, struct task, wait);
		/* Capabilities may have gone while it waited. */
		enum helion_error error = read_message(sender, sender->wait_rights, &message);

		if (error) {
			wait_end(sender, error);
			if (++refused == REAP_STEP) {
				trapframe_restart(&task->regs);
				task->begun = BEGUN_RESTARTS;
				return true;
			}
			continue;
		}
		error = check_receiver(&message, task);
		set_status(task, error);
		if (error) {
			wait_end(sender, HELION_ERR_RECEIVER);
			return true;
		}
		deliver(&message, sender, task, sender->wait_badge);
		if (sender->wait_kind == WAIT_CALL)
			begin_reply(sender, task, WAIT_REPLY);
		else if (sender->wait_kind == WAIT_FAULT)
			begin_reply(sender, task, WAIT_FAULT_REPLY);
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
	if (task->client)
		wait_end(task->client, HELION_ERR_GONE);
	task_disinherit(task);
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

struct task *reply_caller(const struct object *reply)
{
	return list_entry(reply, struct task, reply_object);
}

/* The answer to a fault: the task goes on where it was, or, with a label, stays stopped. */
static void answer_fault(struct task *task, struct task *faulted, uint64_t info)
{
	wait_end(faulted, HELION_INFO_LABEL(info) ? HELION_ERR_GONE : HELION_OK);
	set_status(task, HELION_OK);
}

bool reply_answer(struct task *task, struct task *caller)
{
	struct message message;
	enum helion_error error = read_message(task, HELION_RIGHT_GRANT, &message);

	/* What the answerer did wrong it can do again: the right is kept. */
	if (error) {
		set_status(task, error);
		return false;
	}
	if (caller->wait_kind == WAIT_FAULT_REPLY) {
		answer_fault(task, caller, message.info);
	} else {
		error = check_receiver(&message, caller);
		if (!error)
			deliver(&message, task, caller, 0);
		/* Ends the right to answer, too. */
		wait_end(caller, error);
		set_status(task, error ? HELION_ERR_RECEIVER : HELION_OK);
	}
	if (!task->client)
		task_disinherit(task);
	return !error;
}

/* No capability to a Reply is left. Its storage is the caller's, and serves again for the next call. */
bool reply_destroy(struct object *object)
{
	struct task *caller = reply_caller(object);

	object->dying = false;
	list_remove(&object->siblings);
	if (caller->wait_kind == WAIT_REPLY || caller->wait_kind == WAIT_FAULT_REPLY)
		wait_end(caller, HELION_ERR_GONE);
	return false;
}
