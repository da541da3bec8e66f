/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for the kernel's seed and for its slide: of the firmware, of the CPU, of the device tree, and of the
 * seed file. All there are are combined by exclusive or, so that the result is as good as the best of
 * them. (UEFI 2.10 §37.5; Devicetree bindings, chosen: rng-seed.)
 */
#include "bootloader/arch.h"
#include "bootloader/boot.h"
#include "bootloader/print.h"
#include "bootloader/seedfile.h"
#include "bootloader/trust.h"
#include "lib/sha256.h"
#include "lib/string.h"

/* The seed and the words that the slide is drawn from, in one piece. */
struct pool {
	uint8_t seed[HELION_SEED_SIZE];
	uint64_t slide;
};

static void mix(struct pool *pool, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	uint8_t *to = (uint8_t *)pool;

	for (size_t i = 0; i < size && i < sizeof(*pool); i++)
		to[i] ^= from[i];
}

static bool mix_firmware(struct pool *pool)
{
	EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	EFI_RNG_PROTOCOL *rng;
	struct pool bytes;
	EFI_STATUS status;
	void *interface;

	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return false;
	rng = interface;
	status = rng->GetRNG(rng, NULL, sizeof(bytes), (UINT8 *)&bytes);
	if (status != EFI_SUCCESS) {
		print_info("the firmware's random number generator failed: %s", status_text(status));
		return false;
	}
	mix(pool, &bytes, sizeof(bytes));
	memset(&bytes, 0, sizeof(bytes));
	return true;
}

static bool mix_cpu(struct pool *pool)
{
	uint64_t words[sizeof(struct pool) / 8];

	for (size_t i = 0; i < sizeof(words) / 8; i++)
		if (!arch_random(&words[i]))
			return false;
	mix(pool, words, sizeof(words));
	memset(words, 0, sizeof(words));
	return true;
}

/* The kernel gets the result, not the source: the property is wiped in its copy of the tree. */
static bool mix_tree(struct pool *pool, struct boot *boot)
{
	struct dt_chosen chosen;
	uint8_t *bytes;
	size_t size;

	if (!boot->tree.phys || dt_chosen(&boot->tree.dt, &chosen) != DT_OK || !chosen.rng_seed)
		return false;
	bytes = (uint8_t *)boot->tree.phys + (chosen.rng_seed - (const uint8_t *)boot->tree.dt.blob);
	size = chosen.rng_seed_size < HELION_SEED_SIZE ? chosen.rng_seed_size : HELION_SEED_SIZE;
	if (size >= 16) {
		/* Its last bytes are for the slide, so that the seed does not tell the slide. */
		mix(pool, bytes, size - 8);
		memcpy(&pool->slide, bytes + size - 8, 8);
	}
	memset(bytes, 0, chosen.rng_seed_size);
	return size >= 16;
}

/* What the file becomes depends on all other sources too. */
static bool mix_file(struct pool *pool, struct boot *boot)
{
	struct pool bytes;

	if (!seedfile_use(boot->volumes[0].root, pool, sizeof(*pool), &bytes, sizeof(bytes)))
		return false;
	mix(pool, &bytes, sizeof(bytes));
	memset(&bytes, 0, sizeof(bytes));
	return true;
}

void random_gather(struct boot *boot)
{
	struct pool pool;

	memset(&pool, 0, sizeof(pool));
	boot->flags &= ~HELION_BOOT_SEED_ANY;
	if (mix_tree(&pool, boot))
		boot->flags |= HELION_BOOT_SEED_TREE;
	if (mix_firmware(&pool))
		boot->flags |= HELION_BOOT_SEED_FIRMWARE;
	if (mix_cpu(&pool))
		boot->flags |= HELION_BOOT_SEED_CPU;
	if (mix_file(&pool, boot))
		boot->flags |= HELION_BOOT_SEED_FILE;
	memcpy(boot->seed, pool.seed, sizeof(boot->seed));
	boot->slide_random = pool.slide;
	memset(&pool, 0, sizeof(pool));
}

/*
 * A disk may have been copied with its seed file, or somebody may have written the file. So there has to be a source that
 * is this machine's own; without Secure Boot a token in the firmware's variables is enough.
 */
static bool is_of_this_machine(struct pool *pool, size_t earlier_size)
{
	bool has_firmware = mix_firmware(pool), has_cpu = mix_cpu(pool);

	return has_firmware || has_cpu || earlier_size >= RANDOM_IMAGE_SEED ||
	       (!trust_is_enforced() && seedfile_has_token());
}

bool random_for_image(struct boot *boot, const void *earlier, size_t size, uint8_t ret[RANDOM_IMAGE_SEED])
{
	uint8_t digest[SHA256_SIZE];
	struct pool pool;
	bool is_good;

	memset(&pool, 0, sizeof(pool));
	sha256(earlier, size, digest);
	mix(&pool, digest, sizeof(digest));
	is_good = is_of_this_machine(&pool, size) && mix_file(&pool, boot);
	if (is_good)
		memcpy(ret, pool.seed, RANDOM_IMAGE_SEED);
	memset(digest, 0, sizeof(digest));
	memset(&pool, 0, sizeof(pool));
	return is_good;
}
