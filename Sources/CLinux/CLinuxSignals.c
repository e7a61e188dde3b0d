// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <signal.h>

static int writing_end = -1;

static void write_number(int number) {
    const int kept = errno;
    const unsigned char byte = (unsigned char)number;
    // A full pipe holds thousands of orders already.
    if (write(writing_end, &byte, 1) < 0) { }
    errno = kept;
}

int clinux_redirect_signals(const int *numbers, int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    writing_end = ends[1];
    struct sigaction action = {.sa_handler = write_number, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (int i = 0; i < count; i++) sigaction(numbers[i], &action, NULL);
    return ends[0];
}
