/* SPDX-License-Identifier: BSD-2-Clause */
#include "sbi.h"

#include "kernel/log.h"

/* Extension ids. */
#define LEGACY_SET_TIMER      0x00
#define LEGACY_PUTCHAR        0x01
#define LEGACY_SEND_IPI       0x04
#define LEGACY_REMOTE_FENCE_I 0x05
#define LEGACY_SHUTDOWN       0x08
#define EXT_BASE              0x10
#define EXT_DBCN              0x4442434e
#define EXT_HSM               0x48534d
#define EXT_IPI               0x735049
#define EXT_RFENCE            0x52464e43
#define EXT_SRST              0x53525354
#define EXT_TIME              0x54494d45

/* Functions. */
#define BASE_SPEC_VERSION 0
#define BASE_IMPL_ID      1
#define BASE_IMPL_VERSION 2
#define BASE_PROBE        3
#define DBCN_WRITE_BYTE   2

#define SRST_SHUTDOWN       0
#define SRST_COLD_REBOOT    1
#define SRST_NO_REASON      0
#define SRST_SYSTEM_FAILURE 1

struct sbi_result {
	int64_t error;
	uint64_t value;
};

/* Keeps all registers but a0 and a1 (chapter 3). */
static struct sbi_result call(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_result){.error = (int64_t)a0, .value = a1};
}

/* What the firmware has. Written with equal values only, so a race of two harts does no harm. */
static struct {
	bool known;
	bool dbcn, hsm, ipi, rfence, srst, time;
} has;

static bool probe_extension(uint64_t extension)
{
	struct sbi_result result = call(EXT_BASE, BASE_PROBE, extension, 0, 0);

	return result.error == SBI_SUCCESS && result.value != 0;
}

/* SBI 0.1 has no base extension: every probe fails and the legacy calls are left. */
static void probe(void)
{
	if (has.known)
		return;
	has.dbcn = probe_extension(EXT_DBCN);
	has.hsm = probe_extension(EXT_HSM);
	has.ipi = probe_extension(EXT_IPI);
	has.rfence = probe_extension(EXT_RFENCE);
	has.srst = probe_extension(EXT_SRST);
	has.time = probe_extension(EXT_TIME);
	__atomic_store_n(&has.known, true, __ATOMIC_RELEASE);
}

/* Names of implementations that have an id (table in chapter 4). */
static const char *implementation(uint64_t id)
{
	static const char *const names[] = {"BBL", "OpenSBI", "Xvisor", "KVM", "RustSBI", "Diosix", "Coffer"};

	return id < sizeof(names) / sizeof(names[0]) ? names[id] : "firmware";
}

void sbi_describe(void)
{
	struct sbi_result version = call(EXT_BASE, BASE_SPEC_VERSION, 0, 0, 0);
	uint64_t id = call(EXT_BASE, BASE_IMPL_ID, 0, 0, 0).value;
	uint64_t release = call(EXT_BASE, BASE_IMPL_VERSION, 0, 0, 0).value;

	probe();
	if (version.error != SBI_SUCCESS) {
		kprintf("sbi: version 0.1, legacy calls only\n");
		return;
	}
	/* OpenSBI's version is major in the upper, minor in the lower half. */
	kprintf("sbi: %u.%u, %s %u.%u:%s%s%s%s%s%s\n", (unsigned)(version.value >> 24 & 0x7f),
		(unsigned)(version.value & 0xffffff), implementation(id), (unsigned)(release >> 16),
		(unsigned)(release & 0xffff), has.time ? " TIME" : "", has.ipi ? " IPI" : "",
		has.rfence ? " RFENCE" : "", has.hsm ? " HSM" : "", has.srst ? " SRST" : "", has.dbcn ? " DBCN" : "");
}

void sbi_putc(char c)
{
	probe();
	if (has.dbcn)
		call(EXT_DBCN, DBCN_WRITE_BYTE, (uint8_t)c, 0, 0);
	else
		call(LEGACY_PUTCHAR, 0, (uint8_t)c, 0, 0);
}

void sbi_set_timer(uint64_t ticks)
{
	probe();
	call(has.time ? EXT_TIME : LEGACY_SET_TIMER, 0, ticks, 0, 0);
}

void sbi_send_ipi(uint64_t hart)
{
	/* The legacy call takes the virtual address of the mask. */
	static uint64_t mask[4];

	probe();
	if (has.ipi) {
		call(EXT_IPI, 0, 1, hart, 0);
	} else if (hart < 64 * sizeof(mask) / sizeof(mask[0])) {
		uint64_t bit = 1ull << (hart % 64);

		/* Bits of other harts that are being sent at the same time do no harm: an IPI may come without a cause. */
		__atomic_fetch_or(&mask[hart / 64], bit, __ATOMIC_SEQ_CST);
		call(LEGACY_SEND_IPI, 0, (uint64_t)mask, 0, 0);
		__atomic_fetch_and(&mask[hart / 64], ~bit, __ATOMIC_SEQ_CST);
	}
}

void sbi_remote_fence_i(void)
{
	probe();
	/* Mask base -1 and, in the legacy call, a null pointer: all harts. */
	if (has.rfence)
		call(EXT_RFENCE, 0, 0, ~0ull, 0);
	else
		call(LEGACY_REMOTE_FENCE_I, 0, 0, 0, 0);
}

int64_t sbi_hart_start(uint64_t hart, uint64_t address, uint64_t opaque)
{
	probe();
	if (!has.hsm)
		return SBI_ERR_NOT_SUPPORTED;
	return call(EXT_HSM, 0, hart, address, opaque).error;
}

void sbi_shutdown(bool failure)
{
	probe();
	if (has.srst)
		call(EXT_SRST, 0, SRST_SHUTDOWN, failure ? SRST_SYSTEM_FAILURE : SRST_NO_REASON, 0);
	call(LEGACY_SHUTDOWN, 0, 0, 0, 0);
}

void sbi_reboot(void)
{
	probe();
	if (has.srst)
		call(EXT_SRST, 0, SRST_COLD_REBOOT, SRST_NO_REASON, 0);
}
