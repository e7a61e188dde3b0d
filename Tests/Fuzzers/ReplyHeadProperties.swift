// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Wire

/// The lines of a provider's reply: one head, of a final status, with fields that are some.
enum ReplyHeadProperties {
    static func check(_ input: FuzzInput) {
        var parser = ReplyHeadParser()
        var heads: [HTTPReplyHead] = []
        for line in lines(of: input.payload) {
            do throws(TransferFailure) {
                if let head = try parser.receive(line.span) { heads.append(head) }
            } catch {
                require(heads.isEmpty, "a failure after the head")
                break
            }
        }
        require(heads.count <= 1, "two heads")
        require(parser.isComplete == !heads.isEmpty, "it is complete without a head")
        for head in heads { check(head) }
    }

    /// The payload cut behind each line feed, as libcurl does it.
    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(rest[...end])
            rest = rest[(end + 1)...]
        }
        return rest.isEmpty ? lines : lines + [rest]
    }

    private static func check(_ head: HTTPReplyHead) {
        require((200...999).contains(head.status), "the status is \(head.status)")
        for index in 0..<head.fields.count {
            let name = head.fields[index].name
            require(!name.isEmpty, "a field without a name")
            require(name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x3A }, "the name \(name)")
            require(!head.fields.valueBytes(at: index).contains(0x0A), "a line feed in a value")
        }
    }
}
