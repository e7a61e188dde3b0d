// SPDX-License-Identifier: Apache-2.0

/// Cuts a body into its JSON objects: the elements of one array (`[{…},{…}]`), or objects that
/// stand one after another.
///
/// Knows of JSON only where an object ends; whether it is one, its reader finds out.
package struct JSONSequenceFrames: StreamFrameParser {
    /// The longest object. Units: bytes.
    private static let longestObject = 16 << 20

    private enum Place { case start, array, between, behind }

    private var place: Place = .start
    private var object: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var failure: FramingError?

    package init() {}

    package mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if let failure { throw failure }
        var start = 0
        for index in 0..<bytes.count {
            if depth == 0 {
                guard bytes[index] == UInt8(ascii: "{"), place != .behind else {
                    try takeOutside(bytes[index])
                    continue
                }
                if place == .start { place = .between }
                start = index
                depth = 1
                continue
            }
            guard endsObject(bytes[index]) else { continue }
            try keep(bytes.extracting(start..<index + 1))
            handler([UInt8]().span, object.span)
            object.removeAll(keepingCapacity: true)
        }
        if depth > 0 { try keep(bytes.extracting(start...)) }
    }

    package mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if let failure { throw failure }
        guard depth == 0, place != .array else { throw fail("it ends inside of its JSON") }
    }

    /// A byte that is in no object.
    private mutating func takeOutside(_ byte: UInt8) throws(FramingError) {
        switch (byte, place) {
        case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): break
        case (UInt8(ascii: "["), .start): place = .array
        case (UInt8(ascii: "]"), .array): place = .behind
        case (UInt8(ascii: ","), .array): break
        default: throw fail("it is no sequence of JSON objects")
        }
    }

    /// Takes a byte of an object; returns whether it is its last.
    private mutating func endsObject(_ byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        return depth == 0
    }

    private mutating func keep(_ bytes: Span<UInt8>) throws(FramingError) {
        guard bytes.count <= Self.longestObject - object.count else {
            throw fail("an object of it is too long", isTooLong: true)
        }
        object.append(bytesOf: bytes)
    }

    private mutating func fail(_ problem: String, isTooLong: Bool = false) -> FramingError {
        let error = FramingError(problem, isTooLong: isTooLong)
        failure = error
        return error
    }
}

/// Frames of a body that is either a `text/event-stream` or a sequence of JSON objects: its first
/// byte that is no white space tells which.
package struct EventOrJSONFrames: StreamFrameParser {
    private enum Form { case unknown, events, json }

    private var form: Form = .unknown
    private var events = ServerSentEventFrames()
    private var objects = JSONSequenceFrames()

    package init() {}

    package mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        var start = 0
        // White space before an event is an empty line, and before JSON nothing.
        while form == .unknown, start < bytes.count {
            switch bytes[start] {
            case 0x20, 0x09, 0x0A, 0x0D: start += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): form = .json
            default: form = .events
            }
        }
        switch form {
        case .unknown: break
        case .events: try events.receive(bytes.extracting(start...), handler)
        case .json: try objects.receive(bytes.extracting(start...), handler)
        }
    }

    package mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        switch form {
        case .unknown: break
        case .events: try events.finish(handler)
        case .json: try objects.finish(handler)
        }
    }
}
