/* SPDX-License-Identifier: BSD-2-Clause */
/* A server that has the files of the volume, reached by TFTP through PXE or by HTTP. UEFI 2.10 §24.3, §29.6. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/proto/http.h"
#include "bootloader/proto/ip4_config2.h"
#include "firmware.h"

/* The server's name for a file, as a path of the volume. */
static const char *volume_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "\\%s", name);
	for (char *c = path; *c; c++)
		if (*c == '/')
			*c = '\\';
	return path;
}

/* ---- PXE --------------------------------------------------------------------------------------------------------- */

static EFI_PXE_BASE_CODE_MODE mode;

static EFI_STATUS EFIAPI mtftp(EFI_PXE_BASE_CODE_PROTOCOL *this, EFI_PXE_BASE_CODE_TFTP_OPCODE operation, void *buffer,
			       BOOLEAN overwrite, UINT64 *size, UINTN *block, EFI_IP_ADDRESS *server, UINT8 *name,
			       EFI_PXE_BASE_CODE_MTFTP_INFO *info, BOOLEAN no_buffer)
{
	const char *path = volume_path((const char *)name);
	const void *content;
	size_t content_size;

	(void)this, (void)overwrite, (void)block, (void)info, (void)no_buffer;
	FIRMWARE_CALL("Mtftp", "%s", path);
	if (server->v4.Addr[0] != 10 || server->v4.Addr[3] != 2)
		firmware_violation("TFTP from another server");
	content = firmware_file(path, &content_size);
	if (!content) {
		mode.TftpErrorReceived = 1;
		mode.TftpError.ErrorCode = 1;
		return EFI_TFTP_ERROR;
	}
	if (operation == EFI_PXE_BASE_CODE_TFTP_GET_FILE_SIZE) {
		*size = content_size;
		return EFI_SUCCESS;
	}
	if (firmware_quirks.truncated && strcmp(path, firmware_quirks.truncated) == 0)
		content_size /= 2;
	if (*size < content_size)
		return EFI_BUFFER_TOO_SMALL;
	firmware_call_size(content_size);
	memcpy(buffer, content, content_size);
	*size = content_size;
	return EFI_SUCCESS;
}

void firmware_serve_tftp(void)
{
	static EFI_PXE_BASE_CODE_PROTOCOL pxe = {.Mtftp = mtftp, .Mode = &mode};
	static const UINT8 address[] = {10, 0, 2, 2};
	EFI_GUID guid = EFI_PXE_BASE_CODE_PROTOCOL_GUID;
	EFI_PXE_BASE_CODE_DHCPV4_PACKET *packet = &mode.DhcpAck.Dhcpv4;

	mode.Started = mode.DhcpAckReceived = 1;
	memcpy(packet->BootpSiAddr, address, sizeof(address));
	memcpy(packet->BootpBootFile, "EFI/BOOT/BOOTX64.EFI", 21);
	firmware_install(&firmware_device, guid, &pxe);
}

/* ---- HTTP -------------------------------------------------------------------------------------------------------- */

enum {
	PIECE = 1460, /* bytes that come at once */
};

static struct {
	const uint8_t *content; /* NULL: no such file */
	size_t size, done;
	char path[256];
	bool is_configured;
} request;

static struct http_token *pending;
static bool is_response, has_address;
static unsigned children;
static EFI_HANDLE child;

static EFI_STATUS EFIAPI configure(struct http_protocol *this, struct http_config *config)
{
	(void)this;
	FIRMWARE_CALL(config ? "Http Configure" : "Http reset", "%s", "");
	if (config && !has_address)
		return EFI_NO_MAPPING;
	request.is_configured = config != NULL;
	return EFI_SUCCESS;
}

