// SPDX-License-Identifier: Apache-2.0
import CCatalogue
package import Providers

extension VendorTable {
    /// The rows of `Config/providers.json` that this binary carries.
    package static let builtIn: VendorTable = {
        let bytes = UnsafeBufferPointer(
            start: martlet_providers_json_start(), count: martlet_providers_json_count)
        do throws(VendorTableError) {
            return try VendorTable(parsing: Array(bytes))
        } catch {
            // A defect of the build, not of the machine: a test reads the same bytes.
            fatalError("Config/providers.json: \(error)")
        }
    }()
}
