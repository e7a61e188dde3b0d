// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <sched.h>

int clinux_accept(int listener, clinux_address *peer) {
    peer->length = sizeof peer->storage;
    return accept4(listener, (struct sockaddr *)&peer->storage, &peer->length,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_usable_cores(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : -1;
}
