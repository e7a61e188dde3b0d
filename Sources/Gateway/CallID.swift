// SPDX-License-Identifier: Apache-2.0
import Wire

/// The name of a call: `req_` and 26 characters that sort by time.
///
/// Shape: a ULID (48 bits of milliseconds since 1970, 80 random bits) in Crockford's base 32.
enum CallID {
    private static let alphabet: [UInt8] = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    static func make(at time: WallTime, using random: any RandomSource) -> String {
        let milliseconds = UInt128(UInt64(max(0, time.microseconds / 1_000)))
        let chance = UInt128(random.next()) << 64 | UInt128(random.next())
        var bits = milliseconds << 80 | chance & ((1 << 80) - 1)
        var text: [UInt8] = Array("req_00000000000000000000000000".utf8)
        for index in stride(from: text.count - 1, through: 4, by: -1) {
            text[index] = alphabet[Int(bits & 31)]
            bits >>= 5
        }
        return String(decoding: text, as: UTF8.self)
    }
}
