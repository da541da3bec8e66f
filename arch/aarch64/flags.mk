# What is particular to aarch64 in the build; mk/config.mk says what each variable means.

ARCH_EFI_FILE   := BOOTAA64.EFI
ARCH_BLS_NAME   := aa64
ARCH_GNU_PREFIX := aarch64-linux-gnu-
ARCH_CLANG      := --target=aarch64-unknown-none-elf

# Armv8.0: no call into libgcc for atomics. Unaligned accesses fault on device memory and before the MMU is on.
ARCH_CFLAGS     := -march=armv8-a -mno-outline-atomics -mstrict-align
ARCH_CFLAGS_loader := -mgeneral-regs-only
# Vector registers belong to tasks.
ARCH_CFLAGS_kernel := -mgeneral-regs-only
ARCH_CFLAGS_general := -mgeneral-regs-only
# Assembly may name system registers of later extensions.
ARCH_ASFLAGS    := -Wa,-march=armv8.4-a
# Registers that a C function keeps for its caller, but for the frame pointer.
ARCH_SAVED_REGISTERS := x19 x20 x21 x22 x23 x24 x25 x26 x27 x28
