// SPDX-License-Identifier: Apache-2.0
import CCatalogue
import Providers

extension VendorTable {
    /// The rows of `Config/providers.json` that this binary carries.
    static let builtIn = VendorTable([])
}
