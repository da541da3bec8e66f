/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/tls.h"

#include "lib/checked.h"
#include "lib/string.h"
#include "user/lib/arch.h"
#include "user/lib/invoke.h"

#define BLOCK_ALIGN 64u

/* From user.ld. The sizes and the alignment are the symbols' addresses. */
extern const char __tls_template[], __tls_template_size[], __tls_size[], __tls_align[], __tls_block_size[];
extern char __tls_first_block[];

size_t tls_block_size(void)
{
	return align_down((uint64_t)(uintptr_t)__tls_block_size + BLOCK_ALIGN - 1, BLOCK_ALIGN);
}

uint64_t tls_block_init(void *block)
{
	uint64_t start = (uint64_t)(uintptr_t)block, size = (uint64_t)(uintptr_t)__tls_size;
	uint64_t align = (uint64_t)(uintptr_t)__tls_align, base, storage;

	if (ARCH_TLS_BELOW) {
		base = align_down(start + size + BLOCK_ALIGN - 1, BLOCK_ALIGN);
		base = align_down(base + align - 1, align);
		storage = base - align_down(size + align - 1, align);
		*(uint64_t *)(uintptr_t)base = base;
	} else {
		base = start;
		storage = base + align_down(ARCH_TLS_HEAD + align - 1, align);
		if (ARCH_TLS_HEAD == 0)
			storage = base;
	}
	memcpy((void *)(uintptr_t)storage, __tls_template, (size_t)(uintptr_t)__tls_template_size);
	return base;
}

int tls_start(uint64_t task)
{
	return helion_task_tls(task, tls_block_init(__tls_first_block));
}
