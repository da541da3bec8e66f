# The configuration of one build: architecture, compiler family, debug or release. Everything it produces
# stands in build/<arch>-<toolchain>-<build>/.
#
# arch/<isa>/flags.mk sets:
#   ARCH_EFI_FILE          name of the loader under \EFI\BOOT
#   ARCH_BLS_NAME          name in the key "architecture" of a boot entry
#   ARCH_GNU_PREFIX        prefix of gcc and the GNU binutils
#   ARCH_CLANG             arguments that make clang compile for it
#   ARCH_CFLAGS            for everything; ARCH_CFLAGS_{loader,kernel,user} for one component
#   ARCH_CFLAGS_general    for what shall use general registers only, where that is a choice
#   ARCH_ASFLAGS           for assembly sources; ARCH_LDFLAGS for every link

ARCH_ORIGIN := $(origin ARCH)
ARCH      ?= x86_64
TOOLCHAIN ?= gcc
# Debug builds have assertions and the expensive checks; tests run them. Release builds are what is measured and shipped.
BUILD     ?= debug

ARCHES := x86_64 aarch64 riscv64

# Names that people use for the same thing.
override ARCH := $(patsubst amd64,x86_64,$(patsubst x64,x86_64,$(patsubst x86-64,x86_64,$(ARCH))))
override ARCH := $(patsubst arm64,aarch64,$(patsubst aa64,aarch64,$(patsubst riscv,riscv64,$(patsubst rv64,riscv64,$(ARCH)))))

