// SPDX-License-Identifier: Apache-2.0
import JSON

extension VendorTable {
    /// The rows of `Config/providers.json`.
    ///
    /// Shape: an array of objects; what they may hold is in `CONTRIBUTING.md`. Unknown keys and
    /// values are refused, so that no quirk is ever lost by a slip of the pen.
    /// Throws: the first row that is wrong, or the place where the text is no JSON.
    package init(parsing bytes: [UInt8]) throws(VendorTableError) {
        let rows: JSONValue
        do throws(JSONError) {
            rows = try JSONValue(parsing: bytes)
        } catch {
            throw VendorTableError(row: nil, problem: error.message)
        }
        guard rows.kind == .array else {
            throw VendorTableError(row: nil, problem: "the root is no array")
        }
        var vendors: [Vendor] = []
        var ids: Set<String> = []
        for value in rows.elements {
            let id = value["id"]?.string
            do throws(VendorRow.Failure) {
                let vendor = try VendorRow(value).vendor
                guard ids.insert(vendor.id).inserted else {
                    throw VendorRow.Failure("its id is there twice")
                }
                vendors.append(vendor)
            } catch {
                throw VendorTableError(row: id ?? "#\(vendors.count + 1)", problem: error.problem)
            }
        }
        self.init(vendors)
    }
}

/// What is wrong with a table of vendors.
package struct VendorTableError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The id of the row, its number where it has none, or nil for the table as a whole.
    package var row: String?
    /// What is wrong with it, in plain English.
    package var problem: String

    package var description: String { row.map { "\($0): \(problem)" } ?? problem }
}
