// SPDX-License-Identifier: Apache-2.0

/// Bytes written into memory that is reserved already.
///
/// Each `append` of an array asks anew whether the array is shared and has room, which was half of
/// a reply's head. What belongs together is reserved once and written here.
extension OutputSpan<UInt8> {
    /// Appends a copy of `bytes`. Precondition: there is room.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(copying bytes: Span<UInt8>) {
        // The pointer is used inside this call only, and bounds come from the span itself.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(copying: $0) }
    }

    /// Appends a text of the source code as it is. Precondition: there is room.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(literal: StaticString) {
        unsafe append(
            copying: UnsafeBufferPointer(
                start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// The digits of any `Int`.
    static var decimalRoom: Int { 19 }

    /// Appends a decimal number; negative ones are written as 0. Precondition: there is room.
    @_lifetime(self: copy self)
    mutating func append(decimal number: Int) {
        var rest = UInt(Swift.max(number, 0))
        var digits = 1
        var limit: UInt = 10
        while rest >= limit {
            digits += 1
            limit *= 10
        }
        append(repeating: 0x30, count: digits)
        var output = mutableSpan
        // The last digit first; the loop above counted them.
        var position = output.count
        while rest > 0 {
            position -= 1
            output[position] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func append(copying bytes: UnsafeBufferPointer<UInt8>) {
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            // The only bound of the copy.
            precondition(bytes.count <= buffer.count - count)
            guard let source = bytes.baseAddress, let start = buffer.baseAddress else { return }
            unsafe (start + count).initialize(from: source, count: bytes.count)
            count += bytes.count
        }
    }
}

extension [UInt8] {
    /// Appends a copy of `bytes`.
    package mutating func append(bytesOf bytes: Span<UInt8>) {
        append(addingCapacity: bytes.count) { $0.append(copying: bytes) }
    }

    /// Appends a text of the source code as it is.
    mutating func append(literal: StaticString) {
        append(addingCapacity: literal.utf8CodeUnitCount) { $0.append(literal: literal) }
    }

    /// Appends `label` and milliseconds with three decimals: `12.345`; negative ones as `0.000`.
    package mutating func append(_ label: StaticString, millisecondsOf duration: Duration) {
        let microseconds = Swift.max(0, Int(duration.wholeMicroseconds))
        let (whole, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000)
        let room = label.utf8CodeUnitCount + OutputSpan<UInt8>.decimalRoom + 4
        append(addingCapacity: room) { output in
            output.append(literal: label)
            output.append(decimal: whole)
            output.append(0x2E)
            output.append(0x30 + UInt8(truncatingIfNeeded: fraction / 100))
            output.append(0x30 + UInt8(truncatingIfNeeded: fraction / 10 % 10))
            output.append(0x30 + UInt8(truncatingIfNeeded: fraction % 10))
        }
    }
}
