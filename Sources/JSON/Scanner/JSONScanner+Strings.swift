// SPDX-License-Identifier: Apache-2.0

/// Where a string's bytes are, between its quotes.
struct StringExtent {
    var start: Int
    var end: Int
    var hasEscapes: Bool
}

extension JSONScanner {
    /// Validates the string whose opening quote is at `quote`.
    @inline(__always)
    static func string(
        _ bytes: Span<UInt8>, _ quote: Int
    ) throws(JSONError) -> StringExtent {
        let start = quote &+ 1
        let end = bytes.firstNotable(from: start)
        if end < bytes.count, unsafe bytes.uncheckedByte(at: end) == .quote {
            return StringExtent(start: start, end: end, hasEscapes: false)
        }
        return try rest(of: start, bytes, end)
    }

    /// Validates the string that begins at `start` from its first byte that is not plain ASCII.
    @inline(never)
    private static func rest(
        of start: Int, _ bytes: Span<UInt8>, _ notable: Int
    ) throws(JSONError) -> StringExtent {
        var position = notable
        var hasEscapes = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == .quote {
                return StringExtent(start: start, end: position, hasEscapes: hasEscapes)
            }
            if byte == .backslash {
                hasEscapes = true
                try escape(bytes, &position)
            } else if byte >= 0x80 {
                guard isWellFormed(bytes, &position) else {
                    throw JSONError(.invalidUTF8, at: position)
                }
            } else {
                throw JSONError(.controlCharacter, at: position)
            }
            position = bytes.firstNotable(from: position)
        }
        throw JSONError(.unexpectedEnd, at: bytes.count)
    }

    /// Validates the escape whose backslash is at `position`. Surrogates are not paired here: a
    /// lone one passes, and reads as U+FFFD.
    @inline(__always)
    private static func escape(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(JSONError) {
        guard position + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        switch bytes[position + 1] {
        case .quote, .backslash, .slash, .letterB, .letterF, .letterN, .letterR, .letterT:
            position += 2
        case .letterU:
            for offset in position + 2..<position + 6 {
                guard offset < bytes.count else { throw JSONError(.unexpectedEnd, at: offset) }
                guard bytes[offset].hexDigitValue != nil else {
                    throw JSONError(.invalidEscape, at: position)
                }
            }
            position += 6
        default:
            throw JSONError(.invalidEscape, at: position)
        }
    }

    /// Moves past the run of multi-byte UTF-8 sequences at `position`. Returns whether all are
    /// well-formed; else `position` is at the first that is not.
    ///
    /// Source: Unicode 15, table 3-7 (well-formed UTF-8 byte sequences), as masks on the four bytes
    /// at `position`, the first one lowest.
    @inline(__always)
    private static func isWellFormed(_ bytes: Span<UInt8>, _ position: inout Int) -> Bool {
        while position < bytes.count, bytes[position] >= 0x80 {
            let word = bytes.paddedWord32(at: position)
            if word & 0xC0C0F0 == 0x8080E0 {
                // E0 wants A0... after it; ED wants ...9F, or it is a surrogate.
                let range = word & 0x200F
                guard range != 0, range != 0x200D else { return false }
                position += 3
            } else if word & 0xC0E0 == 0x80C0 {
                // C0 and C1 are overlong.
                guard word & 0x1E != 0 else { return false }
                position += 2
            } else {
                guard word & 0xC0C0_C0F8 == 0x8080_80F0 else { return false }
                // F0 wants 90... after it; F4 wants ...8F; F5 and above do not exist.
                guard word & 0x3007 != 0 else { return false }
                guard word & 0x04 == 0 || word & 0x3003 == 0 else { return false }
                position += 4
            }
        }
        return true
    }
}

extension Span<UInt8> {
    /// The offset of the first byte at or after `start` that ends the plain ASCII of a string:
    /// a quote, a backslash, a control character, or a byte above 0x7F. `count` where there is none.
    @inline(__always)
    func firstNotable(from start: Int) -> Int {
        var position = start
        while position <= count - 16 {
            let vector = unsafe uncheckedVector(at: position)
            if let lane = vector.notable.firstLane { return position &+ lane }
            position &+= 16
        }
        while position < count, !self[position].isNotable { position &+= 1 }
        return position
    }

    /// The four bytes at `offset`, the first one lowest, with zeros behind the end.
    @inline(__always)
    fileprivate func paddedWord32(at offset: Int) -> UInt32 {
        if offset <= count - 4 { return unsafe uncheckedWord32(at: offset) }
        var word: UInt32 = 0
        for index in offset..<count { word |= UInt32(self[index]) << UInt32(8 * (index - offset)) }
        return word
    }
}

extension SIMD16<UInt8> {
    @inline(__always)
    fileprivate var notable: SIMDMask<SIMD16<Int8>> {
        // As signed numbers, everything above 0x7F is below 0x20 too: one comparison for both.
        let signed = SIMD16<Int8>(truncatingIfNeeded: self)
        return (signed .< SIMD16<Int8>(repeating: 0x20)) .| self.lanes(equalTo: .quote)
            .| self.lanes(equalTo: .backslash)
    }
}

extension UInt8 {
    @inline(__always)
    fileprivate var isNotable: Bool {
        Int8(bitPattern: self) < 0x20 || self == .quote || self == .backslash
    }
}
