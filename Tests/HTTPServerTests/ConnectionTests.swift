// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Testing
import Wire

@Suite struct ConnectionTests {
    @Test func `requests on a kept connection are answered in turn and schedule no timer`() {
        let stage = Stage()
        stage.echo()
        let schedules = stage.shard.schedules
        for number in 0..<20 {
            stage.get("/\(number)")
            #expect(stage.socket.takeSent() == Stage.ok("/\(number)"))
        }
        #expect(stage.shard.schedules == schedules)
        #expect(stage.server.connections == 1)
    }

    @Test func `pipelined requests answered at once leave in one send`() {
        let stage = Stage()
        stage.echo()
        let requests = (0..<300).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
        stage.arrive(requests.joined())
        #expect(stage.socket.text == (0..<300).map { Stage.ok("/\($0)") }.joined())
        #expect(stage.socket.sends == 1)
    }

    @Test func `the next request waits for the end of the reply before it`() {
        let stage = Stage()
        stage.arrive("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(stage.handler.requests.map(\.target) == ["/a"])
        stage.handler.replies[0].send(HTTPReplyHead(status: 200))
        stage.handler.replies[0].send(Array("x".utf8).span)
        stage.shard.endBatch()
        #expect(stage.handler.requests.count == 1)
        stage.handler.replies[0].finish()
        stage.shard.endBatch()
        #expect(stage.handler.requests.map(\.target) == ["/a", "/b"])
        #expect(stage.socket.text.hasSuffix("\r\n\r\n1\r\nx\r\n0\r\n\r\n"))
    }

    @Test func `reading stops at the limit behind a slow reply and goes on after it`() {
        let stage = Stage()
        stage.get("/slow")
        let request = "GET /n HTTP/1.1\r\nHost: a\r\n\r\n"
        stage.arrive(String(repeating: request, count: 4000))
        #expect(stage.socket.unreadBytes >= 4000 * request.utf8.count - 16 * 1024)
        stage.echo()
        stage.handler.replies[0].send(HTTPReplyHead(status: 200), body: [])
        stage.shard.endBatch()
        #expect(stage.handler.requests.count == 4001)
        #expect(stage.socket.unreadBytes == 0)
    }

    @Test func `a streamed reply is chunked, a batch is one send, and the end is said`() {
        let stage = Stage()
        stage.get()
        let reply = stage.handler.replies[0]
        reply.send(HTTPReplyHead(status: 200, fields: HTTPFields(["x-a": "b"])))
        reply.send(Array("hello".utf8).span)
        reply.send(Array("".utf8).span)
        reply.send(Array(" world".utf8).span)
        #expect(stage.socket.sends == 0)
        stage.shard.endBatch()
        #expect(stage.socket.sends == 1)
        reply.finish()
        reply.finish()
        reply.send(Array("late".utf8).span)
        stage.shard.endBatch()
        #expect(
            stage.socket.text == "HTTP/1.1 200 OK\r\n\(Stage.date)transfer-encoding: chunked\r\n"
                + "x-a: b\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        #expect(!stage.socket.isClosed)
    }

    @Test func `a client that asks for continue is told before it sends`() {
        let stage = Stage()
        stage.echo()
        stage.arrive(
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(stage.socket.takeSent() == "HTTP/1.1 100 Continue\r\n\r\n")
        stage.arrive("hi")
        #expect(stage.socket.takeSent() == Stage.ok("hi"))
    }

    @Test func `HEAD has the head of GET and no body`() {
        let stage = Stage()
        stage.echo()
        stage.arrive("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(stage.socket.text == "HTTP/1.1 200 OK\r\n\(Stage.date)content-length: 4\r\n\r\n")
        stage.handler.onRequest = nil
        stage.arrive("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = stage.socket.takeSent()
        let reply = stage.handler.replies[1]
        reply.send(HTTPReplyHead(status: 200))
        reply.send(Array("body".utf8).span)
        reply.finish()
        stage.shard.endBatch()
        #expect(stage.socket.text.hasSuffix("transfer-encoding: chunked\r\n\r\n"))
    }

    @Test func `an HTTP/1.0 client gets a body that ends with the connection`() {
        let stage = Stage()
        stage.arrive("GET / HTTP/1.0\r\n\r\n")
        let reply = stage.handler.replies[0]
        reply.send(HTTPReplyHead(status: 200))
        reply.send(Array("hello".utf8).span)
        reply.finish()
        stage.shard.endBatch()
        #expect(
            stage.socket.text
                == "HTTP/1.1 200 OK\r\n\(Stage.date)connection: close\r\n\r\nhello")
        #expect(stage.socket.isClosed || stage.socket.isSendingShut)
    }

    @Test func `a body of 5 MB arrives whole and lets others have their turn`() {
        let stage = Stage()
        stage.handler.onRequest = { request, reply in
            reply.send(HTTPReplyHead(status: 200), body: Array("\(request.body.count)".utf8))
        }
        let body = String(repeating: "a", count: 5_000_000)
        stage.socket.arrive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n\(body)")
        #expect(stage.socket.unreadBytes > 3_000_000, "one event read it all")
        stage.shard.endBatch()
        #expect(stage.socket.text == Stage.ok("5000000"))
    }

    @Test func `a reply without a head closes the connection without an answer`() {
        let stage = Stage()
        stage.get()
        stage.handler.replies[0].finish()
        stage.shard.endBatch()
        #expect(stage.socket.text.isEmpty)
        #expect(stage.socket.isSendingShut)
    }
}
