// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

import CurlTransport

struct ReplyHeadParserTests {
    /// Feeds lines; the heads that came, or the failure's kind.
    private func parse(_ lines: [[UInt8]]) -> (heads: [HTTPReplyHead], TransferFailure.Kind?) {
        var parser = ReplyHeadParser()
        var heads: [HTTPReplyHead] = []
        for line in lines {
            do throws(TransferFailure) {
                if let head = try parser.receive(line.span) { heads.append(head) }
            } catch {
                return (heads, error.kind)
            }
        }
        return (heads, nil)
    }

    @Test func `fields keep their order and bytes, spaces around values go`() {
        let lines = [
            "HTTP/2 200 \r\n", "b: 2\r\n", "a:1\r\n", "B:\t two words \r\n", "empty:\r\n", "\r\n",
            "trailer: ignored\r\n", "\r\n",
        ]
        let (heads, failure) = parse(lines.map { Array($0.utf8) })
        #expect(failure == nil)
        #expect(heads.count == 1)
        let pairs = KeyValuePairs(
            dictionaryLiteral: ("b", "2"), ("a", "1"), ("B", "two words"), ("empty", ""))
        #expect(heads.first == HTTPReplyHead(status: 200, fields: HTTPFields(pairs)))
    }

    @Test(arguments: [
        "HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 -20 OK\r\n", "HTTP/1.1 099 OK\r\n", "HTTP/\r\n",
    ])
    func `a status line without a status is malformed`(_ line: String) {
        #expect(parse([Array(line.utf8)]).1 == .malformed)
    }

    @Test(arguments: [
        ": no name\r\n", "no colon\r\n", "sp ace: x\r\n", " folded\r\n", "nul\0: x\r\n",
    ])
    func `a line that is no field is malformed`(_ line: String) {
        #expect(parse([Array("HTTP/1.1 200 OK\r\n".utf8), Array(line.utf8)]).1 == .malformed)
    }

    @Test(arguments: [3, 14, 159] as [UInt64])
    func `no bytes trap, and at most one head comes of them`(_ seed: UInt64) {
        var state = seed
        func random(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        let seeds = [
            "HTTP/1.1 200 OK\r\n", "content-encoding: gzip\r\n", "a: b\r\n", "\r\n", "", "\n",
            "HTTP/2 103\r\n", ":", "\r",
        ].map { Array($0.utf8) }
        for _ in 0..<5_000 {
            let lines = (0..<random(below: 8)).map { _ in
                var line = seeds[random(below: seeds.count)]
                for _ in 0..<random(below: 3) where !line.isEmpty {
                    line[random(below: line.count)] = UInt8(random(below: 256))
                }
                return line
            }
            #expect(parse(lines).heads.count <= 1)
        }
    }
}
