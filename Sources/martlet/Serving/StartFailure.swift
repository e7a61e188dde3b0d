// SPDX-License-Identifier: Apache-2.0

/// Why the gateway cannot start, worded for the operator.
struct StartFailure: Error, Equatable {
    /// One sentence that says what is in the way, and what to do about it.
    var reason: String
}
