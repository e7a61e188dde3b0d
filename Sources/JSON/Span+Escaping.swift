// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
    /// The offset of the first byte at or after `start` that a JSON string escapes, or `count`.
    func firstToEscape(from start: Int) -> Int {
        var position = start
        while position <= count - 16 {
            let vector = unsafe uncheckedVector(at: position)
            // Not `.<`: ordering unsigned bytes is a loop over the lanes in Swift 6.3, and took a
            // third of the time of a whole ledger entry.
            let controls = (vector & SIMD16(repeating: 0xE0)).lanes(equalTo: 0)
            let lanes =
                controls .| vector.lanes(equalTo: .quote) .| vector.lanes(equalTo: .backslash)
            if let lane = lanes.firstLane { return position + lane }
            position += 16
        }
        while position < count {
            let byte = unsafe uncheckedByte(at: position)
            if byte < 0x20 || byte == .quote || byte == .backslash { break }
            position += 1
        }
        return position
    }
}
