/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM's event log, copied while it can be asked for: afterwards it is boot-services
 * memory. (TCG PC Client Platform Firmware Profile 1.06 §10.2; TCG EFI Protocol Specification §6.5.)
 */
#include "bootloader/boot.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/proto/tcg2.h"
#include "lib/bytes.h"
#include "lib/string.h"

#define MAX_LOG        (4 * 1024 * 1024u)
#define MAX_ALGORITHMS 16u

/*
 * A crypto-agile log begins with an event of the old format (32 bytes of header) whose data says how long the
 * digests of each algorithm are; the events after it have a list of digests each.
 */
struct digest_sizes {
	uint32_t count;
	struct {
		uint16_t algorithm;
		uint16_t size;
	} of[MAX_ALGORITHMS];
};

static bool read_digest_sizes(const uint8_t *log, struct digest_sizes *ret)
{
	const uint8_t *data = log + 32;

	if (load_le32(log + 28) < 28 || memcmp(data, "Spec ID Event03", 16) != 0)
		return false;
	ret->count = load_le32(data + 24);
	if (ret->count > MAX_ALGORITHMS || load_le32(log + 28) < 28 + ret->count * 4)
		return false;
	for (uint32_t i = 0; i < ret->count; i++) {
		ret->of[i].algorithm = load_le16(data + 28 + 4 * i);
		ret->of[i].size = load_le16(data + 28 + 4 * i + 2);
	}
	return true;
}

/* Bytes of one event of the new format, 0 if it makes no sense. */
static uint64_t event_size(const uint8_t *event, const struct digest_sizes *sizes)
{
	uint32_t digests = load_le32(event + 8);
	uint64_t offset = 12;

	if (digests > MAX_ALGORITHMS)
		return 0;
	for (uint32_t i = 0; i < digests; i++) {
		uint32_t k = 0;

		while (k < sizes->count && sizes->of[k].algorithm != load_le16(event + offset))
			k++;
		if (k == sizes->count)
			return 0;
		offset += 2u + sizes->of[k].size;
	}
	return offset + 4 + load_le32(event + offset);
}

static uint64_t log_size(const uint8_t *log, uint64_t last)
{
	struct digest_sizes sizes;
	uint64_t start = (uint64_t)log, size;

	if (last == start)
		return 32 + load_le32(log + 28);
	if (last < start || last - start > MAX_LOG || !read_digest_sizes(log, &sizes))
		return 0;
	size = event_size((const uint8_t *)last, &sizes);
	return size ? last - start + size : 0;
}

void event_log_copy(struct boot *boot)
{
	struct memory_request request = {.type = HELION_MEM_MODULE, .efi_type = EfiLoaderData};
	EFI_PHYSICAL_ADDRESS log = 0, last = 0;
	EFI_GUID guid = TCG2_PROTOCOL_GUID;
	struct tcg2_protocol *tcg2;
	BOOLEAN truncated = 0;
	EFI_STATUS status;
	void *interface;

	boot->event_log = boot->event_log_size = 0;
	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return;
	tcg2 = interface;
	status = tcg2->get_event_log(tcg2, TCG2_EVENT_LOG_2_0, &log, &last, &truncated);
	if (status != EFI_SUCCESS)
		print_warning("cannot read the TPM's event log: %s", status_text(status));
	if (status != EFI_SUCCESS || !log || !last)
		return;
	request.size = log_size((const uint8_t *)log, last);
	if (request.size == 0 || request.size > MAX_LOG) {
		print_warning("the TPM's event log cannot be understood: the kernel does not get it");
		return;
	}
	status = memory_allocate(&request, &boot->event_log);
	if (status != EFI_SUCCESS) {
		print_warning("cannot get %llu bytes of memory for the TPM's event log: %s",
			      (unsigned long long)request.size, status_text(status));
		return;
	}
	boot->event_log_size = request.size;
	memcpy((void *)boot->event_log, (const void *)log, request.size);
	if (truncated)
		print_warning("the TPM's event log is incomplete");
}
