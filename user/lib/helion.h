/* SPDX-License-Identifier: BSD-2-Clause */
/* The native library, all of it. docs/user.md gives the tour. */
#ifndef USER_LIB_HELION_H
#define USER_LIB_HELION_H

#include <helion/abi.h>
#include <helion/invocations.h>
#include <helion/manifest.h>

#include "lib/string.h"
#include "user/lib/arch.h"
#include "user/lib/child.h"
#include "user/lib/console.h"
#include "user/lib/device.h"
#include "user/lib/invoke.h"
#include "user/lib/ipc.h"
#include "user/lib/manifest.h"
#include "user/lib/self.h"
#include "user/lib/start.h"
#include "user/lib/sync.h"
#include "user/lib/syscall.h"
#include "user/lib/thread.h"
#include "user/lib/tls.h"
#include "user/lib/vm.h"

#endif
