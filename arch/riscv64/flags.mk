# What is particular to riscv64 in the build; mk/config.mk says what each variable means.

ARCH_EFI_FILE   := BOOTRISCV64.EFI
ARCH_BLS_NAME   := riscv64
ARCH_GNU_PREFIX := riscv64-linux-gnu-
ARCH_CLANG      := --target=riscv64-unknown-none-elf

# No floating point but in programs. Linker relaxation needs a global pointer, which nothing sets up.
# clang before 16 does not know the names of the two extensions, and takes them as part of rv64i.
riscv64_march   := rv64imac_zicsr_zifencei
riscv64_march_d := rv64imafdc_zicsr_zifencei
ifeq ($(TOOLCHAIN),clang)
riscv64_march   := $(shell clang $(ARCH_CLANG) -march=$(riscv64_march) -x c -c /dev/null -o /dev/null 2>/dev/null \
                     && echo $(riscv64_march) || echo rv64imac)
riscv64_march_d := $(subst imac,imafdc,$(riscv64_march))
endif
ARCH_CFLAGS     := -march=$(riscv64_march) -mabi=lp64 -mcmodel=medany -mno-relax
ARCH_LDFLAGS    := -m elf64lriscv
# The last -march and -mabi count.
ARCH_CFLAGS_user := -march=$(riscv64_march_d) -mabi=lp64d
# The tasks' registers in the kernel.
CFLAGS_arch/riscv64/kernel/fpustate.S := -march=$(riscv64_march_d)
# Registers that a C function keeps for its caller, but for the frame pointer.
ARCH_SAVED_REGISTERS := s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11
