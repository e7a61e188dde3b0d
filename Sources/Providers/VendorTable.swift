// SPDX-License-Identifier: Apache-2.0

/// All vendors that this build knows, in the order of `Config/providers.json`.
package struct VendorTable: Sendable, Equatable {
    package let vendors: [Vendor]
    private let positions: [String: Int]

    /// A table of rows whose ids differ; of two with one id the first stays.
    package init(_ vendors: [Vendor]) {
        self.vendors = vendors
        self.positions = Dictionary(
            vendors.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The row with that id, or nil.
    package subscript(id: String) -> Vendor? { positions[id].map { vendors[$0] } }
}
