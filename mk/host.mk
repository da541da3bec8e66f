# Programs that run on the developer's machine: unit tests of lib/ under sanitizers, and fuzzers.
#
# tests/host/test_<x>.c   one program each, linked with lib/ (without string.c and strtoul.c) and libfdt; prints TAP.
# tests/fuzz/fuzz_<x>.c   one libFuzzer program each; corpus in tests/fuzz/corpus/<x>/.
# A test that needs another source of the tree names it in a comment line "host-sources: platform/acpi.c";
# "host-sources: kernel-core" stands for the portable kernel on the simulated machine of tests/host/sim/, and "loader-core"
# for the whole portable loader on the firmware of tests/host/firmware/.

H := $(BUILD_ROOT)/host
HOST_CC := clang
# -fno-sanitize-recover: a finding ends the program and fails the test.
HOST_CFLAGS := -std=gnu17 -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer -DHELION_HOST=1 -DHELION_DEBUG=1 \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-common \
	-I include -I . -I tests/host/sim/include -I arch/x86_64/include -isystem $(DEP_LIBFDT) \
	-isystem $(DEP_EFI_HEADERS)/x86_64 -isystem $(DEP_ZLIB) -isystem $(DEP_ZSTD)
# scripts/coverage: make coverage
HOST_CFLAGS += $(if $(COVERAGE),-fprofile-instr-generate -fcoverage-mapping)
FUZZ_CFLAGS := $(HOST_CFLAGS) -fsanitize=fuzzer-no-link

HOST_LIB_SOURCES := $(filter-out lib/string.c lib/strtoul.c,$(wildcard lib/*.c lib/*/*.c))
HOST_TESTS := $(patsubst tests/host/%.c,%,$(wildcard tests/host/test_*.c))
FUZZERS    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# Shared by the tests, respectively by the fuzzers.
HOST_HELPERS := $(filter-out tests/host/test_%.c,$(wildcard tests/host/*.c))
FUZZ_HELPERS := $(filter-out tests/fuzz/fuzz_%.c,$(wildcard tests/fuzz/*.c))

HOST_KERNEL := $(patsubst %,kernel/%.c,bootctx bootmem check cspace deadline endpoint fastpath fpu init invoke ioport irq_handler lock log manifest memory notification object options pagepool pages poll restricted revoke \
	sched spinlock syscall system task timer tlb trap vm vspace wait window) $(wildcard tests/host/sim/*.c)

HOST_LOADER := $(wildcard bootloader/*.c tests/host/firmware/*.c)

host_sources = $(patsubst loader-core,$(HOST_LOADER),$(patsubst kernel-core,$(HOST_KERNEL),$(shell sed -n 's|.*host-sources: *\([^*]*\).*|\1|p' $(1))))

# UEFI's characters have 16 bits. What handles them is compiled so, as the loader itself is.
$(foreach kind,test fuzz,$H/$(kind)/bootloader/%.o $H/$(kind)/tests/host/firmware/%.o $H/$(kind)/tests/host/test_loader_%.o): \
	HOST_EXTRA := -fshort-wchar

# $(call host_rules,KIND): objects under $H/<kind>, with <KIND>_CFLAGS.
define host_rules
$H/$(1)/.flags: FORCE
	@mkdir -p $$(@D)
	@echo '$$($(2))' | cmp -s - $$@ || echo '$$($(2))' > $$@
$H/$(1)/%.o: %.c $H/$(1)/.flags
	$$(call say,HOSTCC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$($(2)) $$(HOST_EXTRA) -MMD -MP -c $$< -o $$@
# libfdt does pointer arithmetic that UBSan objects to, and is not ours to change.
$H/$(1)/libfdt/%.o: $(DEP_LIBFDT)/%.c $H/$(1)/.flags
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$($(2)) -fno-sanitize=undefined -w -MMD -MP -c $$< -o $$@
# Nor are the decoders, which read words at any address.
$H/$(1)/zlib/%.o: $(DEP_ZLIB)/%.c $H/$(1)/.flags
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$($(2)) $(DECODER_FLAGS) -fno-sanitize=undefined -MMD -MP -c $$< -o $$@
$H/$(1)/zstd/%.o: $(DEP_ZSTD)/%.c $H/$(1)/.flags mk/zstd.h
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$($(2)) $(DECODER_FLAGS) -fno-sanitize=undefined -MMD -MP -c $$< -o $$@
$H/$(1)/font.o: $O/generated/font.c $H/$(1)/.flags
	$$(Q)$$(HOST_CC) $$($(2)) -c $$< -o $$@
$H/$(1)/lib.a: $H/$(1)/font.o $(HOST_LIB_SOURCES:%.c=$H/$(1)/%.o) $(patsubst $(DEP_LIBFDT)/%.c,$H/$(1)/libfdt/%.o,$(LIBFDT_SOURCES)) \
		$(call decoder_objects,$H/$(1))
	$$(Q)rm -f $$@ && llvm-ar rcsD $$@ $$^
endef
$(eval $(call host_rules,test,HOST_CFLAGS))
$(eval $(call host_rules,fuzz,FUZZ_CFLAGS))

# $(call host_program,NAME)
define host_program
$H/$(1): $H/test/tests/host/$(1).o $(HOST_HELPERS:%.c=$H/test/%.o) $(patsubst %.c,$H/test/%.o,$(call \
		host_sources,tests/host/$(1).c)) $H/test/lib.a
	$$(Q)$$(HOST_CC) $$(HOST_CFLAGS) $$^ -o $$@
endef
$(foreach name,$(HOST_TESTS),$(eval $(call host_program,$(name))))

define fuzz_program
$H/$(1): $H/fuzz/tests/fuzz/$(1).o $(FUZZ_HELPERS:%.c=$H/fuzz/%.o) $(patsubst %.c,$H/fuzz/%.o,$(call \
		host_sources,tests/fuzz/$(1).c)) $H/fuzz/lib.a
	$$(Q)$$(HOST_CC) $$(HOST_CFLAGS) -fsanitize=fuzzer $$^ -o $$@
endef
$(foreach name,$(FUZZERS),$(eval $(call fuzz_program,$(name))))

.PHONY: host-tests fuzzers
host-tests: $(HOST_TESTS:%=$H/%)
fuzzers: $(FUZZERS:%=$H/%)

-include $(shell find $H -name '*.d' 2>/dev/null)
