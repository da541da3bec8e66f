/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_HTTP_PROTOCOL and its service binding, as far as getting a file needs them. UEFI 2.10 §11.6, §29.6. */
#ifndef BOOTLOADER_PROTO_HTTP_H
#define BOOTLOADER_PROTO_HTTP_H

#include "bootloader/efi.h"

#define HTTP_SERVICE_BINDING_PROTOCOL_GUID                             \
	{                                                              \
		0xbdc8e6af, 0xd9bc, 0x4379,                            \
		{                                                      \
			0xa7, 0x2a, 0xe0, 0xc4, 0xe7, 0x5d, 0xae, 0x1c \
		}                                                      \
	}

#define HTTP_PROTOCOL_GUID                                             \
	{                                                              \
		0x7a59b29b, 0x910b, 0x4171,                            \
		{                                                      \
			0x82, 0x42, 0xa8, 0x5a, 0x0d, 0xf2, 0x5b, 0x5b \
		}                                                      \
	}

struct service_binding_protocol {
	/* Makes a child with the protocol on *handle, which is made if it is NULL. */
	EFI_STATUS(EFIAPI *create_child)(struct service_binding_protocol *this, EFI_HANDLE *handle);
	EFI_STATUS(EFIAPI *destroy_child)(struct service_binding_protocol *this, EFI_HANDLE handle);
};

enum {
	HTTP_VERSION_11 = 1,
	HTTP_METHOD_GET = 0,
	/* EFI_HTTP_STATUS_CODE numbers the codes in their order. */
	HTTP_STATUS_UNSUPPORTED = 0,
	HTTP_STATUS_200_OK = 3,
	HTTP_STATUS_404_NOT_FOUND = 21,
	HTTP_STATUS_410_GONE = 27,
};

struct http_access_point4 {
	BOOLEAN use_default_address;
	UINT8 local_address[4];
	UINT8 local_subnet[4];
	UINT16 local_port; /* 0: any */
};

struct http_access_point6 {
	UINT8 local_address[16]; /* zeros: any */
	UINT16 local_port;
};

struct http_config {
	UINT32 version;
	UINT32 timeout; /* milliseconds; 0: the driver's own */
	BOOLEAN is_ipv6;
	union {
		struct http_access_point4 *ipv4;
		struct http_access_point6 *ipv6;
	} access_point;
};

struct http_header {
	char *name;
	char *value;
};

struct http_request {
	UINT32 method;
	CHAR16 *url;
};

struct http_response {
	UINT32 status;
};

struct http_message {
	union {
		struct http_request *request;
		struct http_response *response; /* NULL: more of the body */
	} data;
	UINTN header_count;
	struct http_header *headers; /* of a response: from the pool, each text too */
	UINTN body_length;           /* in: room; out: bytes */
	void *body;
};

struct http_token {
	EFI_EVENT event; /* is signalled when it is done */
	EFI_STATUS status;
	struct http_message *message;
};

struct http_protocol {
	EFI_STATUS(EFIAPI *get_mode_data)(struct http_protocol *this, struct http_config *config);
	/* NULL resets it. */
	EFI_STATUS(EFIAPI *configure)(struct http_protocol *this, struct http_config *config);
	EFI_STATUS(EFIAPI *request)(struct http_protocol *this, struct http_token *token);
	EFI_STATUS(EFIAPI *cancel)(struct http_protocol *this, struct http_token *token);
	EFI_STATUS(EFIAPI *response)(struct http_protocol *this, struct http_token *token);
	EFI_STATUS(EFIAPI *poll)(struct http_protocol *this);
};

#endif
