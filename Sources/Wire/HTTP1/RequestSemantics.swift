// SPDX-License-Identifier: Apache-2.0

/// How a request's body is delimited.
enum BodyFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
}

/// What a request's head says about its body and its connection.
///
/// Source: RFC 9112 §6 and §9.3, RFC 9110 §7.2, §8.4, §8.6 and §10.1.1.
struct RequestSemantics: Sendable, Equatable {
    private(set) var framing = BodyFraming.none
    /// Whether the client allows another request on the connection.
    private(set) var persists: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    private(set) var expectsContinue = false

    private var contentLength: Int?
    private var transferCodings = TransferCodings()
    private var hostCount = 0
    private var saysClose = false
    private var saysKeepAlive = false

    init(_ head: RequestHead, limits: HTTPLimits) throws(HTTPViolation) {
        persists = head.line.version == .http11
        for index in 0..<head.fields.count {
            try read(head.fields, at: index, version: head.line.version)
        }
        if hostCount == 0, head.line.version == .http11 { throw .missingHost }
        persists = (persists || saysKeepAlive) && !saysClose
        framing = try makeFraming(head.line, limits: limits)
        expectsContinue = expectsContinue && framing != .none
    }

    private mutating func read(
        _ fields: HTTPFields, at index: Int, version: HTTPVersion
    ) throws(HTTPViolation) {
        // The length of the name decides first: most fields are passed over by one comparison.
        switch fields.entries[index].nameLength {
        case 4 where fields.isNamed(index, "host"):
            hostCount += 1
            guard hostCount == 1 else { throw .repeatedHost }
            guard HostRule.allows(fields.valueBytes(at: index).span) else { throw .invalidHost }
        case 6 where fields.isNamed(index, "expect") && version == .http11:
            guard fields.valueBytes(at: index).span.matches("100-continue") else {
                throw .unknownExpectation
            }
            expectsContinue = true
        case 10 where fields.isNamed(index, "connection"):
            for option in fields.valueBytes(at: index).listElements {
                saysClose = saysClose || option.span.matches("close")
                saysKeepAlive = saysKeepAlive || option.span.matches("keep-alive")
            }
        case 14 where fields.isNamed(index, "content-length"):
            guard contentLength == nil else { throw .repeatedContentLength }
            contentLength = try Self.decimal(fields.valueBytes(at: index).span)
        case 16 where fields.isNamed(index, "content-encoding"):
            guard fields.contentCoding != nil else { throw .unsupportedContentCoding }
        case 17 where fields.isNamed(index, "transfer-encoding"):
            transferCodings.append(fields.valueBytes(at: index))
        default: return
        }
    }

    private func makeFraming(
        _ line: RequestLine, limits: HTTPLimits
    ) throws(HTTPViolation) -> BodyFraming {
        if transferCodings.isPresent {
            // §6.3: both together "ought to be handled as an error"; §6.1: 1.0 has no codings.
            guard contentLength == nil else { throw .contentLengthWithTransferEncoding }
            guard line.version == .http11 else { throw .transferEncodingInHTTP10 }
            try transferCodings.check()
            return .chunked
        }
        guard let contentLength else {
            // Without a length such a request has no body, so what follows would be read as the
            // next request. RFC 9110 §8.6 has clients say 0, and §15.5.12 lets us insist.
            switch line.method {
            case "POST", "PUT", "PATCH": throw .lengthRequired
            default: return .none
            }
        }
        guard contentLength <= limits.bodyBytes else {
            throw .bodyTooLarge(limit: limits.bodyBytes)
        }
        return contentLength == 0 ? .none : .length(contentLength)
    }

    /// `1*DIGIT`, within `Int`. Source: RFC 9110 §8.6.
    private static func decimal(_ bytes: Span<UInt8>) throws(HTTPViolation) -> Int {
        guard !bytes.isEmpty else { throw .invalidContentLength }
        var value = 0
        for index in bytes.indices {
            guard bytes[index].isDigit else { throw .invalidContentLength }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(bytes[index]) - 0x30)
            guard !overflow, !carry else { throw .invalidContentLength }
            value = sum
        }
        return value
    }
}

/// The codings of all `Transfer-Encoding` fields, in order. Source: RFC 9112 §6.1 and §7.
private struct TransferCodings: Sendable, Equatable {
    var isPresent = false
    private var count = 0
    private var chunkedCount = 0
    private var endsWithChunked = false
    /// Whether there is one field, and its value is the one word, without commas around it.
    private var isOneWord = false

    mutating func append(_ value: ArraySlice<UInt8>) {
        isOneWord = !isPresent && value.span.matches("chunked")
        isPresent = true
        for coding in value.listElements {
            count += 1
            endsWithChunked = coding.span.matches("chunked")
            chunkedCount += endsWithChunked ? 1 : 0
        }
    }

    /// Throws unless there is one coding, and it is `chunked`. Empty elements beside it, which a
    /// recipient may ignore (RFC 9110 §5.6.1.2), are refused: not all do, and whoever does not sees
    /// another end of the body.
    func check() throws(HTTPViolation) {
        guard chunkedCount <= 1, chunkedCount == 0 || endsWithChunked, count > 0 else {
            throw .chunkedNotLast
        }
        guard isOneWord else { throw .unknownTransferCoding }
    }
}
