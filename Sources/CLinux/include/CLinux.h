// SPDX-License-Identifier: Apache-2.0
// Linux calls that Swift cannot import: packed unions, variadic functions, feature macros.
#pragma once
// Without _GNU_SOURCE, like Swift's own Glibc module: else the two disagree on `fd_set` and friends.
// What needs it is in CLinux.c.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "CLinuxSignals.h"
#include "CLinuxSockets.h"

/// The cores that this process may use, by its affinity mask, or -1. sched_getaffinity(2).
int clinux_usable_cores(void);

/// Takes the code and the constants of all loaded files out of this process's memory. They are still
/// in the kernel's cache, and come back a page at a time when they are used. madvise(2).
void clinux_release_file_pages(void);
