/* SPDX-License-Identifier: BSD-2-Clause */
/* See measure.h. (TCG PC Client Platform Firmware Profile 1.06 §3.3.4, §10.4; TCG EFI Protocol Specification §6.6.) */
#include "bootloader/measure.h"

#include "bootloader/print.h"
#include "bootloader/proto/tcg2.h"
#include "lib/format.h"
#include "lib/string.h"

#define EV_IPL 13u

enum {
	MAX_TEXT = 512, /* bytes of an event's text with its NUL; a longer one is cut: the digest is what counts */
};

static struct tcg2_protocol *tpm; /* NULL: none */

void measure_begin(void)
{
	struct tcg2_capability capability = {.size = sizeof(capability)};
	EFI_GUID guid = TCG2_PROTOCOL_GUID;
	EFI_STATUS status;
	void *interface;

	tpm = NULL;
	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return;
	tpm = interface;
	status = tpm->get_capability(tpm, &capability);
	if (status != EFI_SUCCESS)
		print_warning("cannot ask whether there is a TPM, nothing is measured: %s", status_text(status));
	if (status != EFI_SUCCESS || !capability.has_tpm)
		tpm = NULL;
}

bool measure_is_on(void)
{
	return tpm != NULL;
}

EFI_STATUS measure(unsigned pcr, const void *content, uint64_t size, const char *what, struct slice name)
{
	static union {
		struct tcg2_event event;
		UINT8 bytes[sizeof(struct tcg2_event) + MAX_TEXT];
	} buffer;
	struct tcg2_event *event = &buffer.event;
	EFI_STATUS status;
	size_t length;

	if (!tpm)
		return EFI_SUCCESS;
	length = fmt_snprintf((char *)event->event, MAX_TEXT, "%s %.*s", what, SLICE_ARGS(name));
	if (length >= MAX_TEXT)
		length = MAX_TEXT - 1;
	event->header_size = TCG2_EVENT_HEADER_SIZE;
	event->header_version = TCG2_EVENT_HEADER_VERSION;
	event->pcr = pcr;
	event->type = EV_IPL;
	event->size = (UINT32)(sizeof(*event) + length + 1);
	status = tpm->hash_log_extend_event(tpm, 0, (uint64_t)content, size, event);
	if (status == EFI_VOLUME_FULL) {
		print_warning("the TPM's event log is full: it lacks \"%s\"", (const char *)event->event);
		return EFI_SUCCESS;
	}
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot measure \"%s\" into the TPM", (const char *)event->event);
	print_info("measured into PCR %u: %s", pcr, (const char *)event->event);
	return EFI_SUCCESS;
}
