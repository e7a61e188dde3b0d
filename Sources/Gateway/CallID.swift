// SPDX-License-Identifier: Apache-2.0
import Wire

/// The name of a call: `req_` and 26 characters that sort by time.
///
/// Shape: a ULID (48 bits of milliseconds since 1970, 80 random bits) in Crockford's base 32.
enum CallID {
    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    private static let prefix: StaticString = "req_"

    static func make(at time: WallTime, using random: any RandomSource) -> String {
        let milliseconds = UInt64(max(0, time.microseconds / 1_000))
        let high = milliseconds << 16 | random.next() & 0xFFFF
        let low = random.next()
        return unsafe String(unsafeUninitializedCapacity: 30) { text in
            for index in 0..<4 { unsafe text[index] = prefix.utf8Start[index] }
            // 26 digits of five bits hold 130: the two highest are zero.
            var bits = (high: high, low: low)
            for index in stride(from: 29, through: 4, by: -1) {
                unsafe text[index] = alphabet.utf8Start[Int(bits.low & 31)]
                bits.low = bits.low >> 5 | bits.high << 59
                bits.high >>= 5
            }
            return 30
        }
    }
}
