// SPDX-License-Identifier: Apache-2.0

/// The versions of HTTP/1; a higher minor version is served as 1.1 (RFC 9110 §2.5).
package enum HTTPVersion: Sendable, Equatable {
    case http10, http11
}

/// The first line of a request.
///
/// Shape: `POST /v1/chat/completions HTTP/1.1`. Source: RFC 9112 §3.
struct RequestLine: Sendable, Equatable {
    var method: String
    /// Path and query, beginning with `/`, whichever form the client sent.
    var target: String
    var version: HTTPVersion

    /// Parses a line without its CRLF.
    init(_ line: Span<UInt8>) throws(HTTPViolation) {
        var space = 0
        while space < line.count, line[space].isTokenByte { space += 1 }
        guard space > 0, space < line.count, line[space] == ASCII.space else {
            throw .malformedRequestLine
        }
        let targetStart = space + 1
        var targetEnd = targetStart
        while targetEnd < line.count, line[targetEnd] != ASCII.space { targetEnd += 1 }
        guard targetEnd > targetStart, targetEnd < line.count else { throw .malformedRequestLine }
        method = String(bytes: line.extracting(..<space))
        version = try Self.version(line.extracting((targetEnd + 1)...))
        guard method != "CONNECT" else { throw .connectMethod }
        target = try Self.target(line.extracting(targetStart..<targetEnd))
    }

    /// Parses `HTTP/1.1`, which is case-sensitive. Source: RFC 9112 §2.3.
    private static func version(_ bytes: Span<UInt8>) throws(HTTPViolation) -> HTTPVersion {
        guard bytes.count == 8, bytes[5].isDigit, bytes[7].isDigit,
            bytes[0] == 0x48, bytes[1] == 0x54, bytes[2] == 0x54, bytes[3] == 0x50,
            bytes[4] == 0x2F, bytes[6] == 0x2E
        else { throw .malformedRequestLine }
        guard bytes[5] == 0x31 else { throw .unsupportedVersion }
        return bytes[7] == 0x30 ? .http10 : .http11
    }

    /// The path and query of a target in origin form or absolute form.
    ///
    /// A fragment is never part of a target, and the asterisk form asks about a server as a whole,
    /// of which there is nothing to tell. Source: RFC 9112 §3.2.
    private static func target(_ bytes: Span<UInt8>) throws(HTTPViolation) -> String {
        let number = UInt8(ascii: "#")
        for index in bytes.indices where !bytes[index].isVisibleASCII || bytes[index] == number {
            throw .invalidTarget
        }
        if bytes[0] == UInt8(ascii: "/") { return String(bytes: bytes) }
        for scheme in ["http://", "https://"] {
            let length = scheme.utf8.count
            guard bytes.count > length, bytes.extracting(..<length).matches(scheme) else {
                continue
            }
            return try pathOfAbsoluteForm(bytes.extracting(length...))
        }
        throw .unsupportedTargetForm
    }

    /// The path and query after `authority`, which itself is checked and forgotten.
    private static func pathOfAbsoluteForm(_ bytes: Span<UInt8>) throws(HTTPViolation) -> String {
        var end = 0
        while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") {
            end += 1
        }
        guard end > 0, HostRule.allows(bytes.extracting(..<end)) else { throw .invalidTarget }
        let rest = String(bytes: bytes.extracting(end...))
        return rest.first == "/" ? rest : "/" + rest
    }
}

/// What a `Host` field, or the authority of an absolute target, may look like.
enum HostRule {
    /// Whether `bytes` are a name or address with an optional port, or nothing at all.
    ///
    /// User information is refused: it only serves to disguise a host.
    /// Source: RFC 9110 §7.2, RFC 3986 §3.2.
    static func allows(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        if !bytes.isEmpty, bytes[0] == UInt8(ascii: "[") {
            index = 1
            while index < bytes.count, isInsideBrackets(bytes[index]) { index += 1 }
            guard index > 1, index < bytes.count, bytes[index] == UInt8(ascii: "]") else {
                return false
            }
            index += 1
        } else {
            while index < bytes.count, isInsideName(bytes[index]) { index += 1 }
        }
        guard index < bytes.count else { return true }
        guard index > 0, bytes[index] == ASCII.colon else { return false }
        for rest in index + 1..<bytes.count where !bytes[rest].isDigit { return false }
        return true
    }

    private static func isInsideBrackets(_ byte: UInt8) -> Bool {
        byte.hexadecimalValue != nil || byte == ASCII.colon || byte == UInt8(ascii: ".")
    }

    /// `unreserved`, `pct-encoded` and `sub-delims` of RFC 3986 §3.2.2.
    private static func isInsideName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        case UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"): true
        case 0x27...0x2C, UInt8(ascii: ";"), UInt8(ascii: "="): true
        default: false
        }
    }
}
