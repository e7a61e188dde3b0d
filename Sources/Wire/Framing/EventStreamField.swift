// SPDX-License-Identifier: Apache-2.0

/// What a line of an event stream is about.
enum EventStreamField {
    case data
    case event
    case id
    case retry
    case comment
    case unknown

    /// Splits the line at `range`, which is not empty, into its field and the range of its value.
    ///
    /// Shape: `name[:[ ]value]`. Without a colon the value is empty; one space behind it is not
    /// part of the value. A line that begins with a colon is a comment.
    @inline(__always)
    static func read(_ text: Span<UInt8>, _ range: Range<Int>) -> (Self, value: Range<Int>) {
        var colon = range.lowerBound
        // The name as a number behind a 1, its last byte lowest; the longest ones have five.
        var name: UInt64 = 1
        let limit = Swift.min(range.upperBound, range.lowerBound + 6)
        while colon < limit, text[colon] != 0x3A {
            name = name << 8 | UInt64(text[colon])
            colon += 1
        }
        var value = Swift.min(colon + 1, range.upperBound)
        if value < range.upperBound, text[value] == 0x20 { value += 1 }
        return (named(name), value..<range.upperBound)
    }

    @inline(__always)
    private static func named(_ name: UInt64) -> Self {
        switch name {
        case 1: .comment
        case 0x1_6461_7461: .data
        case 0x165_7665_6E74: .event
        case 0x1_6964: .id
        case 0x172_6574_7279: .retry
        default: .unknown
        }
    }
}

extension Span<UInt8> {
    /// The range without a byte order mark at its beginning.
    func withoutByteOrderMark(_ range: Range<Int>) -> Range<Int> {
        guard range.count >= 3, self[range.lowerBound] == 0xEF,
            self[range.lowerBound + 1] == 0xBB, self[range.lowerBound + 2] == 0xBF
        else { return range }
        return range.lowerBound + 3..<range.upperBound
    }

    /// Whether one of the bytes is 0.
    var hasZero: Bool {
        for offset in 0..<count where self[offset] == 0 { return true }
        return false
    }

    /// The number whose digits, and nothing else, the bytes are; nil where it does not fit.
    var decimal: Int? {
        guard !isEmpty else { return nil }
        var value = 0
        for offset in 0..<count {
            let digit = self[offset] &- 0x30
            guard digit < 10 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(digit))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }
}

extension [UInt8] {
    /// Appends the bytes of `range`, which is inside of `bytes`.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let content = bytes.extracting(range)
        unsafe content.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
