/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Revocation: deletes every capability to an object that is in a CSpace and carries
 * a given badge. In parts: where the next one begins is kept by a cursor in the
 * object's list of capabilities, which belongs to the task that revokes. What is
 * minted with that badge meanwhile comes behind the cursor and goes as well.
 *
 * Lock: exclusive.
 */
#ifndef KERNEL_REVOKE_H
#define KERNEL_REVOKE_H

#include "kernel/object.h"

struct task;

/* The next part of a revocation by `task`. HELION_RESTART: there is more to do. */
enum helion_error revoke(struct task *task, struct object *object, uint64_t badge);

/* The task does not go on with a revocation that it may have begun. */
void revoke_cancel(struct task *task);

#endif
