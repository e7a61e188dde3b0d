// SPDX-License-Identifier: Apache-2.0
package struct LedgerEntryError: Error, CustomStringConvertible { package var description: String }
package enum LedgerEntryCoder {
    package static func encode(_ entry: LedgerEntry, into bytes: inout [UInt8]) {}
    package static func decode(_ b: [UInt8]) throws(LedgerEntryError) -> LedgerEntry { throw .init(description: "") }
}
