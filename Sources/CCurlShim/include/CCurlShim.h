// SPDX-License-Identifier: Apache-2.0
// libcurl's variadic functions, one typed function a kind of argument, and its message union.
#pragma once
#include <curl/curl.h>
#include <stdint.h>

typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_before_request_function)(
    void *context, char *remote, char *local, int remote_port, int local_port);

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// The body, which is not copied and must stay until the transfer has ended.
static inline void ccurl_set_body(CURL *easy, const void *bytes, int64_t count) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    // No pointer would mean "ask the read callback".
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes ? bytes : "");
}

static inline void ccurl_set_receivers(
    CURL *easy, ccurl_data_function head, ccurl_data_function body,
    ccurl_before_request_function before_request, void *context) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, context);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

static inline void ccurl_set_socket_callbacks(
    CURL *easy, curl_opensocket_callback open, curl_closesocket_callback close, void *context) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
}

static inline void ccurl_multi_set_callbacks(
    CURLM *multi, curl_socket_callback socket, curl_multi_timer_callback timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

static inline void ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    curl_multi_setopt(multi, option, value);
}

static inline void ccurl_share(CURLSH *share, curl_lock_data data) {
    curl_share_setopt(share, CURLSHOPT_SHARE, data);
}

/// What the libcurl at hand can do, `CURL_VERSION_...`.
static inline int ccurl_features(void) {
    return curl_version_info(CURLVERSION_NOW)->features;
}

/// The version of the libcurl at hand: `0x075801` is 7.88.1.
static inline int ccurl_version(void) {
    return (int)curl_version_info(CURLVERSION_NOW)->version_num;
}

/// The context given to `ccurl_set_receivers`.
static inline void *ccurl_context(CURL *easy) {
    char *context = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
    return context;
}

static inline long ccurl_long(CURL *easy, CURLINFO which) {
    long value = 0;
    curl_easy_getinfo(easy, which, &value);
    return value;
}

/// A moment of the transfer in microseconds since its start, 0 where it has not come to that.
static inline int64_t ccurl_microseconds(CURL *easy, CURLINFO which) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, which, &value);
    return value;
}

/// The file of certificate authorities that libcurl was built with, or NULL.
static inline const char *ccurl_default_authorities(CURL *easy) {
    char *path = NULL;
    curl_easy_getinfo(easy, CURLINFO_CAINFO, &path);
    return path;
}

/// The next transfer that has ended by itself, or NULL.
static inline CURL *ccurl_next_ended(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
