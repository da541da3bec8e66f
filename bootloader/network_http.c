/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by HTTP, or by HTTPS where the firmware has it, from the server that HTTP boot has loaded the loader from. Each
 * has a connection of its own, and is received straight to its place. UEFI 2.10 §29.6; RFC 9110.
 */
#include "bootloader/memory.h"
#include "bootloader/network.h"
#include "bootloader/print.h"
#include "bootloader/proto/http.h"
#include "bootloader/proto/ip4_config2.h"
#include "bootloader/text.h"
#include "lib/bytes.h"
#include "lib/format.h"
#include "lib/string.h"

/* A server that says nothing for so long is gone. Unit: 100 ns. */
#define PATIENCE (20 * 10000000ull)

enum {
	MESSAGING_URI = 24, /* subtype of a device-path node. UEFI 2.10 §10.3.4.23 */
};

/* One file that is being fetched. */
struct connection {
	EFI_HANDLE child;
	struct http_protocol *http;
	EFI_EVENT done, clock;
	char *detail;
	bool is_missing; /* the server says so */
};

static struct service_binding_protocol *binding;

/* ---- One request ------------------------------------------------------------------------------------------------- */

/* EFI_TIMEOUT: it is over. */
static EFI_STATUS check_time(EFI_EVENT clock)
{
	EFI_STATUS status = BS->CheckEvent(clock);

	if (status == EFI_SUCCESS)
		return EFI_TIMEOUT;
	return status == EFI_NOT_READY ? EFI_SUCCESS : status;
}

/* Waits until a token is done. The driver works when it is polled. */
static EFI_STATUS wait(struct connection *connection, struct http_token *token)
{
	EFI_STATUS status = BS->SetTimer(connection->clock, TimerRelative, PATIENCE);

	while (status == EFI_SUCCESS) {
		connection->http->poll(connection->http);
		status = BS->CheckEvent(connection->done);
		if (status == EFI_SUCCESS)
			return token->status;
		if (status == EFI_NOT_READY)
			status = check_time(connection->clock);
	}
	connection->http->cancel(connection->http, token);
	fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL, "%s",
		     status == EFI_TIMEOUT ? "the server does not answer" : "the firmware's timer does not work");
	return status;
}

static EFI_STATUS send_request(struct connection *connection, const char *address)
{
	static char host[NETPATH_MAX];
	static CHAR16 url[NETPATH_MAX];
	static struct http_header headers[] = {{"Host", host},
					       {"User-Agent", "Helion"},
					       {"Accept", "*/*"},
					       {"Connection", "close"}};
	struct http_request request = {.method = HTTP_METHOD_GET, .url = url};
	struct http_message message = {.data.request = &request,
				       .header_count = sizeof(headers) / sizeof(headers[0]),
				       .headers = headers};
	struct http_token token = {.event = connection->done, .status = EFI_NOT_READY, .message = &message};
	struct slice authority = netpath_host(address);
	EFI_STATUS status;

	text_to_ucs2(address, (ucs2 *)url, NETPATH_MAX);
	fmt_snprintf(host, sizeof(host), "%.*s", SLICE_ARGS(authority));
	status = connection->http->request(connection->http, &token);
	return status == EFI_SUCCESS ? wait(connection, &token) : status;
}

/* The number that a status of the protocol stands for: they are numbered in their order. */
static unsigned status_code(UINT32 status)
{
	static const uint16_t codes[] = {0,   100, 101, 200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303,
					 304, 305, 307, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410,
					 411, 412, 413, 414, 415, 416, 417, 500, 501, 502, 503, 504, 505, 308};

	return status < sizeof(codes) / sizeof(codes[0]) ? codes[status] : 0;
}

/* The content's length that the headers state. They are freed. */
static bool take_length(struct http_message *message, uint64_t *ret)
{
	bool has_length = false;

	for (UINTN i = 0; message->headers && i < message->header_count; i++) {
		struct http_header *header = &message->headers[i];
		const char *digit = header->value;

		if (header->name && digit && slice_equals_nocase(slice_of(header->name), "content-length")) {
			*ret = 0;
			has_length = *digit != '\0';
			for (; *digit >= '0' && *digit <= '9' && *ret < UINT64_MAX / 20; digit++)
				*ret = *ret * 10 + (uint64_t)(*digit - '0');
			has_length &= *digit == '\0';
		}
		if (header->name)
			BS->FreePool(header->name);
		if (header->value)
			BS->FreePool(header->value);
	}
	if (message->headers)
		BS->FreePool(message->headers);
	return has_length;
}

