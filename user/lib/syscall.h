/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls, as thin as they can be. Every function returns 0 or a negative enum helion_error.
 *
 * What a message cannot carry in registers goes through the caller's IPC buffer. The functions here find it in
 * thread-local storage; a task that has none of that passes its buffer to helion_call_with().
 */
#ifndef USER_LIB_SYSCALL_H
#define USER_LIB_SYSCALL_H

#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>

/* Text to the debug console. */
int helion_writecons(const void *text, size_t length);

/* Lets another task of the same priority run. */
void helion_yield(void);

/* What the slot `cap` holds; each result pointer may be null. */
int helion_identify(uint64_t cap, enum helion_type *ret_type, uint64_t *ret_rights, uint64_t *ret_badge);

/*
 * Invokes the object behind `cap`: sends `word_count` words and `cap_count` slots with `label` and waits for the answer, of which
 * the first `ret_count` words are stored in `ret`. An answer with fewer words is -HELION_ERR_MESSAGE. On any error
 * `ret` is untouched. Arrays of which the count is 0 may be null.
 */
int helion_call(uint64_t cap, uint64_t label, const uint64_t *words, size_t word_count, const uint64_t *caps,
		size_t cap_count, uint64_t *ret, size_t ret_count);

/* The same through the given IPC buffer of the calling task. */
int helion_call_with(struct helion_ipc_buffer *buffer, uint64_t cap, uint64_t label, const uint64_t *words,
		     size_t word_count, const uint64_t *caps, size_t cap_count, uint64_t *ret, size_t ret_count);

/* "the slot is empty or out of range" and so on, for a value of enum helion_error or its negative. Never null. */
const char *helion_strerror(int error);

/* "ERR_CAP" and so on: the enum's name. Never null. */
const char *helion_error_name(int error);

/* "Memory", "Pages", ...; "type 77" is "?". Never null. */
const char *helion_type_name(uint32_t type);

#endif
