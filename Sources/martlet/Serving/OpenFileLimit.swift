// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How many descriptors the process may have: each connection and each transfer is one.
enum OpenFileLimit {
    /// Raises the limit to what the system allows without privileges, and returns it.
    ///
    /// Source: getrlimit(2). The soft limit of most systems is 1,024, kept low for `select`.
    static func raise() -> UInt64 {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        return setrlimit(resource, &raised) == 0 ? UInt64(raised.rlim_cur) : UInt64(limit.rlim_cur)
    }
}
