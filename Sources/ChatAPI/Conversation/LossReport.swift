// SPDX-License-Identifier: Apache-2.0

/// What of a request a target cannot be told: each parameter once, in the order of discovery.
///
/// Names are the request's own, with `[]` for any element: `logit_bias`, `messages[].name`.
package struct LossReport: Sendable, Equatable {
    package private(set) var names: [String] = []

    /// Nothing is lost so far.
    package init() {}

    /// Notes that a parameter is not passed on.
    package mutating func add(_ name: String) {
        if !names.contains(name) { names.append(name) }
    }

    /// Throws: where anything is lost and `isStrict` forbids that, a 400 that names it.
    package func check(isStrict: Bool, vendor: String) throws(APIError) {
        guard isStrict, let first = names.first else { return }
        throw .invalid(
            first, code: "unsupported_parameter",
            "\(vendor) does not take \(first), and strict mode drops nothing.")
    }
}
