// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Testing
import Wire

@Suite struct ClosingTests {
    @Test func `a violation is answered, and the rest is read away before the close`() {
        let stage = Stage()
        stage.arrive("GET / HTTP/1.1\r\n\r\n")
        #expect(stage.socket.text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(stage.socket.text.contains("\r\nconnection: close\r\n"))
        #expect(stage.socket.text.contains("\"code\":\"malformed_request\"}}"))
        #expect(stage.socket.isSendingShut)
        #expect(!stage.socket.isClosed)
        stage.arrive("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(stage.handler.requests.isEmpty)
        #expect(stage.socket.unreadBytes == 0)
        stage.socket.hangUp()
        #expect(stage.socket.isClosed)
        #expect(stage.server.connections == 0)
        #expect(stage.shard.pendingTimers == 0)
    }

    @Test func `lingering ends after its time, or after its bytes`() {
        let late = Stage()
        late.arrive("nonsense\r\n")
        late.shard.pass(.milliseconds(1999))
        #expect(!late.socket.isClosed)
        late.shard.pass(.milliseconds(1))
        #expect(late.socket.isClosed)

        var settings = ServerSettings()
        settings.limits.lingerBytes = 1024 * 1024
        let loud = Stage(settings: settings)
        loud.arrive("nonsense\r\n")
        loud.socket.arrive([UInt8](repeating: 0, count: 2_000_000))
        loud.shard.endBatch()
        #expect(loud.socket.isClosed)
    }

    @Test func `a violation by HEAD has no body`() {
        let stage = Stage()
        stage.arrive("HEAD / HTTP/1.1\r\n\r\n")
        #expect(stage.socket.text.hasSuffix("\r\n\r\n"))
    }

    @Test func `an error after pipelined requests comes after their replies`() {
        let stage = Stage()
        stage.arrive("GET /a HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n")
        #expect(stage.socket.text.isEmpty)
        stage.handler.replies[0].send(HTTPReplyHead(status: 200), body: Array("/a".utf8))
        stage.shard.endBatch()
        #expect(stage.socket.text.hasPrefix(Stage.ok("/a") + "HTTP/1.1 400 "))
    }

    @Test func `an aborted reply sends what is queued and no end`() {
        let stage = Stage()
        stage.get()
        let reply = stage.handler.replies[0]
        reply.send(HTTPReplyHead(status: 200))
        reply.send(Array("part".utf8).span)
        reply.abort()
        stage.shard.endBatch()
        #expect(stage.socket.text.hasSuffix("4\r\npart\r\n"))
        #expect(stage.socket.isSendingShut)
        stage.get("/next")
        #expect(stage.handler.requests.count == 1)
        stage.shard.pass(.seconds(2))
        #expect(stage.socket.isClosed)
    }

    @Test func `an aborted body that only the close would end is ended by a reset`() {
        let stage = Stage()
        stage.arrive("GET / HTTP/1.0\r\n\r\n")
        stage.handler.replies[0].send(HTTPReplyHead(status: 200))
        stage.handler.replies[0].send(Array("part".utf8).span)
        stage.handler.replies[0].abort()
        stage.shard.endBatch()
        #expect(stage.socket.text.hasSuffix("\r\n\r\npart"))
        #expect(stage.socket.isReset)
        #expect(stage.server.connections == 0)
    }

    @Test(arguments: [false, true])
    func `a client that leaves is told of once, in the same event`(tellsReadable: Bool) {
        let stage = Stage()
        stage.get()
        stage.handler.replies[0].observer = stage.observer
        stage.handler.replies[0].send(HTTPReplyHead(status: 200))
        stage.socket.hangUp(tellsReadable: tellsReadable)
        #expect(stage.observer.departures == 1)
        #expect(stage.handler.replies[0].isClientGone)
        #expect(stage.socket.isClosed)
        stage.handler.replies[0].send(Array("x".utf8).span)
        stage.handler.replies[0].finish()
        stage.handler.replies[0].abort()
        stage.shard.endBatch()
        #expect(stage.observer.departures == 1)
        #expect(stage.server.connections == 0)
    }

    @Test func `a client that leaves is noticed behind unread pipelined bytes`() {
        let stage = Stage()
        stage.get()
        stage.handler.replies[0].observer = stage.observer
        stage.socket.arrive([UInt8](repeating: 0x61, count: 100_000))
        #expect(stage.socket.unreadBytes > 0)
        stage.socket.hangUp()
        #expect(stage.observer.departures == 1)
    }

    @Test func `a reset, and a send that fails, are departures`() {
        let reset = Stage()
        reset.get()
        reset.handler.replies[0].observer = reset.observer
        reset.socket.breakDown()
        #expect(reset.observer.departures == 1)

        let broken = Stage()
        broken.get()
        broken.handler.replies[0].observer = broken.observer
        broken.socket.shutdownSending()
        broken.handler.replies[0].send(HTTPReplyHead(status: 200))
        broken.shard.endBatch()
        #expect(broken.observer.departures == 1)
        #expect(broken.socket.isClosed)
    }

    @Test func `a client that sends and shuts gets an immediate reply, then the close`() {
        let stage = Stage()
        stage.echo()
        stage.socket.arrive("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        stage.socket.hangUp()
        stage.shard.endBatch()
        #expect(stage.socket.text == Stage.ok("/a"))
        #expect(stage.socket.isClosed)
    }

    @Test func `connection close is honoured, without a pause where nothing is unread`() {
        let stage = Stage()
        stage.echo()
        stage.get("/", "Connection: close\r\n")
        #expect(stage.socket.text.contains("\r\nconnection: close\r\n"))
        #expect(stage.socket.isClosed)
    }

    @Test func `idle connections close silently, slow heads and bodies with 408`() {
        let idle = Stage()
        idle.shard.pass(.seconds(74))
        #expect(!idle.socket.isClosed)
        idle.shard.pass(.seconds(1))
        #expect(idle.socket.isClosed)
        #expect(idle.socket.text.isEmpty)

        let kept = Stage()
        kept.echo()
        kept.shard.pass(.seconds(60))
        kept.get()
        kept.shard.pass(.seconds(74))
        #expect(!kept.socket.isClosed)
        kept.shard.pass(.seconds(1))
        #expect(kept.socket.isClosed)

        let head = Stage()
        head.arrive("GET / HT")
        head.shard.pass(.seconds(9))
        #expect(head.socket.text.isEmpty)
        head.shard.pass(.seconds(1))
        #expect(head.socket.text.hasPrefix("HTTP/1.1 408 "))

        let body = Stage()
        body.arrive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        body.shard.pass(.seconds(30))
        #expect(body.socket.text.hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `a reply may take as long as it likes`() {
        let stage = Stage()
        stage.get()
        stage.shard.pass(.seconds(3600))
        #expect(!stage.socket.isClosed)
        stage.handler.replies[0].send(HTTPReplyHead(status: 200), body: [])
        stage.shard.endBatch()
        #expect(stage.socket.text == Stage.ok("").replacing("08:49:37", with: "09:49:37"))
        stage.shard.pass(.seconds(75))
        #expect(stage.socket.isClosed)
    }

    @Test func `draining closes idle connections, then the others after their replies`() {
        let stage = Stage()
        let idle = MemorySocket()
        stage.server.accept(idle)
        stage.get()
        var isEmpty = false
        stage.server.drain { isEmpty = true }
        stage.shard.endBatch()
        #expect(idle.isClosed)
        #expect(stage.server.connections == 1)
        #expect(stage.server.busyConnections == 1)
        let late = MemorySocket()
        stage.server.accept(late)
        #expect(late.isClosed)
        #expect(!isEmpty)
        stage.handler.replies[0].send(HTTPReplyHead(status: 200), body: [])
        stage.shard.endBatch()
        #expect(stage.socket.text.contains("connection: close"))
        #expect(stage.socket.isClosed)
        #expect(isEmpty)
    }

    @Test func `closing all tells each observer`() {
        let stage = Stage()
        stage.get()
        stage.handler.replies[0].observer = stage.observer
        stage.server.closeAll()
        #expect(stage.observer.departures == 1)
        #expect(stage.server.connections == 0)
    }

    @Test func `one connection too many is closed at once`() {
        var settings = ServerSettings()
        settings.maximumConnections = 1
        let stage = Stage(settings: settings)
        let second = MemorySocket()
        stage.server.accept(second)
        #expect(second.isClosed)
        #expect(stage.server.refusedConnections == 1)
        stage.socket.hangUp()
        let third = MemorySocket()
        stage.server.accept(third)
        #expect(!third.isClosed)
    }
}
