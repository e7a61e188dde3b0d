// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Testing
import Wire

@Suite struct BackPressureTests {
    private func streaming(room: Int) -> (Stage, any ReplyWriter) {
        let stage = Stage()
        stage.get()
        let reply = stage.handler.replies[0]
        reply.observer = stage.observer
        stage.socket.room = room
        reply.send(HTTPReplyHead(status: 200))
        return (stage, reply)
    }

    @Test func `a slow client stops its producer at the high mark and starts it at the low one`() {
        let (stage, reply) = streaming(room: 1000)
        let piece = [UInt8](repeating: 0x61, count: 1000)
        var pieces = 0
        while stage.observer.fills == 0, pieces < 1000 {
            reply.send(piece.span)
            stage.shard.endBatch()
            pieces += 1
        }
        #expect((60...70).contains(pieces))
        #expect(reply.queuedBytes > 64 * 1024)
        stage.socket.makeRoom(20_000)
        #expect(stage.observer.drains == 0)
        stage.socket.makeRoom(40_000)
        #expect(stage.observer.drains == 1)
        #expect(stage.observer.fills == 1)
        stage.socket.makeRoom(.max)
        reply.finish()
        stage.shard.endBatch()
        #expect(stage.socket.text.hasSuffix("\r\n0\r\n\r\n"))
        #expect(stage.observer.drains == 1)
    }

    @Test func `a fast client is not taken for a slow one inside a long batch`() {
        let (stage, reply) = streaming(room: .max)
        let piece = [UInt8](repeating: 0x61, count: 10_000)
        for _ in 0..<100 { reply.send(piece.span) }
        stage.shard.endBatch()
        #expect(stage.observer.fills == 0)
        #expect(reply.queuedBytes == 0)
        #expect(stage.socket.sends < 20)
    }

    /// An answer is written down in `willSend`: no byte may leave without it, in a batch or before
    /// its end.
    @Test func `before bytes leave, the server says so`() {
        var log: [String] = []
        let stage = Stage { log.append("will send") }
        stage.socket.onSend = { log.append("sent") }
        stage.get()
        let reply = stage.handler.replies[0]
        reply.send(HTTPReplyHead(status: 200))
        log = []
        for _ in 0..<30 {
            log.append("queued")
            reply.send([UInt8](repeating: 0x61, count: 10_000).span)
        }
        #expect(log.contains("sent"), "the batch is too short for an early send")
        log.append("queued")
        reply.finish()
        stage.shard.endBatch()
        var isAnnounced = false
        for event in log {
            switch event {
            case "queued": isAnnounced = false
            case "will send": isAnnounced = true
            default: #expect(isAnnounced)
            }
        }
        #expect(log.last == "sent")
    }

    @Test func `a producer may go on from within the drain`() {
        let (stage, reply) = streaming(room: 0)
        let piece = [UInt8](repeating: 0x61, count: 70_000)
        stage.observer.onDrain = { reply.send(piece.span) }
        reply.send(piece.span)
        #expect(stage.observer.fills == 1)
        stage.socket.makeRoom(100_000)
        stage.shard.endBatch()
        #expect(stage.observer.drains == 1)
        #expect(reply.queuedBytes > 0)
    }

    @Test func `a client that takes nothing for a minute is gone`() {
        let (stage, reply) = streaming(room: 10)
        stage.shard.endBatch()
        stage.shard.pass(.seconds(40))
        stage.socket.makeRoom(10)
        stage.shard.pass(.seconds(59))
        #expect(stage.observer.departures == 0)
        stage.shard.pass(.seconds(1))
        #expect(stage.observer.departures == 1)
        #expect(reply.isClientGone)
    }

    @Test(arguments: [1, 7, 64, 1000])
    func `bytes leave in order through any window`(window: Int) {
        let stage = Stage()
        stage.echo()
        stage.socket.room = 0
        let requests = (0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
        stage.arrive(requests.joined())
        let expected = (0..<50).map { Stage.ok("/\($0)") }.joined()
        for _ in 0..<10_000 where stage.socket.sent.count < expected.utf8.count {
            stage.socket.makeRoom(window)
            stage.shard.endBatch()
        }
        #expect(stage.socket.text == expected)
    }

    @Test func `a client that asks and asks and never reads costs a bounded queue`() {
        let stage = Stage()
        stage.echo()
        stage.socket.room = 0
        let requests = (0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        for _ in 0..<100 { stage.arrive(requests) }
        #expect(stage.handler.requests.count < 1000)
        #expect(stage.socket.unreadBytes > 100_000)
        stage.socket.makeRoom(.max)
        stage.shard.endBatch()
        #expect(stage.handler.requests.count == 10_000)
        #expect(
            stage.socket.text
                == String(
                    repeating: (0..<100).map { Stage.ok("/\($0)") }.joined(), count: 100))
    }

    @Test func `a queue gives a burst's memory back`() {
        var queue = WriteQueue()
        queue.append { $0.append(contentsOf: [UInt8](repeating: 1, count: 1_000_000)) }
        queue.send { _ in 999_990 }
        queue.append { $0.append(2) }
        #expect(queue.count == 11)
        var last: [UInt8] = []
        queue.send {
            last = Array($0)
            return $0.count
        }
        #expect(last == [UInt8](repeating: 1, count: 10) + [2])
        #expect(queue.isEmpty)
        #expect(queue.capacity <= 8 * 1024)
    }
}
