# The components of one configuration: loader, kernel, user programs, examples, images. Sources are found by
# wildcard; a component without sources is left out.

LIB_SOURCES    := $(wildcard lib/*.c lib/*/*.c)
LOADER_SOURCES := $(wildcard bootloader/*.c bootloader/*/*.c arch/$(ARCH)/boot/*.c arch/$(ARCH)/boot/*.S)
KERNEL_SOURCES := $(wildcard kernel/*.c kernel/*/*.c platform/*.c platform/*/*.c arch/$(ARCH)/kernel/*.c \
	arch/$(ARCH)/kernel/*.S)
LIBUSER_SOURCES := $(wildcard user/lib/*.c user/lib/*/*.c arch/$(ARCH)/user/*.c arch/$(ARCH)/user/*.S)
USER_PROGRAMS  := $(filter-out lib include,$(notdir $(patsubst %/,%,$(sort $(dir $(wildcard user/*/*.c))))))
EXAMPLES       := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard docs/examples/*/*.c)))))
LIBFDT_SOURCES := $(wildcard $(DEP_LIBFDT)/*.c)
TEST_EFI       := $(patsubst %.c,$O/%.efi,$(wildcard tests/efi/*.c tests/efi/$(ARCH)/*.c))
TEST_LINUX     := $(patsubst %.c,$O/%,$(wildcard tests/linux/*.c))

KERNEL_LD := $(wildcard arch/$(ARCH)/kernel/kernel.ld)
USER_LD   := $(firstword $(wildcard arch/$(ARCH)/user/user.ld user/user.ld))
EFI_LD    := mk/efi.ld

# $(call objects,COMPONENT,SOURCES)
objects = $(patsubst %,$O/$(1)/%.o,$(basename $(2)))
# libfdt's sources and generated ones stand in build/; their objects do not repeat that path.
libfdt_objects = $(patsubst $(DEP_LIBFDT)/%.c,$O/$(1)/libfdt/%.o,$(LIBFDT_SOURCES))

Q := @
ifeq ($(V),1)
Q :=
endif
say = @printf '  %-8s%s\n' '$(1)' '$(2)'

# --- Compilation ------------------------------------------------------------------------------------------------------

# Recompile when the flags change. A line per component.
$O/%/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS_common) $(CFLAGS_$*)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS_common) $(CFLAGS_$*)' > $@

# The decoders of compressed files, for the loader only. They are not ours, and take most of the time when they run.
ZLIB_SOURCES := $(wildcard $(DEP_ZLIB)/*.c)
ZSTD_SOURCES := $(filter-out %/pool.c %/threading.c,$(wildcard $(DEP_ZSTD)/*/*.c))
DECODER_FLAGS := -O2 -w -DZ_SOLO -include mk/zstd.h
# $(call decoder_objects,DIRECTORY)
decoder_objects = $(patsubst $(DEP_ZLIB)/%.c,$(1)/zlib/%.o,$(ZLIB_SOURCES)) $(patsubst $(DEP_ZSTD)/%.c,$(1)/zstd/%.o,$(ZSTD_SOURCES))

$O/loader/zlib/%.o: $(DEP_ZLIB)/%.c $O/loader/.flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_common) $(CFLAGS_loader) $(DECODER_FLAGS) -MMD -MP -c $< -o $@
$O/loader/zstd/%.o: $(DEP_ZSTD)/%.c $O/loader/.flags mk/zstd.h
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_common) $(CFLAGS_loader) $(DECODER_FLAGS) -MMD -MP -c $< -o $@
$O/loader/lib.a: $(call decoder_objects,$O/loader)

# $(call compile_rules,COMPONENT)
define compile_rules
$O/$(1)/%.o: %.c $O/$(1)/.flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_common) $$(CFLAGS_$(1)) $$(REGISTERS) $$(CFLAGS_$$<) -MMD -MP -c $$< -o $$@
$O/$(1)/%.o: %.S $O/$(1)/.flags
	$$(call say,AS,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_common) $$(CFLAGS_$(1)) $$(ARCH_ASFLAGS) $$(CFLAGS_$$<) -MMD -MP -c $$< -o $$@
$O/$(1)/libfdt/%.o: $(DEP_LIBFDT)/%.c $O/$(1)/.flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_common) $$(CFLAGS_$(1)) -w -MMD -MP -c $$< -o $$@
$O/$(1)/generated/%.o: $O/generated/%.c $O/$(1)/.flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_common) $$(CFLAGS_$(1)) -MMD -MP -c $$< -o $$@
# What each component may use, but pays for only if it does: lib/, libfdt, the font.
$O/$(1)/lib.a: $(call objects,$(1),$(LIB_SOURCES)) $(call libfdt_objects,$(1)) $O/$(1)/generated/font.o
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach component,loader kernel user,$(eval $(call compile_rules,$(component))))

$O/generated/font.c: scripts/psf2c $(DEP_FONT_PSF)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)scripts/psf2c $(DEP_FONT_PSF) $@

