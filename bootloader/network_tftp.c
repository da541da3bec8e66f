/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by TFTP, from the server that PXE has loaded the loader from. UEFI 2.10 §24.3; RFC 1350, 2349. */
#include "bootloader/network.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "lib/format.h"
#include "lib/string.h"

static EFI_PXE_BASE_CODE_PROTOCOL *pxe;
static EFI_IP_ADDRESS server;

/* What the server itself says, if it was that which refused. */
static void describe(EFI_STATUS status, char detail[NETWORK_MAX_DETAIL])
{
	EFI_PXE_BASE_CODE_TFTP_ERROR *error = &pxe->Mode->TftpError;

	if (status == EFI_TFTP_ERROR && pxe->Mode->TftpErrorReceived)
		fmt_snprintf(detail, NETWORK_MAX_DETAIL, "TFTP error %u: %.*s", error->ErrorCode,
			     (int)strnlen((const char *)error->ErrorString, sizeof(error->ErrorString)),
			     (const char *)error->ErrorString);
}

static EFI_STATUS transfer(EFI_PXE_BASE_CODE_TFTP_OPCODE operation, char *address, void *buffer, UINT64 *size,
			   bool *ret_missing, char detail[NETWORK_MAX_DETAIL])
{
	EFI_STATUS status;

	pxe->Mode->TftpErrorReceived = 0;
	status = pxe->Mtftp(pxe, operation, buffer, FALSE, size, NULL, &server, (UINT8 *)address, NULL, FALSE);
	/* Error 1 of RFC 1350: no such file. */
	if (status == EFI_TFTP_ERROR && pxe->Mode->TftpErrorReceived && pxe->Mode->TftpError.ErrorCode == 1) {
		*ret_missing = true;
		return EFI_NOT_FOUND;
	}
	describe(status, detail);
	return status;
}

/* Two transfers: of another size the second time, it is not the file that was asked for. */
static EFI_STATUS fetch(char *address, struct network_content *ret, char detail[NETWORK_MAX_DETAIL])
{
	UINT64 size = 0, got;
	EFI_STATUS status =
		transfer(EFI_PXE_BASE_CODE_TFTP_GET_FILE_SIZE, address, NULL, &size, &ret->is_missing, detail);

	if (status != EFI_SUCCESS)
		return status;
	status = network_allocate(size, ret);
	if (status != EFI_SUCCESS)
		return status;
	got = size;
	if (size)
		status = transfer(EFI_PXE_BASE_CODE_TFTP_READ_FILE, address, (void *)ret->base, &got, &ret->is_missing,
				  detail);
	if (status == EFI_SUCCESS && got != size) {
		fmt_snprintf(detail, NETWORK_MAX_DETAIL, "%llu of %llu bytes came", (unsigned long long)got,
			     (unsigned long long)size);
		status = EFI_END_OF_FILE;
	}
	if (status != EFI_SUCCESS)
		memory_free(ret->base);
	return status;
}

/* The packet that named the file and the server, of up to three. */
static const EFI_PXE_BASE_CODE_PACKET *boot_packet(const EFI_PXE_BASE_CODE_MODE *mode)
{
	if (mode->PxeReplyReceived)
		return &mode->PxeReply;
	return mode->ProxyOfferReceived ? &mode->ProxyOffer : &mode->DhcpAck;
}

static EFI_STATUS begin(EFI_LOADED_IMAGE_PROTOCOL *image, char root[NETPATH_MAX])
{
	static EFI_GUID guid = EFI_PXE_BASE_CODE_PROTOCOL_GUID;
	const EFI_PXE_BASE_CODE_PACKET *packet;
	struct slice file;
	void *interface;

	if (BS->HandleProtocol(image->DeviceHandle, &guid, &interface) != EFI_SUCCESS)
		return EFI_NOT_FOUND;
	pxe = interface;
	if (!pxe->Mode || !pxe->Mode->Started)
		return EFI_NOT_FOUND;
	if (pxe->Mode->UsingIpv6)
		return print_refusal(EFI_UNSUPPORTED, "the loader was started by PXE over IPv6, which it does not "
						      "support: use IPv4 or HTTP boot");
	packet = boot_packet(pxe->Mode);
	memset(&server, 0, sizeof(server));
	if (!netpath_dhcp_boot(packet->Raw, sizeof(packet->Raw), &file, server.v4.Addr) ||
	    !netpath_root(file, false, root))
		return print_refusal(EFI_PROTOCOL_ERROR,
				     "the DHCP server's answer does not say where the loader was started from");
	return EFI_SUCCESS;
}

const struct network_transport network_tftp = {.begin = begin, .fetch = fetch};
