/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is used here of the interface of QEMU's TCG plugins. Distributions ship no header for it, so it is declared by
 * hand (QEMU's "TCG Plugins" document); these functions have not changed from QEMU 6.0 to 10. The build defines
 * QEMU_PLUGIN_API, the version of the interface.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stdint.h>
#include <stdlib.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

/* function: called when a block of code is translated, once for each translation. */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*function)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
/* function: called before each execution of the instruction. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*function)(unsigned cpu, void *argument),
					    enum qemu_plugin_cb_flags flags, void *argument);
/* function: called when the emulator ends. */
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*function)(qemu_plugin_id_t id, void *argument),
				    void *argument);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define EXPORT __attribute__((visibility("default")))

/* What a plugin defines. */
EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

#endif
