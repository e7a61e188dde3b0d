// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A system call that failed.
package struct SystemFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call's name, `epoll_create1`.
    package var call: String
    /// The value of `errno`.
    package var code: Int32

    /// The failure of `call` with the value `code` of `errno`.
    package init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The failure of the call that has just returned -1 on this thread.
    static func last(_ call: String) -> SystemFailure { SystemFailure(call, code: errno) }

    /// Shape: `epoll_create1: Too many open files`.
    package var description: String {
        strerror(code).map { "\(call): \(String(cString: $0))" } ?? "\(call): error \(code)"
    }
}
