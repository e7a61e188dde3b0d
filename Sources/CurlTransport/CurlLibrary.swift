// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import CLinux

/// libcurl itself, set up once a process.
enum CurlLibrary {
    /// What the libcurl at hand can do. Reading it sets libcurl up.
    static let features: Int32 = {
        // libcurl and OpenSSL may write to a connection that the provider has just closed.
        clinux_ignore_broken_pipes()
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        return ccurl_features()
    }()

    /// Whether names are resolved on a thread of their own, so that DNS cannot block a shard.
    static var resolvesAsynchronously: Bool { features & CURL_VERSION_ASYNCHDNS != 0 }
}