# A board (images/boards/) by its own name or by QEMU's. It decides the architecture; "virt" is there for each but one,
# and "all" is the image for all of them.
BOARD ?=
BOARD_FILE := $(if $(BOARD),$(firstword $(wildcard images/boards/$(BOARD).toml images/boards/$(BOARD)-$(ARCH).toml) \
	$(shell grep -lx 'qemu = "$(BOARD)"' images/boards/*.toml)))
ifeq ($(ARCH),all)
BOARD_FILE := images/boards/all.toml
override ARCH := x86_64
else ifneq ($(BOARD_FILE),)
BOARD_ARCHES := $(shell sed -n 's/^arches = \[\(.*\)\]/\1/p' $(BOARD_FILE) | tr -d '",')
ifeq ($(ARCH_ORIGIN),undefined)
override ARCH := $(firstword $(BOARD_ARCHES))
endif
ifeq ($(filter $(ARCH),$(BOARD_ARCHES)),)
$(error BOARD=$(BOARD) is not for ARCH=$(ARCH), but for $(BOARD_ARCHES))
endif
else ifneq ($(BOARD),)
$(error BOARD=$(BOARD) is none of $(sort $(basename $(notdir $(wildcard images/boards/*.toml)))) \
	$(if $(filter virt,$(BOARD)),(virt needs ARCH=aarch64 or riscv64)))
endif
# What "make image" makes.
IMAGE_BOARD := $(or $(basename $(notdir $(BOARD_FILE))),$(if $(filter x86_64,$(ARCH)),pc,virt-$(ARCH)))
IMAGE_ARCHES := $(if $(filter all,$(IMAGE_BOARD)),$(ARCHES),$(ARCH))

ifeq ($(filter $(ARCH),$(ARCHES)),)
$(error ARCH=$(ARCH) is none of $(ARCHES))
endif
ifeq ($(filter $(TOOLCHAIN),gcc clang),)
$(error TOOLCHAIN=$(TOOLCHAIN) is neither gcc nor clang)
endif
ifeq ($(filter $(BUILD),debug release),)
$(error BUILD=$(BUILD) is neither debug nor release)
endif

# The build's directory, relative to the top of the tree. BUILD_ROOT=elsewhere keeps a second set of builds.
BUILD_ROOT ?= build
O := $(BUILD_ROOT)/$(ARCH)-$(TOOLCHAIN)-$(BUILD)

VERSION := $(shell git describe --always --dirty --tags 2>/dev/null || echo unknown)
# Time stamps inside of images: the last commit's, so that equal sources give equal images.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)

include arch/$(ARCH)/flags.mk
-include build/deps/paths.mk

ifeq ($(TOOLCHAIN),gcc)
CC      := $(ARCH_GNU_PREFIX)gcc
LD      := $(ARCH_GNU_PREFIX)ld
AR      := $(ARCH_GNU_PREFIX)ar
OBJCOPY := $(ARCH_GNU_PREFIX)objcopy
NM      := $(ARCH_GNU_PREFIX)nm
CC_INCLUDE := $(shell $(CC) -print-file-name=include 2>/dev/null)
else
CC      := clang $(ARCH_CLANG)
LD      := ld.lld
AR      := llvm-ar
OBJCOPY := llvm-objcopy
NM      := llvm-nm
CC_INCLUDE := $(shell clang -print-resource-dir 2>/dev/null)/include
endif

# Flags for all three components. No C library's headers are seen, only the compiler's own and mk/libc.
CFLAGS_common := -std=gnu17 -ffreestanding -fpie -fvisibility=hidden -fno-common -fno-strict-aliasing \
	-fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wundef -Wvla -g \
	-nostdinc -isystem $(CC_INCLUDE) -isystem mk/libc -isystem $(DEP_LIBFDT) \
	-I include -I . -I arch/$(ARCH)/include $(ARCH_CFLAGS)
ifneq ($(WERROR),0)
CFLAGS_common += -Werror
endif
ifeq ($(TOOLCHAIN),gcc)
# A loop in memcpy() must not become a call of memcpy().
CFLAGS_common += -fno-tree-loop-distribute-patterns
endif

ifeq ($(BUILD),debug)
CFLAGS_common += -O1 -fno-optimize-sibling-calls -DHELION_DEBUG=1
else
CFLAGS_common += -DHELION_DEBUG=0
# Optimisation of release builds, by component. The kernel is small first: what its paths cost is measured, and a
# source that gains from it gets its own flags, for example "CFLAGS_kernel/ipc.c := -O2".
OPTIMIZE_loader := -O2
OPTIMIZE_kernel := $(if $(filter clang,$(TOOLCHAIN)),-Oz,-Os)
OPTIMIZE_user   := -O2
# What every message, signal and switch goes through is built for speed.
# The functions there do not return, so they need not keep registers for whoever called them (clang cannot be told).
CFLAGS_kernel/fastpath.c := -O2 -fomit-frame-pointer $(if $(filter gcc,$(TOOLCHAIN)),$(addprefix -fcall-used-,$(ARCH_SAVED_REGISTERS)))
CFLAGS_kernel/invoke.c := $(CFLAGS_kernel/fastpath.c)
CFLAGS_kernel/restricted.c := -O2
CFLAGS_kernel/syscall.c := -O2
CFLAGS_kernel/sched.c := -O2
# What every invocation, or one that makes, deletes or maps, goes through; where there is room for it.
ifeq ($(TOOLCHAIN),gcc)
$(foreach source,lock object memory pages pagepool cspace vspace task fpu endpoint notification timer deadline irq_handler ioport wait,$(eval CFLAGS_kernel/$(source).c := -O2 -fomit-frame-pointer))
$(foreach source,pagetable string tree,$(eval CFLAGS_lib/$(source).c := -O2))
endif
# clang's code is larger than gcc's; seeing the whole kernel at once makes up for it. (riscv64 loses its ABI on the way.)
LTO_kernel := $(if $(filter clang,$(TOOLCHAIN)),$(if $(filter-out riscv64,$(ARCH)),-flto))
endif

# Flags of the components.
CFLAGS_loader := $(OPTIMIZE_loader) -fshort-wchar -isystem $(DEP_EFI_HEADERS)/$(ARCH) -isystem $(DEP_ZLIB) -isystem $(DEP_ZSTD) \
	-DHELION_COMPONENT_LOADER=1 $(ARCH_CFLAGS_loader)
CFLAGS_kernel := -include mk/hidden.h $(OPTIMIZE_kernel) $(LTO_kernel) -DHELION_COMPONENT_KERNEL=1 $(ARCH_CFLAGS_kernel)
CFLAGS_user   := $(OPTIMIZE_user) -fno-pie -I user/include -DHELION_COMPONENT_USER=1 $(ARCH_CFLAGS_user)

LDFLAGS_common := -z noexecstack -z separate-code -z max-page-size=4096 -z norelro --build-id=none --gc-sections \
	--hash-style=sysv $(ARCH_LDFLAGS)
LDFLAGS_pie := -pie --no-dynamic-linker -z text -z defs
ifeq ($(TOOLCHAIN),clang)
LDFLAGS_pie += --pack-dyn-relocs=none
else
LDFLAGS_common += --warn-common --no-warn-rwx-segments
endif

# The kernel's limit in release builds: bytes that its loadable segments take in the file.
KERNEL_LIMIT := 196608