# GNU ld marks a PIE whose lowest address is not 0 as ET_EXEC, although its relocations are complete; make it ET_DYN.
# (e_type: 2 bytes at offset 16)
mark_pie = $(Q)printf '\003\000' | dd of=$@ bs=1 seek=16 conv=notrunc status=none

# The version, for the sources that state it.
$O/generated/version.h: FORCE
	@mkdir -p $(@D)
	@echo '#define HELION_VERSION "$(VERSION)"' | cmp -s - $@ || echo '#define HELION_VERSION "$(VERSION)"' > $@
VERSION_SOURCES := $(shell grep -ls '\<HELION_VERSION\>' /dev/null $(LIB_SOURCES) $(LOADER_SOURCES) $(KERNEL_SOURCES) \
	$(wildcard user/*/*.c))
$(foreach source,$(VERSION_SOURCES),$(eval CFLAGS_$(source) += -include $O/generated/version.h))
$(foreach component,loader kernel user,$(eval $(call objects,$(component),$(VERSION_SOURCES)): $O/generated/version.h))

# --- Loader -----------------------------------------------------------------------------------------------------------

# These are not called LOADER, KERNEL, INITRAMFS and IMAGE: "make run KERNEL=file" names a file to boot, not one to make.
LOADER_EFI := $O/$(ARCH_EFI_FILE)
LOADER_OBJECTS := $(call objects,loader,$(LOADER_SOURCES))

$O/loader.elf: $(LOADER_OBJECTS) $O/loader/lib.a $(EFI_LD)
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS_common) $(LDFLAGS_pie) -e efi_main -T $(EFI_LD) -Map $@.map -o $@ $(LOADER_OBJECTS) $O/loader/lib.a
	$(mark_pie)

$(LOADER_EFI): $O/loader.elf scripts/elf2efi
	$(call say,EFI,$@)
	$(Q)scripts/elf2efi $< $@

# --- Kernel -----------------------------------------------------------------------------------------------------------

KERNEL_ELF := $O/kernel.elf
KERNEL_OBJECTS := $(call objects,kernel,$(KERNEL_SOURCES))
KERNEL_LINK = $(LD) $(LDFLAGS_common) $(LDFLAGS_pie) -T $(KERNEL_LD) $(KERNEL_OBJECTS)

# The symbol table for backtraces is part of the image: link with an empty one, take the addresses from that, and
# link again. The table stands behind the code, so the code does not move; ksyms --check makes sure of that.
$O/generated/ksyms0.S: scripts/ksyms
	@mkdir -p $(@D)
	$(Q)scripts/ksyms --empty $@

$O/kernel/ksyms%.o: $O/generated/ksyms%.S
	$(Q)$(CC) $(CFLAGS_common) $(CFLAGS_kernel) -c $< -o $@

$O/kernel.pass1.elf: $(KERNEL_OBJECTS) $O/kernel/lib.a $O/kernel/ksyms0.o $(KERNEL_LD)
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) $O/kernel/ksyms0.o $O/kernel/lib.a -o $@

$O/generated/ksyms1.S: $O/kernel.pass1.elf scripts/ksyms
	$(call say,KSYMS,$@)
	$(Q)scripts/ksyms $(NM) $< $@

# With symbols and debug information; what gdb loads.
$O/kernel.debug: $O/kernel.pass1.elf $O/kernel/ksyms1.o
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) $O/kernel/ksyms1.o $O/kernel/lib.a -Map $O/kernel.map -o $@
	$(mark_pie)
	$(Q)scripts/ksyms --check $(NM) $@ $O/generated/ksyms1.S

$(KERNEL_ELF): $O/kernel.debug scripts/checkelf
	$(call say,STRIP,$@)
	$(Q)$(OBJCOPY) --strip-all $< $@.tmp
	$(Q)scripts/checkelf $(if $(filter release,$(BUILD)),--limit $(KERNEL_LIMIT)) $@.tmp
	$(Q)mv $@.tmp $@

# --- User programs ----------------------------------------------------------------------------------------------------

# The libraries that every program is linked with use general registers only: a task that computes nothing with the
# others never owns any, and switching to it costs less. (-mgeneral-regs-only in CFLAGS_<source> makes a program one.)
$(call objects,user,$(LIBUSER_SOURCES) $(LIB_SOURCES)): REGISTERS := $(ARCH_CFLAGS_general)

LIBUSER := $O/libhelion.a
LIBUSER_OBJECTS := $(call objects,user,$(LIBUSER_SOURCES))

$(LIBUSER): $(LIBUSER_OBJECTS) $O/user/lib.a
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIBUSER_OBJECTS)

USER_LDFLAGS := -static -e _start $(if $(USER_LD),-T $(USER_LD),-Ttext-segment=0x200000)

# A source of a program that shall not touch them either.
CFLAGS_user/init/test_fpu.c := $(ARCH_CFLAGS_general)
CFLAGS_user/conformance/test_fpu.c := $(ARCH_CFLAGS_general)
# What operations cost is measured without the state of vector units.
$(foreach source,$(wildcard user/bench/*.c),$(eval CFLAGS_$(source) := $(ARCH_CFLAGS_general)))

# $(call user_program,NAME)
define user_program
$O/user/$(1).elf: $(call objects,user,$(wildcard user/$(1)/*.c user/$(1)/*/*.c arch/$(ARCH)/user/$(1)/*.c)) $(LIBUSER) $O/user/lib.a $(USER_LD)
	$$(call say,LD,$$@)
	$$(Q)$$(LD) $$(LDFLAGS_common) $$(USER_LDFLAGS) -u _start -o $$@ $$(filter %.o,$$^) --start-group $(LIBUSER) \
		$O/user/lib.a --end-group
$O/initramfs/$(if $(filter init,$(1)),init,bin/$(1)): $O/user/$(1).elf
	@mkdir -p $$(@D)
	$$(Q)$$(OBJCOPY) --strip-all $$< $$@
endef
$(foreach program,$(USER_PROGRAMS),$(eval $(call user_program,$(program))))

# The conformance suite is /init of an initramfs of its own: kernel and suite, nothing else.
SUITES := $(filter conformance,$(USER_PROGRAMS))
INITRAMFS_PROGRAMS := $(if $(LIBUSER_SOURCES),$(foreach program,$(filter-out $(SUITES),$(USER_PROGRAMS)),$O/initramfs/$(if \
	$(filter init,$(program)),init,bin/$(program))))
INITRAMFS_CPIO := $O/initramfs.cpio
INITRAMFS_FILES := $(shell find images/initramfs -type f 2>/dev/null)

# Time stamps in the archive change with the commit, though no file does.
$O/generated/epoch: FORCE
	@mkdir -p $(@D)
	@echo '$(SOURCE_DATE_EPOCH)' | cmp -s - $@ || echo '$(SOURCE_DATE_EPOCH)' > $@

$(INITRAMFS_CPIO): $(INITRAMFS_PROGRAMS) $(INITRAMFS_FILES) scripts/mkcpio $O/generated/epoch
	$(call say,CPIO,$@)
	@mkdir -p $(@D)
	$(Q)scripts/mkcpio $@ images/initramfs $(foreach file,$(INITRAMFS_PROGRAMS),$(patsubst $O/initramfs/%,%,$(file))=$(file))

$(SUITES:%=$O/%.cpio): $O/%.cpio: $O/initramfs/bin/% scripts/mkcpio
	$(call say,CPIO,$@)
	$(Q)scripts/mkcpio $@ init=$<

# --- Example kernels --------------------------------------------------------------------------------------------------

# $(call example,NAME): linked by its own *.ld if it has one, else by mk/example.ld.
define example
$O/examples/$(1).elf: $(call objects,kernel,$(wildcard docs/examples/$(1)/*.c docs/examples/$(1)/*.S)) $(firstword \
		$(wildcard docs/examples/$(1)/*.ld) mk/example.ld)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(LD) $$(LDFLAGS_common) $$(LDFLAGS_pie) -T $$(filter %.ld,$$^) $$(filter %.o,$$^) -o $$@
	$$(mark_pie)
	$$(Q)scripts/checkelf $$@
endef
$(foreach name,$(EXAMPLES),$(eval $(call example,$(name))))

# --- What tests start with the loader -----------------------------------------------------------------------------------

# EFI programs, made as the loader is; and programs for Linux without a C library.
$O/tests/efi/%.elf: $O/loader/tests/efi/%.o $O/loader/lib.a $(EFI_LD)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LD) $(LDFLAGS_common) $(LDFLAGS_pie) -e efi_main -T $(EFI_LD) -o $@ $(filter %.o %.a,$^)
	$(mark_pie)
$O/tests/efi/%.efi: $O/tests/efi/%.elf scripts/elf2efi
	$(call say,EFI,$@)
	$(Q)scripts/elf2efi $< $@

$O/tests/linux/%: $O/user/tests/linux/%.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LD) $(LDFLAGS_common) -static -e _start -o $@ $<

# --- What there is ----------------------------------------------------------------------------------------------------

COMPONENTS := $(if $(wildcard bootloader/*.c),$(LOADER_EFI)) \
	$(if $(and $(wildcard kernel/*.c),$(KERNEL_LD)),$(KERNEL_ELF)) \
	$(INITRAMFS_CPIO) $(SUITES:%=$O/%.cpio) $(EXAMPLES:%=$O/examples/%.elf) $(TEST_EFI) $(TEST_LINUX)
MISSING := $(if $(wildcard bootloader/*.c),,the loader (no bootloader/*.c)) \
	$(if $(and $(wildcard kernel/*.c),$(KERNEL_LD)),,the kernel (no kernel/*.c or no arch/$(ARCH)/kernel/kernel.ld)) \
	$(if $(INITRAMFS_PROGRAMS),,user programs (no user/*/*.c or no user/lib/*.c))

CMDLINE ?=

.PHONY: components
components: $(COMPONENTS)
	$(if $(strip $(MISSING)),@echo '  SKIPPED $(strip $(MISSING))')

-include $(shell find $O -name '*.d' 2>/dev/null)
