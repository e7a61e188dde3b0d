// SPDX-License-Identifier: Apache-2.0

/// The checksum of Ethernet, gzip and AWS event streams.
///
/// Source: ISO/IEC 8802-3 (IEEE 802.3) §3.2.9, reflected polynomial 0xEDB88320.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
        }
    }

    /// The checksum of `bytes`. Complexity: O(n).
    package static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let table = Self.table
        var value = UInt32.max
        for position in bytes.indices {
            value = table[Int((value ^ UInt32(bytes[position])) & 0xFF)] ^ (value >> 8)
        }
        return ~value
    }
}
