# What is particular to x86_64 in the build; mk/config.mk says what each variable means.

ARCH_EFI_FILE   := BOOTX64.EFI
ARCH_BLS_NAME   := x64
ARCH_GNU_PREFIX := x86_64-linux-gnu-
ARCH_CLANG      := --target=x86_64-unknown-none-elf

ARCH_CFLAGS     := -march=x86-64 -mno-red-zone -fcf-protection=none
# UEFI's calling convention is Microsoft's on this architecture.
ARCH_CFLAGS_loader := -DGNU_EFI_USE_MS_ABI
# Vector and x87 registers belong to tasks. -mcmodel=kernel is not position independent; the small PIC model reaches
# everything relative to the instruction pointer.
ARCH_CFLAGS_kernel := -mgeneral-regs-only -mcmodel=small
ARCH_CFLAGS_general := -mgeneral-regs-only
# Registers that a C function keeps for its caller, but for the frame pointer.
ARCH_SAVED_REGISTERS := rbx r12 r13 r14 r15
