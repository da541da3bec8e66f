/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_TCG2_PROTOCOL, as far as measuring needs it. TCG EFI Protocol Specification, family 2.0, §6 and §7. */
#ifndef BOOTLOADER_PROTO_TCG2_H
#define BOOTLOADER_PROTO_TCG2_H

#include "bootloader/efi.h"

#define TCG2_PROTOCOL_GUID                                             \
	{                                                              \
		0x607f766c, 0x7455, 0x42be,                            \
		{                                                      \
			0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f \
		}                                                      \
	}

/* In the configuration table: a struct tcg2_final_events. */
#define TCG2_FINAL_EVENTS_GUID                                         \
	{                                                              \
		0x1e2ed096, 0x30e2, 0x4254,                            \
		{                                                      \
			0xbd, 0x89, 0x86, 0x3b, 0xbe, 0xf8, 0x23, 0x25 \
		}                                                      \
	}

#define TCG2_EVENT_LOG_1_2 1u
#define TCG2_EVENT_LOG_2_0 2u

struct tcg2_capability {
	UINT8 size; /* of this structure; to be set before it is asked for */
	UINT8 structure_version[2];
	UINT8 protocol_version[2];
	UINT32 hash_algorithms;
	UINT32 event_logs;
	BOOLEAN has_tpm;
	UINT16 max_command;
	UINT16 max_response;
	UINT32 manufacturer;
	UINT32 bank_count;
	UINT32 active_banks;
};

/* An event to be logged; `size` bytes with what follows. */
struct tcg2_event {
	UINT32 size;
	UINT32 header_size; /* bytes from here to `event` */
	UINT16 header_version;
	UINT32 pcr;
	UINT32 type;
	UINT8 event[];
} __attribute__((packed));

#define TCG2_EVENT_HEADER_SIZE    14
#define TCG2_EVENT_HEADER_VERSION 1

/* Events since the log was asked for the first time. They go on growing until boot services have ended. */
struct tcg2_final_events {
	UINT64 version; /* 1 */
	UINT64 count;
	UINT8 events[]; /* in the crypto-agile format */
};

struct tcg2_protocol {
	EFI_STATUS(EFIAPI *get_capability)(struct tcg2_protocol *this, struct tcg2_capability *capability);
	/* The last entry's address is 0 in an empty log. A log that ran full says so in *ret_truncated. */
	EFI_STATUS(EFIAPI *get_event_log)
	(struct tcg2_protocol *this, UINT32 format, EFI_PHYSICAL_ADDRESS *ret_location,
	 EFI_PHYSICAL_ADDRESS *ret_last_entry, BOOLEAN *ret_truncated);
	/* EFI_VOLUME_FULL: the PCR was extended, and the log has no room for the event. */
	EFI_STATUS(EFIAPI *hash_log_extend_event)
	(struct tcg2_protocol *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size, struct tcg2_event *event);
};

#endif
