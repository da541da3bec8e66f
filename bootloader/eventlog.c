/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM's event log for the kernel. It is copied while it can be asked for, as it is boot-services memory; what the
 * firmware measures after that, when boot services end, it adds to the table of final events, and from there
 * it comes to the end of the copy. (TCG EFI Protocol Specification §6.5, §7.)
 */
#include "bootloader/boot.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/proto/tcg2.h"
#include "lib/string.h"
#include "lib/tcglog.h"

enum {
	MAX_LOG = 4 * 1024 * 1024,
	MAX_EVENT = 1024 * 1024,
	FINAL_ROOM = 16 * 1024, /* for the events that are still to come */
};

static struct tcglog_algorithms algorithms;
static const struct tcg2_final_events *final_events;
static uint64_t capacity;     /* of the copy */
static uint64_t known_events; /* final events that the copy has already */

static const struct tcg2_final_events *find_final_events(void)
{
	static const EFI_GUID guid = TCG2_FINAL_EVENTS_GUID;

	for (UINTN i = 0; i < ST->NumberOfTableEntries; i++)
		if (memcmp(&ST->ConfigurationTable[i].VendorGuid, &guid, sizeof(guid)) == 0)
			return ST->ConfigurationTable[i].VendorTable;
	return NULL;
}

/* Bytes of a log whose last event begins at `last`: all events up to there have to follow one another. 0 if not. */
static uint64_t log_size(const uint8_t *log, const uint8_t *last)
{
	uint64_t at, size, room;

	if (last < log || (uint64_t)(last - log) > MAX_LOG)
		return 0;
	room = (uint64_t)(last - log) + MAX_EVENT;
	size = tcglog_begin(log, room, &algorithms);
	if (last == log || !size)
		return size;
	for (at = size; size && at < (uint64_t)(last - log); at += size)
		size = tcglog_event_size(&algorithms, log + at, room - at);
	if (!size || at != (uint64_t)(last - log))
		return 0;
	size = tcglog_event_size(&algorithms, last, room - at);
	return size ? at + size : 0;
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
	uint64_t size;

	boot->event_log = boot->event_log_size = 0;
	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return;
	tcg2 = interface;
	status = tcg2->get_event_log(tcg2, TCG2_EVENT_LOG_2_0, &log, &last, &truncated);
	if (status != EFI_SUCCESS)
		print_warning("cannot read the TPM's event log: %s", status_text(status));
	if (status != EFI_SUCCESS || !log || !last)
		return;
	size = log_size((const uint8_t *)log, (const uint8_t *)last);
	if (size == 0) {
		print_warning("the TPM's event log cannot be understood: the kernel does not get it");
		return;
	}
	final_events = find_final_events();
	known_events = final_events ? final_events->count : 0;
	capacity = request.size = size + FINAL_ROOM;
	status = memory_allocate(&request, &boot->event_log);
	if (status != EFI_SUCCESS) {
		print_warning("cannot get %llu bytes of memory for the TPM's event log: %s",
			      (unsigned long long)request.size, status_text(status));
		boot->event_log = 0;
		return;
	}
	boot->event_log_size = size;
	memcpy((void *)boot->event_log, (const void *)log, size);
	memset((uint8_t *)boot->event_log + size, 0, FINAL_ROOM);
	if (truncated)
		print_warning("the TPM's event log is incomplete");
}

void event_log_complete(struct boot *boot)
{
	const struct tcg2_final_events *final = final_events;
	uint64_t at = 0, count;

	if (!boot->event_log || !final || final->version != 1)
		return;
	/* Nobody knows how long the table is; no event in it is believed to be longer than what is left of the copy. */
	count = final->count;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t room = i < known_events ? MAX_EVENT : capacity - boot->event_log_size;
		uint64_t size = tcglog_event_size(&algorithms, final->events + at, room);

		if (!size)
			return;
		if (i >= known_events) {
			memcpy((uint8_t *)boot->event_log + boot->event_log_size, final->events + at, size);
			boot->event_log_size += size;
		}
		at += size;
		if (at > MAX_LOG)
			return;
	}
}
