// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <link.h>
#include <sched.h>
#include <sys/mman.h>

int clinux_accept(int listener, clinux_address *peer) {
    peer->length = sizeof peer->storage;
    return accept4(listener, (struct sockaddr *)&peer->storage, &peer->length,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_usable_cores(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : -1;
}

static int release_pages(struct dl_phdr_info *file, size_t size, void *unused) {
    (void)size;
    (void)unused;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    for (int i = 0; i < file->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &file->dlpi_phdr[i];
        // What can be written is not in the file any more: relocated pointers, variables.
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
        uintptr_t start = (file->dlpi_addr + part->p_vaddr) & ~page;
        uintptr_t end = (file->dlpi_addr + part->p_vaddr + part->p_filesz + page) & ~page;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void clinux_release_file_pages(void) { dl_iterate_phdr(release_pages, NULL); }