static EFI_STATUS begin(struct http_token *token, bool response)
{
	if (!request.is_configured || !token->event || pending) {
		firmware_violation("an HTTP token where none is allowed");
		return EFI_NOT_STARTED;
	}
	pending = token;
	is_response = response;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI send_request(struct http_protocol *this, struct http_token *token)
{
	const char *url = firmware_utf8(token->message->data.request->url), *path = strstr(url, "8000/");

	(void)this;
	snprintf(request.path, sizeof(request.path), "%s", volume_path(path ? path + 5 : ""));
	FIRMWARE_CALL("Http Request", "%s", request.path);
	request.content = firmware_file(request.path, &request.size);
	request.done = 0;
	return begin(token, false);
}

static EFI_STATUS EFIAPI receive(struct http_protocol *this, struct http_token *token)
{
	(void)this;
	FIRMWARE_CALL("Http Response", "%s", request.path);
	return begin(token, true);
}

static void add_header(struct http_message *message, const char *name, const char *value)
{
	struct http_header *header = &message->headers[message->header_count++];

	header->name = firmware_pool(strlen(name) + 1);
	header->value = firmware_pool(strlen(value) + 1);
	memcpy(header->name, name, strlen(name) + 1);
	memcpy(header->value, value, strlen(value) + 1);
}

static EFI_STATUS answer_headers(struct http_message *message)
{
	char length[24];

	message->headers = firmware_pool(2 * sizeof(*message->headers));
	message->header_count = 0;
	add_header(message, "Server", "host");
	snprintf(length, sizeof(length), "%zu", request.size);
	if (!firmware_quirks.http_is_unsized)
		add_header(message, "CONTENT-length", length);
	message->data.response->status = request.content ? HTTP_STATUS_200_OK : HTTP_STATUS_404_NOT_FOUND;
	if (firmware_quirks.http_status && strcmp(request.path, "\\helion\\initrd") == 0)
		message->data.response->status = firmware_quirks.http_status;
	return message->data.response->status == HTTP_STATUS_200_OK ? EFI_SUCCESS : EFI_HTTP_ERROR;
}

static EFI_STATUS answer_body(struct http_message *message)
{
	size_t end = request.size;

	if (firmware_quirks.truncated && strcmp(request.path, firmware_quirks.truncated) == 0)
		end /= 2;
	if (request.done == end)
		return LOADER_EFI_CONNECTION_FIN;
	if (message->body_length > PIECE)
		message->body_length = PIECE;
	if (message->body_length > end - request.done)
		message->body_length = end - request.done;
	memcpy(message->body, request.content + request.done, message->body_length);
	request.done += message->body_length;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI poll(struct http_protocol *this)
{
	struct http_token *token = pending;

	(void)this;
	FIRMWARE_CALL("Http Poll", "%s", "");
	if (!token || (is_response && firmware_quirks.http_is_silent))
		return EFI_NOT_READY;
	pending = NULL;
	token->status = EFI_SUCCESS;
	if (is_response)
		token->status =
			token->message->data.response ? answer_headers(token->message) : answer_body(token->message);
	firmware_signal(token->event);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI cancel(struct http_protocol *this, struct http_token *token)
{
	EFI_STATUS failure;

	(void)this;
	firmware_call(&failure, "Http Cancel", "%s", "");
	if (pending == token)
		pending = NULL;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI create_child(struct service_binding_protocol *this, EFI_HANDLE *handle)
{
	(void)this;
	FIRMWARE_CALL("Http CreateChild", "%s", "");
	*handle = child;
	children++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI destroy_child(struct service_binding_protocol *this, EFI_HANDLE handle)
{
	EFI_STATUS failure;

	(void)this;
	firmware_call(&failure, "Http DestroyChild", "%s", "");
	if (handle != child || pending)
		firmware_violation("a child of HTTP is destroyed that is none, or is at work");
	children--;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI ip4_get_data(struct ip4_config2_protocol *this, UINT32 type, UINTN *size, void *data)
{
	struct ip4_config2_interface interface = {.station_address = {10, 0, 2, 15}};

	(void)this, (void)type;
	FIRMWARE_CALL("Ip4 GetData", "%s", "");
	if (*size < sizeof(interface))
		return EFI_BUFFER_TOO_SMALL;
	if (!has_address)
		memset(interface.station_address, 0, 4);
	memcpy(data, &interface, sizeof(interface));
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI ip4_set_data(struct ip4_config2_protocol *this, UINT32 type, UINTN size, void *data)
{
	(void)this, (void)type, (void)size, (void)data;
	FIRMWARE_CALL("Ip4 SetData", "%s", "");
	has_address = !firmware_quirks.has_no_address;
	return EFI_SUCCESS;
}

void firmware_serve_http(const char *url)
{
	static struct http_protocol http = {
		.configure = configure, .request = send_request, .cancel = cancel, .response = receive, .poll = poll};
	static struct service_binding_protocol binding = {create_child, destroy_child};
	static struct ip4_config2_protocol config = {ip4_set_data, ip4_get_data};
	static uint8_t path[256];
	EFI_GUID http_guid = HTTP_PROTOCOL_GUID, binding_guid = HTTP_SERVICE_BINDING_PROTOCOL_GUID;
	EFI_GUID config_guid = IP4_CONFIG2_PROTOCOL_GUID;
	EFI_HANDLE nic = NULL;
	size_t length = strlen(url);

	/* A node with the URL, and the end. */
	memcpy(path, (uint8_t[]){3, 24, (uint8_t)(4 + length), 0}, 4);
	memcpy(path + 4, url, length);
	memcpy(path + 4 + length, (uint8_t[]){0x7f, 0xff, 4, 0}, 4);
	firmware_set_device_path(path);
	firmware_install(&nic, binding_guid, &binding);
	firmware_install(&nic, config_guid, &config);
	firmware_install(&child, http_guid, &http);
}

void firmware_network_leaks(void)
{
	if (children)
		firmware_violation("leak: %u children of HTTP", children);
	if (pending)
		firmware_violation("leak: an HTTP token");
}
