// SPDX-License-Identifier: Apache-2.0
// Socket addresses: unions of structures by the C library's rules, which Swift can only cast.
#pragma once
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/un.h>

/// An address as the kernel takes it.
typedef struct {
    struct sockaddr_storage storage;
    socklen_t length;
} clinux_address;

/// Fills in a Unix-domain address; false where `path` is empty or longer than the kernel allows.
static inline int clinux_unix_address(const char *path, clinux_address *address) {
    struct sockaddr_un *local = (struct sockaddr_un *)&address->storage;
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof local->sun_path) return 0;
    memset(address, 0, sizeof *address);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, length);
    address->length = (socklen_t)sizeof *local;
    return 1;
}

/// Copies an address that `getaddrinfo` returned; false where it does not fit.
static inline int clinux_copy_address(const struct addrinfo *entry, clinux_address *address) {
    if (entry->ai_addrlen > sizeof address->storage) return 0;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, entry->ai_addr, entry->ai_addrlen);
    address->length = entry->ai_addrlen;
    return 1;
}

static inline int clinux_bind(int descriptor, const clinux_address *address) {
    return bind(descriptor, (const struct sockaddr *)&address->storage, address->length);
}

static inline int clinux_connect(int descriptor, const clinux_address *address) {
    return connect(descriptor, (const struct sockaddr *)&address->storage, address->length);
}

/// The address a socket is bound to.
static inline int clinux_local_address(int descriptor, clinux_address *address) {
    address->length = sizeof address->storage;
    return getsockname(descriptor, (struct sockaddr *)&address->storage, &address->length);
}

/// Accepts one connection, non-blocking and closed on exec.
int clinux_accept(int listener, clinux_address *peer);

/// The port in host order; 0 for a Unix-domain address.
static inline uint16_t clinux_port(const clinux_address *address) {
    switch (address->storage.ss_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    default: return 0;
    }
}

/// Sets the port of an internet address, in host order.
static inline void clinux_set_port(clinux_address *address, uint16_t port) {
    if (address->storage.ss_family == AF_INET)
        ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
    else if (address->storage.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
}

/// Writes the numeric host into `text`; false for an address that has none.
static inline int clinux_host(const clinux_address *address, char *text, socklen_t capacity) {
    const void *host;
    switch (address->storage.ss_family) {
    case AF_INET: host = &((const struct sockaddr_in *)&address->storage)->sin_addr; break;
    case AF_INET6: host = &((const struct sockaddr_in6 *)&address->storage)->sin6_addr; break;
    default: return 0;
    }
    return inet_ntop(address->storage.ss_family, host, text, capacity) != NULL;
}

static inline int clinux_set_option(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value);
}

/// An integer socket option, or -1 where the descriptor is no socket.
static inline int clinux_option(int descriptor, int level, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, level, option, &value, &length) == 0 ? value : -1;
}

/// Sets O_NONBLOCK and FD_CLOEXEC.
static inline int clinux_adopt(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/// A copy of a descriptor, closed on exec.
static inline int clinux_duplicate(int descriptor) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

/// Ignores SIGPIPE: a write to a closed connection is an error value, not the process's end.
static inline void clinux_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }
