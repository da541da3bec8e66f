/* SPDX-License-Identifier: BSD-2-Clause */
/* See tcglog.h. */
#include "lib/tcglog.h"

#include "lib/bytes.h"
#include "lib/string.h"

enum {
	/* An event of the old format: PCR, type, a SHA-1, size of the data. */
	OLD_TYPE = 4,
	OLD_DATA_SIZE = 28,
	OLD_HEADER = 32,
	EV_NO_ACTION = 3,

	/* The data of the first one: signature, platform class, version, width of integers; then the algorithms. */
	SPEC_ALGORITHMS = 24,
	SPEC_HEADER = 28,

	/* An event of the new format: PCR, type, number of digests. */
	EVENT_DIGESTS = 8,
	EVENT_HEADER = 12,
};

uint64_t tcglog_begin(const uint8_t *log, uint64_t room, struct tcglog_algorithms *ret)
{
	const uint8_t *data = log + OLD_HEADER;
	uint32_t size;

	if (room < OLD_HEADER + SPEC_HEADER || load_le32(log + OLD_TYPE) != EV_NO_ACTION)
		return 0;
	size = load_le32(log + OLD_DATA_SIZE);
	if (size < SPEC_HEADER || size > room - OLD_HEADER || memcmp(data, "Spec ID Event03", 16) != 0)
		return 0;
	ret->count = load_le32(data + SPEC_ALGORITHMS);
	if (ret->count > TCGLOG_MAX_ALGORITHMS || size - SPEC_HEADER < ret->count * 4)
		return 0;
	for (uint32_t i = 0; i < ret->count; i++) {
		ret->of[i].id = load_le16(data + SPEC_HEADER + (size_t)4 * i);
		ret->of[i].size = load_le16(data + SPEC_HEADER + (size_t)4 * i + 2);
	}
	return (uint64_t)OLD_HEADER + size;
}

uint64_t tcglog_event_size(const struct tcglog_algorithms *algorithms, const uint8_t *event, uint64_t room)
{
	uint64_t offset = EVENT_HEADER;
	uint32_t digests;

	if (room < EVENT_HEADER + 4)
		return 0;
	digests = load_le32(event + EVENT_DIGESTS);
	if (digests > TCGLOG_MAX_ALGORITHMS)
		return 0;
	for (uint32_t i = 0; i < digests; i++) {
		uint32_t k = 0;

		if (room - offset < 2)
			return 0;
		while (k < algorithms->count && algorithms->of[k].id != load_le16(event + offset))
			k++;
		if (k == algorithms->count || room - offset < 2u + algorithms->of[k].size)
			return 0;
		offset += 2u + algorithms->of[k].size;
	}
	if (room - offset < 4 || load_le32(event + offset) > room - offset - 4)
		return 0;
	return offset + 4 + load_le32(event + offset);
}
