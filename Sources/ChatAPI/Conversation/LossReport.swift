// SPDX-License-Identifier: Apache-2.0

/// What of a request a target cannot be told: each parameter once, in the order of discovery.
///
/// Names are the request's own, with `[]` for any element: `logit_bias`, `messages[].name`.
package struct LossReport: Sendable, Equatable {
    /// How many are said by name: a client may send a million members that nobody knows.
    package static let mostNames = 64

    private var listed: [String] = []
    private var all: Set<String> = []

    /// The first ones by name; where there are others, the last entry says how many: `12 more`.
    package var names: [String] {
        all.count == listed.count ? listed : listed + ["\(all.count - listed.count) more"]
    }

    /// Nothing is lost so far.
    package init() {}

    /// Notes that a parameter is not passed on.
    package mutating func add(_ name: String) {
        guard all.insert(name).inserted, listed.count < Self.mostNames else { return }
        listed.append(name)
    }

    /// Throws: where anything is lost and `isStrict` forbids that, a 400 that names it.
    package func check(isStrict: Bool, vendor: String) throws(APIError) {
        guard isStrict, let first = listed.first else { return }
        throw .invalid(
            first, code: "unsupported_parameter",
            "\(vendor) does not take \(first), and strict mode drops nothing.")
    }
}
