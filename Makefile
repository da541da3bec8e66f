# Helion. "make help" lists what there is to do; mk/ has the rules, arch/<isa>/flags.mk what an ISA needs.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
# As many jobs as there are processors, unless -j says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

# Install and fetch what is missing, once, before anything else. Does nothing, quickly, when all is there.
ifeq ($(MAKELEVEL),0)
ifneq ($(filter-out clean distclean help,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell scripts/setup >&2 || echo failed),)
$(error scripts/setup failed, see above)
endif
endif
endif

# Images are what people take away: they are made of release builds unless BUILD says otherwise.
ifneq ($(filter image image-all install-usb,$(MAKECMDGOALS)),)
BUILD ?= release
endif

include mk/config.mk
include mk/rules.mk
include mk/host.mk

.PHONY: coverage FORCE all all-arches image image-all install-usb run test build-for-test soak bench fuzz format check-format gdb clean distclean \
	help setup compile_commands.json lint
FORCE:

all: components

setup: ;

# --- All architectures ------------------------------------------------------------------------------------------------

# $(call each_arch,GOAL,VARIABLES,ARCHITECTURES): all of them unless some are named.
each_arch = set -e; $(foreach arch,$(or $(3),$(ARCHES)),$(MAKE) --no-print-directory $(1) ARCH=$(arch) BOARD= $(2);)

all-arches:
	+@$(call each_arch,components)

# --- Images -----------------------------------------------------------------------------------------------------------

BOARD_IMAGE := $(BUILD_ROOT)/helion-$(IMAGE_BOARD).img

# The file to write to a medium, and its block map. images/boards/ says what is on it.
image:
	+@$(call each_arch,components,TOOLCHAIN=$(TOOLCHAIN) BUILD=$(BUILD) BUILD_ROOT=$(BUILD_ROOT),$(IMAGE_ARCHES))
	$(call say,IMAGE,$(BOARD_IMAGE))
	$(Q)scripts/mkimage --output $(BOARD_IMAGE) --board $(IMAGE_BOARD) --builds $(BUILD_ROOT) \
		--configuration $(TOOLCHAIN)-$(BUILD) --version '$(VERSION)' $(if $(CMDLINE),--options '$(CMDLINE)') \
		$(if $(filter 1 y yes,$(SIGN)),--keys $(KEYS))

# Keys of one's own for Secure Boot. KEYS=directory keeps them elsewhere than in the tree, which is better.
KEYS ?= keys
.PHONY: keys
keys:
	@scripts/mkkeys $(KEYS)

# The same, written to a stick or card at once: DEV=/dev/sdX.
install-usb:
	$(if $(DEV),,$(error install-usb needs DEV=/dev/sdX, the stick or card to write to; lsblk lists them))
	@scripts/install-usb --check $(DEV)
	+@$(MAKE) --no-print-directory image
	@scripts/install-usb $(BOARD_IMAGE) $(DEV)

# One stick that boots all architectures.
image-all:
	+@$(MAKE) --no-print-directory image ARCH=all

# --- Running ----------------------------------------------------------------------------------------------------------

# What scripts/run takes from the environment; see scripts/run --help.
RUN_VARIABLES := FIRMWARE FIRMWARE_VERSION BOARD SMP MEM INITRAMFS KERNEL IMAGE TIMEOUT DISPLAY DISK GIC AIA EL2 CPU ACPI GDB ICOUNT \
	SCREENSHOT EXTRA
# DISPLAY stands in the environment of every graphical session; only one given to make opens a window.
run: components
	@scripts/run --arch $(ARCH) --build $O $(if $(CMDLINE),--cmdline '$(CMDLINE)') $(foreach v,$(RUN_VARIABLES),$(if \
		$(filter command line,$(origin $(v))),--set $(v)='$($(v))'))

gdb:
	@scripts/gdb/attach --build $O

# --- Tests ------------------------------------------------------------------------------------------------------------

# The debug build by gcc is what the tests run. The other three are built to be free of warnings, and release builds
# to stay within their size.
build-for-test:
	+@$(call each_arch,components,TOOLCHAIN=gcc BUILD=debug)
	+@$(call each_arch,components,TOOLCHAIN=gcc BUILD=release)
	+@$(call each_arch,components,TOOLCHAIN=clang BUILD=debug)
	+@$(call each_arch,components,TOOLCHAIN=clang BUILD=release)

test: build-for-test host-tests fuzzers
	@tests/run $(if $(ONLY),--only '$(ONLY)') $(if $(JOBS),--jobs $(JOBS))

# Which lines of the portable kernel the tests run. COVERAGE_ARGS=--list names those that they do not.
KERNEL_TESTS = $(patsubst tests/host/%.c,build/coverage/%,$(wildcard tests/host/test_kernel_*.c))
coverage:
	+@$(MAKE) --no-print-directory components ARCH=x86_64 TOOLCHAIN=gcc BUILD=debug
	+@$(MAKE) --no-print-directory H=build/coverage COVERAGE=1 $(KERNEL_TESTS)
	@scripts/coverage $(COVERAGE_ARGS)

