// SPDX-License-Identifier: Apache-2.0

extension JSONScanner {
    /// Validates the number or literal that starts with `byte` at `start`.
    @inline(never)
    static func scalar(
        _ byte: UInt8, _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONError) -> (JSONKind, end: Int) {
        guard byte.isDigit || byte == .minus else { return try literal(bytes, start) }
        var position = start
        if isNumber(bytes, &position) { return (.number, position) }
        throw position < bytes.count
            ? JSONError(.invalidNumber, at: start) : JSONError(.unexpectedEnd, at: position)
    }

    /// Moves past the number at `position`. Returns false where it is none; `position` is then at
    /// the byte that shows it.
    ///
    /// Source: RFC 8259 §6.
    private static func isNumber(_ bytes: Span<UInt8>, _ position: inout Int) -> Bool {
        if bytes[position] == .minus { position += 1 }
        let integer = position
        guard bytes.skipDigits(&position) else { return false }
        if bytes[integer] == .zero, position > integer + 1 { return false }
        guard position < bytes.count else { return true }
        if bytes[position] == .dot {
            position += 1
            guard bytes.skipDigits(&position) else { return false }
        }
        guard position < bytes.count, bytes[position] | 0x20 == .letterE else { return true }
        position += 1
        if position < bytes.count, bytes[position] == .plus || bytes[position] == .minus {
            position += 1
        }
        return bytes.skipDigits(&position)
    }

    /// Validates `true`, `false` or `null` at `start`.
    private static func literal(
        _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONError) -> (JSONKind, end: Int) {
        guard start <= bytes.count - 4 else { throw notALiteral(bytes, start) }
        let word = unsafe bytes.uncheckedWord32(at: start)
        let end = start + 4
        if word == 0x6575_7274 { return (.true, end) }
        if word == 0x6C6C_756E { return (.null, end) }
        guard word == 0x736C_6166, end < bytes.count, bytes[end] == .letterE else {
            throw notALiteral(bytes, start)
        }
        return (.false, end + 1)
    }

    /// The error for the first byte that the literal begun at `start` does not have there.
    @inline(never)
    private static func notALiteral(_ bytes: Span<UInt8>, _ start: Int) -> JSONError {
        guard start < bytes.count else { return unexpected(bytes, start) }
        let literal =
            switch bytes[start] {
            case .letterT: "true"
            case .letterF: "false"
            case .letterN: "null"
            default: ""
            }
        var offset = start
        for byte in literal.utf8 {
            guard offset < bytes.count, bytes[offset] == byte else { break }
            offset += 1
        }
        return unexpected(bytes, offset)
    }
}

extension Span<UInt8> {
    /// Moves past the digits at `position`. Returns whether there was one.
    @inline(__always)
    fileprivate func skipDigits(_ position: inout Int) -> Bool {
        let start = position
        while position < count, unsafe uncheckedByte(at: position).isDigit { position &+= 1 }
        return position > start
    }
}
