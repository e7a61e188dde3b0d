// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import LoopbackSupport
import Testing
import Wire

/// One odd behaviour of a server, and what must be told of it.
struct OddReply: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the server sends once the request's head has come.
    var reply: String
    var resets = false
    /// The order of what is told.
    var order: String
    var failure: TransferFailure.Kind?
    var body = ""

    static let hugeHead =
        "HTTP/1.1 200 OK\r\nx-big: " + String(repeating: "x", count: 70_000) + "\r\n\r\n"
    static let manyFields =
        "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 300) + "\r\n"

    static let all: [OddReply] = [
        OddReply(
            testDescription: "a plain reply",
            reply: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", order: "hbe", body: "ok"),
        OddReply(
            testDescription: "an empty body",
            reply: "HTTP/1.1 204 No Content\r\n\r\n", order: "he"),
        OddReply(
            testDescription: "interim replies are skipped",
            reply: "HTTP/1.1 100 Continue\r\nx-interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                + "link: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            order: "hbe", body: "ok"),
        OddReply(
            testDescription: "chunks with trailers",
            reply: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n1;a=b\r\n!\r\n"
                + "0\r\nx-trailer: 1\r\n\r\n",
            order: "hbe", body: "ok!"),
        OddReply(
            testDescription: "a body that ends with the connection",
            reply: "HTTP/1.1 200 OK\r\n\r\nto the end", order: "hbe", body: "to the end"),
        OddReply(
            testDescription: "a redirect is not followed",
            reply: "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n"
                + "content-length: 0\r\n\r\n",
            order: "he"),
        OddReply(
            testDescription: "a connection closed before the head", reply: "", order: "e",
            failure: .closedBeforeHead),
        OddReply(
            testDescription: "a connection reset before the head", reply: "", resets: true,
            order: "e", failure: .closedBeforeHead),
        OddReply(
            testDescription: "a connection closed inside the head",
            reply: "HTTP/1.1 200 OK\r\ncontent-le", order: "e", failure: .closedBeforeHead),
        OddReply(
            testDescription: "a body shorter than its length",
            reply: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", order: "hbe", failure: .cut,
            body: "half"),
        OddReply(
            testDescription: "chunks without the last one",
            reply: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            order: "hbe", failure: .cut, body: "half"),
        OddReply(
            testDescription: "a chunk's length that is no number",
            reply: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf\r\n",
            order: "he", failure: .malformed),
        OddReply(
            testDescription: "no HTTP at all", reply: "SSH-2.0-OpenSSH_9.2\r\n\r\n", order: "e",
            failure: .malformed),
        OddReply(
            testDescription: "a head that is too long", reply: hugeHead, order: "e",
            failure: .malformed),
        OddReply(
            testDescription: "a head with too many fields", reply: manyFields, order: "e",
            failure: .malformed),
        OddReply(
            testDescription: "a folded field",
            reply: "HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n", order: "e",
            failure: .malformed),
        OddReply(
            testDescription: "a status that is no number",
            reply: "HTTP/1.1 2x0 OK\r\n\r\n", order: "e", failure: .malformed),
    ]
}

@Suite(.timeLimit(.minutes(2)))
struct OddServerTests {
    @Test(arguments: OddReply.all)
    func `what a server does is told as it is`(_ odd: OddReply) async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(odd.reply)
            if odd.resets { connection.resetOnClose() }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome = await bench.fetch(.to(server.baseURL, target: "/odd"))
        await bench.stop()
        #expect(outcome.order == odd.order)
        #expect(outcome.text == odd.body)
        #expect(outcome.failure == odd.failure, "\(String(describing: outcome.end))")
        if odd.failure == nil { #expect(outcome.end == .complete) }
    }
}
