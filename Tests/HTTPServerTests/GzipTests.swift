// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Testing
import Wire

@Suite struct GzipTests {
    /// Runs Debian's `gzip`, so that both directions meet a stranger.
    static func gzip(_ input: [UInt8], expands: Bool = false) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", expands ? "-dc" : "-c"]
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            UUID().uuidString)
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(data)
    }

    private func post(_ stage: Stage, _ body: [UInt8], coding: String = "gzip") {
        stage.socket.arrive(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: \(coding)\r\n"
                + "Content-Length: \(body.count)\r\n\r\n")
        stage.socket.arrive(body)
        stage.shard.endBatch()
    }

    @Test(arguments: [0, 1, 1000, 65_536, 300_000])
    func `a gzipped request arrives expanded`(count: Int) throws {
        let stage = Stage()
        stage.echo()
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        post(stage, try Self.gzip(content), coding: "x-GZIP")
        let request = try #require(stage.handler.requests.first)
        #expect(request.body == content)
        #expect(!request.fields.contains("content-encoding"))
        #expect(stage.socket.text.hasPrefix("HTTP/1.1 200 "))
    }

    @Test func `a corrupt or cut gzip body is 400 and the connection goes on`() throws {
        let stage = Stage()
        stage.echo()
        let whole = try Self.gzip(Array(String(repeating: "hello ", count: 100).utf8))
        var flipped = whole
        flipped[whole.count - 6] ^= 1
        for body in [Array("plain".utf8), Array(whole.dropLast()), whole + [0], flipped] {
            post(stage, body)
            #expect(stage.socket.takeSent().hasPrefix("HTTP/1.1 400 "))
        }
        #expect(stage.handler.requests.isEmpty)
        post(stage, whole)
        #expect(stage.handler.requests.count == 1)
    }

    @Test func `a bomb is 413 by its ratio, and by the limit of bodies`() throws {
        let bomb = try Self.gzip([UInt8](repeating: 0, count: 20_000_000))
        let stage = Stage()
        post(stage, bomb)
        #expect(stage.socket.text.hasPrefix("HTTP/1.1 413 "))
        var settings = ServerSettings()
        settings.limits.bodyBytes = 5000
        let small = Stage(settings: settings)
        post(small, try Self.gzip([UInt8](repeating: 0, count: 5001)))
        #expect(small.socket.text.hasPrefix("HTTP/1.1 413 "))
        #expect(stage.handler.requests.isEmpty && small.handler.requests.isEmpty)
    }

    @Test func `another coding is 415`() {
        let stage = Stage()
        post(stage, [1], coding: "br")
        #expect(stage.socket.text.hasPrefix("HTTP/1.1 415 "))
    }

    static let json = Array(
        "[\(Array(repeating: "12345", count: 500).joined(separator: ","))]".utf8)

    private func answer(
        _ accept: String, type: String, body: [UInt8]
    ) -> (head: String, body: [UInt8]) {
        let stage = Stage()
        stage.handler.onRequest = { _, reply in
            reply.send(
                HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": type])), body: body)
        }
        stage.get("/", accept)
        let sent = stage.socket.sent
        guard let end = sent.firstRange(of: Array("\r\n\r\n".utf8)) else { return ("", []) }
        return (
            String(decoding: sent[..<end.upperBound], as: UTF8.self),
            Array(sent[end.upperBound...])
        )
    }

    @Test func `a large JSON reply is gzipped for whom accepts it, and says what it depends on`()
        throws
    {
        let zipped = answer(
            "Accept-Encoding: gzip, deflate\r\n", type: "application/json; charset=utf-8",
            body: Self.json)
        #expect(zipped.head.contains("\r\ncontent-encoding: gzip\r\n"))
        #expect(zipped.head.contains("\r\nvary: accept-encoding\r\n"))
        #expect(zipped.head.contains("\r\ncontent-length: \(zipped.body.count)\r\n"))
        #expect(zipped.body.count < Self.json.count / 4)
        #expect(try Self.gzip(zipped.body, expands: true) == Self.json)
    }

    @Test(arguments: [
        ("", "application/json", 3000, true), ("gzip;q=0", "application/json", 3000, true),
        ("gzip", "application/json", 1000, false), ("gzip", "text/event-stream", 3000, false),
    ])
    func `other replies stay plain`(
        accept: String, type: String, count: Int, varies: Bool
    ) {
        let body = Array(Self.json.prefix(count))
        let plain = answer("Accept-Encoding: \(accept)\r\n", type: type, body: body)
        #expect(plain.body == body)
        #expect(!plain.head.contains("content-encoding"))
        #expect(plain.head.contains("vary:") == varies)
    }

    @Test func `what does not get smaller is sent plain`() {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<4000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let plain = answer("Accept-Encoding: gzip\r\n", type: "application/json", body: noise)
        #expect(plain.body == noise)
    }
}
