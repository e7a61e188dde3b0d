// SPDX-License-Identifier: Apache-2.0

/// What a scan meets, in the order of the text. Offsets are bytes from its start.
protocol JSONScanEvents {
    /// An object or array opens at `offset`.
    mutating func open(_ kind: JSONKind, at offset: Int)
    /// The innermost object or array closed before `end`.
    mutating func close(at end: Int)
    /// A key of the innermost object.
    mutating func key(_ extent: StringExtent)
    /// A string; `extent` excludes its quotes.
    mutating func string(_ extent: StringExtent)
    /// A number or a literal.
    mutating func scalar(_ kind: JSONKind, _ start: Int, _ end: Int)
}

/// The one validating pass over a text, for the outline and for the document.
///
/// 1. Nothing recurses: open objects and arrays are in `outer`, bounded by the limit on depth.
/// 2. `position` only grows, and a byte is read only below `bytes.count`.
/// 3. Every object's keys are compared; see `SeenKeys`.
///
/// Each step stands once in the loop and is inlined there, so that the state stays in registers;
/// what is wrong with a byte is found out again when it is known that something is.
struct JSONScanner {
    /// An object or array that is open.
    private struct Container: BitwiseCopyable {
        /// The byte that closes it; 0 for what is around the root, which nothing closes.
        var close: UInt8
        var keys: SeenKeys.Object
    }

    private let maximumDepth: Int
    private var position = 0
    private var current: Container
    private var outer: SmallStack<32, Container>
    private var seen: SeenKeys

    /// Validates `bytes` as one JSON text and reports it to `events`.
    static func scan<Events: JSONScanEvents>(
        _ bytes: Span<UInt8>, limits: JSONLimits, into events: inout Events
    ) throws(JSONError) {
        guard bytes.count <= limits.maximumByteCount else {
            throw JSONError(.tooLarge(maximum: limits.maximumByteCount), at: bytes.count)
        }
        // 32 levels and 48 keys, both under the 1,024 bytes that Swift takes from the machine's
        // stack. They outlive the scanner.
        try unsafe withUnsafeTemporaryAllocation(of: Container.self, capacity: 32) {
            outer throws(JSONError) in
            try unsafe withUnsafeTemporaryAllocation(
                of: SeenKeys.Key.self, capacity: SeenKeys.window
            ) {
                keys throws(JSONError) in
                let seen = unsafe SeenKeys(in: keys)
                var scanner = unsafe JSONScanner(
                    maximumDepth: limits.maximumDepth,
                    current: Container(close: 0, keys: seen.newObject),
                    outer: SmallStack(in: outer), seen: seen)
                try scanner.run(bytes, &events)
            }
        }
    }

    @inline(__always)
    private mutating func run<Events: JSONScanEvents>(
        _ bytes: Span<UInt8>, _ events: inout Events
    ) throws(JSONError) {
        next: while true {
            if current.close == .closeBrace { try key(bytes, &events) }
            let byte = bytes.nextByte(&position)
            if byte == .quote {
                let extent = try Self.string(bytes, position)
                position = extent.end &+ 1
                events.string(extent)
            } else if byte == .openBrace || byte == .openBracket {
                try open(byte == .openBrace, &events)
                // What is in it comes in the next rounds.
                guard bytes.nextByte(&position) == current.close else { continue }
                close(&events)
            } else {
                let (kind, end) = try Self.scalar(byte, bytes, position)
                events.scalar(kind, position, end)
                position = end
            }
            while current.close != 0 {
                let byte = bytes.nextByte(&position)
                if byte == .comma {
                    position &+= 1
                    continue next
                }
                guard byte == current.close else { throw Self.unexpected(bytes, position) }
                if seen.isLarge(current.keys), let error = seen.duplicate(current.keys, bytes) {
                    throw error
                }
                close(&events)
            }
            break
        }
        _ = bytes.nextByte(&position)
        guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
    }

    /// Reads a key and its colon.
    @inline(__always)
    private mutating func key<Events: JSONScanEvents>(
        _ bytes: Span<UInt8>, _ events: inout Events
    ) throws(JSONError) {
        guard bytes.nextByte(&position) == .quote else { throw Self.unexpected(bytes, position) }
        let extent = try Self.string(bytes, position)
        position = extent.end &+ 1
        let isNew = seen.insert(extent, of: bytes, into: &current.keys)
        if !isNew, let error = seen.duplicate(current.keys, bytes) { throw error }
        events.key(extent)
        guard bytes.nextByte(&position) == .colon else { throw Self.unexpected(bytes, position) }
        position &+= 1
    }

    @inline(__always)
    private mutating func open<Events: JSONScanEvents>(
        _ isObject: Bool, _ events: inout Events
    ) throws(JSONError) {
        guard outer.count < maximumDepth else {
            throw JSONError(.depthExceeded(maximum: maximumDepth), at: position)
        }
        events.open(isObject ? .object : .array, at: position)
        outer.push(current)
        current = Container(
            close: isObject ? .closeBrace : .closeBracket, keys: seen.newObject)
        position &+= 1
    }

    @inline(__always)
    private mutating func close<Events: JSONScanEvents>(_ events: inout Events) {
        seen.close(current.keys)
        position &+= 1
        events.close(at: position)
        current = outer.pop()
    }

    /// The error for the byte at `position`, where another one must stand.
    @inline(never)
    static func unexpected(_ bytes: Span<UInt8>, _ position: Int) -> JSONError {
        position < bytes.count
            ? JSONError(.unexpectedByte(bytes[position]), at: position)
            : JSONError(.unexpectedEnd, at: bytes.count)
    }
}

extension Span<UInt8> {
    /// The first byte at or after `position` that is not white space; `position` is then there.
    /// At the end it is 0, which no JSON text has outside of strings.
    @inline(__always)
    fileprivate func nextByte(_ position: inout Int) -> UInt8 {
        while position < count {
            let byte = unsafe uncheckedByte(at: position)
            if byte > 0x20 || !byte.isWhiteSpace { return byte }
            position &+= 1
        }
        return 0
    }
}