static EFI_STATUS receive_headers(struct connection *connection, uint64_t *ret_size)
{
	struct http_response response = {.status = HTTP_STATUS_UNSUPPORTED};
	struct http_message message = {.data.response = &response};
	struct http_token token = {.event = connection->done, .status = EFI_NOT_READY, .message = &message};
	EFI_STATUS status = connection->http->response(connection->http, &token);
	bool has_length;

	if (status == EFI_SUCCESS)
		status = wait(connection, &token);
	has_length = take_length(&message, ret_size);
	/* EDK2 reports all that is no success as EFI_HTTP_ERROR. */
	if (status != EFI_SUCCESS && status != EFI_HTTP_ERROR)
		return status;
	if (response.status == HTTP_STATUS_404_NOT_FOUND || response.status == HTTP_STATUS_410_GONE) {
		connection->is_missing = true;
		return EFI_NOT_FOUND;
	}
	if (response.status != HTTP_STATUS_200_OK) {
		fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL, "the server answers with status %u",
			     status_code(response.status));
		return EFI_HTTP_ERROR;
	}
	if (status == EFI_SUCCESS && !has_length) {
		fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL, "the server does not say how long it is");
		return EFI_PROTOCOL_ERROR;
	}
	return status;
}

static EFI_STATUS receive_body(struct connection *connection, struct network_content *content)
{
	EFI_STATUS status = EFI_SUCCESS;
	uint64_t done = 0;

	while (status == EFI_SUCCESS && done < content->size) {
		uint64_t left = content->size - done;
		struct http_message message = {.body = (uint8_t *)content->base + done,
					       .body_length = left < UINT32_MAX / 4 ? left : UINT32_MAX / 4};
		struct http_token token = {.event = connection->done, .status = EFI_NOT_READY, .message = &message};

		status = connection->http->response(connection->http, &token);
		if (status == EFI_SUCCESS)
			status = wait(connection, &token);
		if (status == EFI_SUCCESS && (message.body_length == 0 || message.body_length > left))
			status = EFI_END_OF_FILE;
		if (status == EFI_SUCCESS)
			done += message.body_length;
	}
	if (status != EFI_SUCCESS && !connection->detail[0])
		fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL, "%llu of %llu bytes came",
			     (unsigned long long)done, (unsigned long long)content->size);
	return status;
}

static EFI_STATUS get(struct connection *connection, const char *address, struct network_content *ret)
{
	static struct http_access_point4 ipv4;
	static struct http_access_point6 ipv6;
	struct slice host = netpath_host(address);
	struct http_config config = {.version = HTTP_VERSION_11, .is_ipv6 = host.length && host.start[0] == '['};
	EFI_STATUS status;
	uint64_t size = 0;

	ipv4 = (struct http_access_point4){.use_default_address = TRUE};
	ipv6 = (struct http_access_point6){.local_port = 0};
	if (config.is_ipv6)
		config.access_point.ipv6 = &ipv6;
	else
		config.access_point.ipv4 = &ipv4;
	status = connection->http->configure(connection->http, &config);
	if (status == EFI_SUCCESS)
		status = send_request(connection, address);
	/* EDK2's answer to a certificate that it does not know, among others. */
	if (status == EFI_ABORTED && strncmp(address, "https:", 6) == 0)
		fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL,
			     "the firmware does not trust the server, or cannot agree with it on TLS");
	if (status == EFI_SUCCESS)
		status = receive_headers(connection, &size);
	if (status == EFI_SUCCESS)
		status = network_allocate(size, ret);
	if (status != EFI_SUCCESS)
		return status;
	status = receive_body(connection, ret);
	if (status != EFI_SUCCESS)
		memory_free(ret->base);
	return status;
}

static EFI_STATUS get_with_timer(struct connection *connection, const char *address, struct network_content *ret)
{
	EFI_STATUS status = BS->CreateEvent(0, 0, NULL, NULL, &connection->done);

	if (status == EFI_SUCCESS) {
		status = BS->CreateEvent(EVT_TIMER, 0, NULL, NULL, &connection->clock);
		if (status == EFI_SUCCESS) {
			status = get(connection, address, ret);
			connection->http->configure(connection->http, NULL);
			BS->CloseEvent(connection->clock);
			BS->CloseEvent(connection->done);
			return status;
		}
		BS->CloseEvent(connection->done);
	}
	fmt_snprintf(connection->detail, NETWORK_MAX_DETAIL, "the firmware gives no timer");
	return status;
}