# FUZZ names one fuzzer, SECONDS how long each runs.
fuzz: fuzzers
	@tests/run --fuzz $(or $(FUZZ_SECONDS),600) $(if $(ONLY),--only '$(ONLY)')

# RECORD=1 makes what is measured the record in tests/bench/, against which the next run compares.
# Random system calls against a model, with every check that there is: SECONDS=60 SEED=1 SMP=4 ARCH=...
SOAK_SECONDS := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
SEED ?= 1
soak:
	+@$(MAKE) --no-print-directory components BUILD=debug
	@scripts/run --arch $(ARCH) --build build/$(ARCH)-$(TOOLCHAIN)-debug --set SMP=$(or $(SMP),4) --set TIMEOUT=$$(($(SOAK_SECONDS) * 4 + 300)) \
		--set INITRAMFS=build/$(ARCH)-$(TOOLCHAIN)-debug/conformance.cpio \
		--cmdline 'conformance=soak/many_rounds soak=$(SOAK_SECONDS) seed=$(SEED) check lockdelay=$(SEED)'

bench:
	+@$(call each_arch,components,TOOLCHAIN=gcc BUILD=release)
	@scripts/bench $(if $(filter-out 0,$(RECORD)),--record) $(BENCH_ARGS)

# --- Sources ----------------------------------------------------------------------------------------------------------

FORMAT_FILES = $(shell git ls-files -co --exclude-standard '*.c' '*.h' | grep -v '^tests/fuzz/corpus/')

format:
	clang-format -i $(FORMAT_FILES)

check-format:
	clang-format --dry-run --Werror $(FORMAT_FILES)

lint:
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr -I include -I . -I arch/$(ARCH)/include \
		--error-exitcode=1 $(wildcard lib/*.c bootloader/*.c kernel/*.c platform/*.c user/*/*.c)

# For editors and clang tools: how each source of the chosen architecture is compiled.
compile_commands.json:
	+@$(MAKE) --no-print-directory --always-make --dry-run V=1 components host-tests fuzzers ARCH=$(ARCH) \
		TOOLCHAIN=$(TOOLCHAIN) BUILD=$(BUILD) 2>/dev/null | scripts/compile-commands > build/compile_commands.json
	@ln -sf build/compile_commands.json $@
	$(call say,GEN,$@)

clean:
	rm -rf build/host build/test build/bench build/coverage $(wildcard build/*-gcc-* build/*-clang-*) build/*.img build/*.img.bmap compile_commands.json \
		build/compile_commands.json

# Also what scripts/setup fetched.
distclean: clean
	rm -rf build

help:
	@echo 'make                     build loader, kernel, user programs and examples for ARCH'
	@echo 'make run                 boot them in QEMU, serial console in the terminal (Ctrl-A X ends it)'
	@echo 'make test                build everything, run every test on every architecture (ONLY=pattern)'
	@echo 'make image               a file for a USB stick or card, and how to write it: BOARD=pc (docs/boards), ARCH=all'
	@echo 'make install-usb DEV=/dev/sdX   the same, written to that stick or card after asking'
	@echo 'make keys                keys of your own for Secure Boot (KEYS=directory); make image SIGN=1 signs with them'
	@echo 'make all-arches          build for x86_64, aarch64 and riscv64'
	@echo 'make coverage            which lines of the portable kernel the tests run (COVERAGE_ARGS=--list)'
	@echo 'make soak                random system calls against a model (SECONDS=60 SEED=1 SMP=4)'
	@echo 'make bench               count instructions of each operation and boot phase (RECORD=1)'
	@echo 'make fuzz                run the fuzzers for long (FUZZ_SECONDS=600, ONLY=pattern)'
	@echo 'make gdb                 attach gdb to a machine started with "make run GDB=1"'
	@echo 'make compile_commands.json, format, check-format, lint, clean, distclean'
	@echo
	@echo 'Variables for building:  ARCH=x86_64|aarch64|riscv64 TOOLCHAIN=gcc|clang BUILD=debug|release V=1 WERROR=0'
	@echo 'Variables for running:   FIRMWARE=edk2|uboot BOARD=raspi3b|sifive_u SMP=4 MEM=512M CMDLINE="..." INITRAMFS=file'
	@echo '  KERNEL=file TIMEOUT=60 DISPLAY=gtk DISK=virtio|nvme|ahci|usb|sd GIC=2|3 AIA=aplic|imsic EL2=0|1 CPU=max ACPI=on|off GDB=1'
	@echo '  ICOUNT=1 SCREENSHOT=file.png EXTRA="qemu arguments" FIRMWARE_VERSION=system'
