// SPDX-License-Identifier: Apache-2.0

/// One HTTP reply as a client read it, by a reading of its own: nothing here is the gateway's code.
package struct ObservedReply: Sendable {
    package var status: Int
    package var fields: [String: String]
    package var body: [UInt8]
    /// Whether the body came to its end as HTTP tells it.
    package var isWhole: Bool

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The data of the events, where it is a stream.
    package var events: [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
            .map { String($0.dropFirst(6)) }
    }

    package var isStream: Bool { fields["content-type"]?.hasPrefix("text/event-stream") ?? false }
    package var sawDone: Bool { isStream && events.last == "[DONE]" }

    /// Reads all replies that `bytes` hold; the last one may be incomplete.
    package static func readAll(_ bytes: [UInt8], isOver: Bool) -> [ObservedReply] {
        var rest = bytes[...]
        var replies: [ObservedReply] = []
        while let reply = readOne(&rest, isOver: isOver) {
            replies.append(reply)
            if !reply.isWhole { break }
        }
        return replies
    }

    private static func readOne(_ rest: inout ArraySlice<UInt8>, isOver: Bool) -> ObservedReply? {
        guard let headEnd = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: rest[..<headEnd.lowerBound], as: UTF8.self)
            .split(separator: "\r\n")
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        rest = rest[headEnd.upperBound...]
        var reply = ObservedReply(status: status ?? 0, fields: fields, body: [], isWhole: false)
        if fields["transfer-encoding"] == "chunked" {
            reply.isWhole = readChunks(&rest, into: &reply.body)
        } else if let length = fields["content-length"].flatMap({ Int($0) }) {
            reply.body = Array(rest.prefix(length))
            reply.isWhole = reply.body.count == length
            rest = rest.dropFirst(length)
        } else {
            reply.body = Array(rest)
            reply.isWhole = isOver
            rest = []
        }
        return reply
    }

    private static func readChunks(
        _ rest: inout ArraySlice<UInt8>, into body: inout [UInt8]
    ) -> Bool {
        while let lineEnd = rest.firstRange(of: [13, 10]) {
            let line = String(decoding: rest[..<lineEnd.lowerBound], as: UTF8.self)
            guard let size = Int(line, radix: 16) else { return false }
            let data = rest[lineEnd.upperBound...]
            if size == 0 {
                guard data.starts(with: [13, 10]) else { return false }
                rest = data.dropFirst(2)
                return true
            }
            body += data.prefix(size)
            guard data.count >= size + 2 else { return false }
            rest = data.dropFirst(size + 2)
        }
        return false
    }
}

extension ArraySlice where Element == UInt8 {
    fileprivate func firstRange(of pattern: [UInt8]) -> Range<Int>? {
        guard count >= pattern.count else { return nil }
        for start in startIndex...(endIndex - pattern.count)
        where self[start..<start + pattern.count].elementsEqual(pattern) {
            return start..<start + pattern.count
        }
        return nil
    }
}