static EFI_STATUS fetch(char *address, struct network_content *ret, char detail[NETWORK_MAX_DETAIL])
{
	static EFI_GUID guid = HTTP_PROTOCOL_GUID;
	struct connection connection = {.detail = detail};
	EFI_STATUS status = binding->create_child(binding, &connection.child);
	void *interface;

	if (status != EFI_SUCCESS)
		return status;
	status = BS->HandleProtocol(connection.child, &guid, &interface);
	if (status == EFI_SUCCESS) {
		connection.http = interface;
		status = get_with_timer(&connection, address, ret);
	} else {
		fmt_snprintf(detail, NETWORK_MAX_DETAIL, "the firmware lacks the Http protocol");
	}
	binding->destroy_child(binding, connection.child);
	ret->is_missing = connection.is_missing;
	return status;
}

/* ---- Where the loader came from ----------------------------------------------------------------------------------- */

/* The last URI in a device path; empty if there is none. The text has no NUL. */
static struct slice find_uri(const void *path)
{
	struct slice uri = {0};

	for (const uint8_t *node = path; node && (node[0] & 0x7f) != END_DEVICE_PATH_TYPE && load_le16(node + 2) >= 4;
	     node += load_le16(node + 2))
		if (node[0] == MESSAGING_DEVICE_PATH && node[1] == MESSAGING_URI && load_le16(node + 2) > 4)
			uri = (struct slice){(const char *)node + 4, load_le16(node + 2) - 4u};
	return uri;
}

static bool has_address(struct ip4_config2_protocol *config)
{
	/* With room for routes, which some firmware puts behind it. */
	static union {
		struct ip4_config2_interface interface;
		uint8_t room[2048];
	} data;
	static const UINT8 none[4];
	UINTN size = sizeof(data);

	return config->get_data(config, IP4_CONFIG2_INTERFACE, &size, &data) == EFI_SUCCESS &&
	       memcmp(data.interface.station_address, none, sizeof(none)) != 0;
}

/*
 * EDK2's HTTP boot gives the address back when it has loaded the loader: have the card ask for one again. A card of IPv6 or
 * one that needs no such thing will say so itself, when it is used.
 */
static EFI_STATUS get_address(EFI_HANDLE nic)
{
	static EFI_GUID guid = IP4_CONFIG2_PROTOCOL_GUID;
	struct ip4_config2_protocol *config;
	UINT32 policy = IP4_POLICY_DHCP;
	EFI_STATUS status;
	EFI_EVENT clock;
	void *interface;

	if (BS->HandleProtocol(nic, &guid, &interface) != EFI_SUCCESS)
		return EFI_SUCCESS;
	config = interface;
	if (has_address(config))
		return EFI_SUCCESS;
	status = BS->CreateEvent(EVT_TIMER, 0, NULL, NULL, &clock);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot wait for an IPv4 address, as the firmware gives no timer");
	status = config->set_data(config, IP4_CONFIG2_POLICY, sizeof(policy), &policy);
	if (status == EFI_ABORTED || status == EFI_ALREADY_STARTED) /* that is the policy already */
		status = EFI_SUCCESS;
	if (status == EFI_SUCCESS)
		status = BS->SetTimer(clock, TimerRelative, PATIENCE);
	while (status == EFI_SUCCESS && !has_address(config))
		status = check_time(clock);
	BS->CloseEvent(clock);
	return status == EFI_SUCCESS
		       ? status
		       : print_error(status, "cannot get an IPv4 address by DHCP, with a timer of 20 seconds");
}

static EFI_STATUS begin(EFI_LOADED_IMAGE_PROTOCOL *image, char root[NETPATH_MAX])
{
	static EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID, binding_guid = HTTP_SERVICE_BINDING_PROTOCOL_GUID;
	EFI_DEVICE_PATH_PROTOCOL *path;
	EFI_STATUS status;
	EFI_HANDLE nic;
	struct slice uri;
	void *interface;

	if (BS->HandleProtocol(image->DeviceHandle, &path_guid, &interface) != EFI_SUCCESS)
		return EFI_NOT_FOUND;
	path = interface;
	uri = find_uri(path);
	if (slice_is_empty(uri))
		uri = find_uri(image->FilePath);
	if (slice_is_empty(uri))
		return EFI_NOT_FOUND;
	/* The network card is a parent of the device whose path ends in the URI. */
	status = BS->LocateDevicePath(&binding_guid, &path, &nic);
	if (status == EFI_SUCCESS)
		status = BS->HandleProtocol(nic, &binding_guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status,
				   "the loader was started from %.*s, and the firmware offers no way to load more "
				   "(HttpServiceBinding protocol)",
				   SLICE_ARGS(uri));
	binding = interface;
	if (!netpath_root(uri, true, root))
		return print_refusal(EFI_INVALID_PARAMETER, "the loader was started from %.*s, which is no usable URL",
				     SLICE_ARGS(uri));
	return netpath_host(root).start[0] == '[' ? EFI_SUCCESS : get_address(nic);
}

const struct network_transport network_http = {.is_url = true, .begin = begin, .fetch = fetch};
