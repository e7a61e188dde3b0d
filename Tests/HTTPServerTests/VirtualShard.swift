// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Wire

/// A shard on virtual time: batches end and time passes when the test says so.
final class VirtualShard: Timekeeper, FlushScheduler {
    private(set) var now = Instant(nanoseconds: 1_000)
    var wallTime: WallTime { WallTime(microseconds: 784_111_777_000_000 + now.nanoseconds / 1000) }
    private var timers: [UInt64: (deadline: Instant, action: () -> Void)] = [:]
    private var lastTimer: UInt64 = 0
    private var flushes: [any Flushable] = []
    /// Calls of `schedule`, to see what an ordinary request costs.
    private(set) var schedules = 0

    func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        schedules += 1
        lastTimer += 1
        timers[lastTimer] = (deadline, action)
        return TimerID(rawValue: lastTimer)
    }

    func cancel(_ timer: TimerID) { timers[timer.rawValue] = nil }

    func scheduleFlush(_ target: any Flushable) { flushes.append(target) }

    var pendingTimers: Int { timers.count }

    /// Ends the batch: timers that are due, then flushes, until it is quiet.
    func endBatch() {
        for _ in 0..<10_000 {
            if let due = timers.filter({ $0.value.deadline <= now }).min(by: {
                ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
            }) {
                timers[due.key] = nil
                due.value.action()
            } else if !flushes.isEmpty {
                flushes.removeFirst().flush()
            } else {
                return
            }
        }
        fatalError("the batch does not end")
    }

    func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let next = timers.values.map(\.deadline).min(), next <= end {
            now = max(now, next)
            endBatch()
        }
        now = end
        endBatch()
    }
}

/// A handler that keeps what it is given, and answers when the test says so or by `onRequest`.
final class FakeHandler: RequestHandler {
    var requests: [HTTPRequest] = []
    var replies: [any ReplyWriter] = []
    var onRequest: ((HTTPRequest, any ReplyWriter) -> Void)?

    func handle(_ request: HTTPRequest, reply: any ReplyWriter) {
        requests.append(request)
        replies.append(reply)
        onRequest?(request, reply)
    }
}

/// An observer that counts.
final class CountingObserver: ReplyObserver {
    var departures = 0
    var fills = 0
    var drains = 0
    var onDrain: (() -> Void)?
    func clientDidLeave() { departures += 1 }
    func replyQueueDidFill() { fills += 1 }
    func replyQueueDidDrain() {
        drains += 1
        onDrain?()
    }
}

/// A server in memory with one client.
final class Stage {
    let shard = VirtualShard()
    let handler = FakeHandler()
    let server: HTTPServer
    let socket = MemorySocket()
    let observer = CountingObserver()

    init(settings: ServerSettings = ServerSettings(), willSend: @escaping () -> Void = {}) {
        server = HTTPServer(
            settings: settings, handler: handler, timekeeper: shard, flushScheduler: shard,
            willSend: willSend)
        server.accept(socket)
    }

    /// Answers each request with its target, or its body where it has one.
    func echo() {
        handler.onRequest = { request, reply in
            let body = request.body.isEmpty ? Array(request.target.utf8) : request.body
            reply.send(HTTPReplyHead(status: 200), body: body)
        }
    }

    func get(_ target: String = "/", _ fields: String = "") {
        arrive("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    }

    func arrive(_ text: String) {
        socket.arrive(text)
        shard.endBatch()
    }

    static let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\n\(date)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
