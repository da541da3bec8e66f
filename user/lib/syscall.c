/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/syscall.h"

#include "user/lib/arch.h"
#include "user/lib/self.h"

int helion_writecons(const void *text, size_t length)
{
	struct arch_syscall_registers r = {.cap = (uint64_t)(uintptr_t)text, .info = length};

	arch_syscall(HELION_SYS_WRITECONS, &r);
	return (int)r.status;
}

void helion_yield(void)
{
	struct arch_syscall_registers r = {0};

	arch_syscall(HELION_SYS_YIELD, &r);
}

int helion_identify(uint64_t cap, enum helion_type *ret_type, uint64_t *ret_rights, uint64_t *ret_badge)
{
	struct arch_syscall_registers r = {.cap = cap};

	arch_syscall(HELION_SYS_IDENTIFY, &r);
	if (r.status < 0)
		return (int)r.status;
	if (ret_type != NULL)
		*ret_type = (enum helion_type)HELION_INFO_LABEL(r.info);
	if (ret_rights != NULL)
		*ret_rights = r.words[0];
	if (ret_badge != NULL)
		*ret_badge = r.words[1];
	return 0;
}

int helion_call_with(struct helion_ipc_buffer *buffer, uint64_t cap, uint64_t label, const uint64_t *words,
		     size_t word_count, const uint64_t *caps, size_t cap_count, uint64_t *ret, size_t ret_count)
{
	/* Counts beyond what a message holds are passed on for the kernel to refuse, but never read. */
	struct arch_syscall_registers r = {.cap = cap, .info = HELION_INFO(label, word_count, cap_count)};

	for (size_t i = 0; i < word_count && i < HELION_MESSAGE_WORDS; i++) {
		if (i < HELION_MESSAGE_REGISTERS)
			r.words[i] = words[i];
		else
			buffer->words[i] = words[i];
	}
	for (size_t i = 0; i < cap_count && i < HELION_MESSAGE_CAPS; i++)
		buffer->caps[i] = caps[i];

	arch_syscall(HELION_SYS_CALL, &r);
	if (r.status < 0)
		return (int)r.status;
	if (HELION_INFO_WORDS(r.info) < ret_count)
		return -HELION_ERR_MESSAGE;
	for (size_t i = 0; i < ret_count; i++)
		ret[i] = i < HELION_MESSAGE_REGISTERS ? r.words[i] : buffer->words[i];
	return 0;
}

int helion_call(uint64_t cap, uint64_t label, const uint64_t *words, size_t word_count, const uint64_t *caps,
		size_t cap_count, uint64_t *ret, size_t ret_count)
{
	return helion_call_with(helion_self.ipc_buffer, cap, label, words, word_count, caps, cap_count, ret, ret_count);
}
