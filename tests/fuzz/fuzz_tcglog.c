/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the input for the event log of a TPM and walks it. */
#include <stdlib.h>
#include <string.h>

#include "lib/tcglog.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcglog_algorithms algorithms;
	uint64_t at = tcglog_begin(data, size, &algorithms), event;

	if (!at)
		return 0;
	require(at <= size && algorithms.count <= TCGLOG_MAX_ALGORITHMS);
	for (; at < size; at += event) {
		uint8_t *copy;

		event = tcglog_event_size(&algorithms, data + at, size - at);
		if (!event)
			break;
		require(event >= 16 && event <= size - at);
		/* It looks at no byte beyond its end, so that this much is enough room, and less is not. */
		copy = malloc(event);
		memcpy(copy, data + at, event);
		require(tcglog_event_size(&algorithms, copy, event) == event);
		require(tcglog_event_size(&algorithms, copy, event - 1) == 0);
		free(copy);
	}
	return 0;
}
