// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Routing
import Simulator
import Testing
import Wire

/// A call that is tried again: when, where, within what time, and what is written down of it.
@Suite struct RetryTests {
    typealias Scripts = AttemptScripts

    @Test func `a target that fails for a moment is asked again`() throws {
        let call = Scripts.call(
            [
                Scripts.status(503), Scripts.status(500), Scripts.status(500), Scripts.answer("hi"),
            ], retries: 1)
        #expect(call.reply.head?.status == 200)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.kind) == [.first, .failover, .failover, .retry])
        #expect(entry.attempts.map(\.provider) == ["p0", "p1", "p2", "p0"])
        let wait = entry.attempts[3].start
        #expect(wait > .zero && wait <= .milliseconds(200))
        #expect(entry.timings.overhead == .zero)
        #expect(entry.usage.input == 12 && entry.usage.output == 7)
    }

    @Test func `a provider that says when to come back is asked then`() throws {
        let busy = Scripts.status(429, retryAfter: 2)
        let call = Scripts.call([busy, busy, busy, Scripts.answer("hi")], retries: 1)
        #expect(call.reply.head?.status == 200)
        #expect(try #require(call.entries.first).attempts.last?.start == .seconds(2))
    }

    @Test func `one that is to be left alone for too long is not waited for`() throws {
        let busy = Scripts.status(429, retryAfter: 6)
        let call = Scripts.call([busy, busy, busy], retries: 1)
        #expect(call.reply.head?.status == 429)
        #expect(call.reply.head?.fields.first("retry-after") == "6")
        #expect(try #require(call.entries.first).timings.total == .zero)
    }

    @Test func `comments keep a stream's client while nothing runs`() throws {
        let busy = Scripts.status(429, retryAfter: 3)
        let call = Scripts.call(
            [busy, busy, busy, Scripts.stream("hi")], stream: true, retries: 1,
            keepalive: .seconds(1))
        #expect(call.reply.pieces.prefix(3).allSatisfy { $0 == Array(": keepalive\n\n".utf8) })
        #expect(call.sawDone)
        #expect(try #require(call.entries.first).state == .complete)
    }

    @Test(arguments: [false, true])
    func `a client that leaves ends the wait at once`(isStream: Bool) throws {
        let busy = Scripts.status(503, retryAfter: 4)
        let call = Scripts.call(
            [busy, busy, busy], stream: isStream, retries: 1,
            meanwhile: { clock, reply in clock.after(.seconds(1)) { reply.leave() } })
        let entry = try #require(call.entries.first)
        #expect(entry.state == .clientGone)
        #expect(entry.timings.total == .seconds(1))
        #expect(call.sent.count == 3)
    }

    // MARK: Deadlines

    @Test func `a call that is not over by its deadline is told so`() throws {
        let call = Scripts.call([
            Scripts.status(500, after: .seconds(2)), Scripts.answer("late", after: .seconds(20)),
        ]) { $0.deadline = .seconds(10) }
        #expect(call.reply.head?.status == 504)
        #expect(call.reply.text.contains(#""code":"deadline_exceeded""#))
        #expect(call.runningTransfers == 0)
        #expect(call.sent.map(\.limits.total) == [.seconds(10), .seconds(8)])
        #expect(call.sent[1].limits.firstByte == .seconds(8))
        let entry = try #require(call.entries.first)
        #expect(entry.state == .overLimit && entry.timings.total == .seconds(10))
        #expect(entry.attempts.map(\.state) == [.upstreamError, .overLimit])
        // The second one was sent the request and may have worked on it.
        #expect(entry.usageSource == .estimated && entry.usage.output == 0)
    }

    @Test func `a stream that is not over by its deadline ends in an error`() throws {
        let call = Scripts.call(
            [Scripts.stream("begun", endAfter: .seconds(30))], stream: true
        ) { $0.deadline = .seconds(10) }
        #expect(call.reply.head?.status == 200)
        #expect(call.reply.ending == .aborted && !call.sawDone)
        #expect(call.events.last?.contains(#""code":"deadline_exceeded""#) == true)
        let entry = try #require(call.entries.first)
        #expect(entry.state == .overLimit && entry.status == 200)
    }

    @Test func `nothing waits for a deadline that cannot be met`() throws {
        let busy = Scripts.status(429, retryAfter: 4)
        let call = Scripts.call([busy, busy, busy], retries: 1) { $0.deadline = .seconds(3) }
        #expect(call.reply.head?.status == 429)
        #expect(try #require(call.entries.first).timings.total == .zero)
    }

    // MARK: The first token

    @Test func `a stream without content in time goes elsewhere`() throws {
        let call = Scripts.call(
            [Scripts.stream("late", contentAfter: .seconds(30)), Scripts.stream("soon")],
            stream: true
        ) { $0.firstToken = .seconds(2) }
        #expect(call.sawDone && call.reply.text.contains("soon"))
        #expect(!call.reply.text.contains("late"))
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.state) == [.upstreamStalled, .complete])
        #expect(entry.attempts[0].end == .seconds(2))
        #expect(call.runningTransfers == 0)
    }

    @Test func `the first token's time is over with the first token`() throws {
        let call = Scripts.call(
            [Scripts.stream("slow", contentAfter: .seconds(1), endAfter: .seconds(9))],
            stream: true
        ) { $0.firstToken = .seconds(2) }
        #expect(call.sawDone)
    }

    @Test func `where no stream begins in time, that is told`() throws {
        let call = Scripts.call(
            Array(repeating: Scripts.stream("late", contentAfter: .seconds(30)), count: 3),
            stream: true
        ) { $0.firstToken = .milliseconds(300) }
        #expect(call.reply.head?.status == 504)
        #expect(call.reply.text.contains(#""code":"upstream_timeout""#))
        #expect(try #require(call.entries.first).state == .upstreamStalled)
    }

    // MARK: Fallbacks

    @Test(arguments: [
        (#""message":"This model's maximum context length is 10 tokens.","code":null"#, "large"),
        (#""message":"no","code":"context_length_exceeded""#, "large"),
        (#""message":"no","code":"content_filter""#, "p2"),
    ])
    func `a call goes where its kind of refusal leads`(error: String, provider: String) throws {
        let call = Scripts.call([Scripts.status(400, error), Scripts.answer("hi")]) {
            $0.contextFallbacks = [Target(provider: "large", model: "m")]
            $0.filterFallbacks = [Target(provider: "p2", model: "m")]
        }
        #expect(call.reply.head?.status == 200)
        #expect(try #require(call.entries.first).attempts.map(\.provider) == ["p0", provider])
    }

    @Test func `a fallback that is not configured is none`() throws {
        let call = Scripts.call([Scripts.status(400, #""code":"context_length_exceeded""#)]) {
            $0.contextFallbacks = [Target(provider: "nobody", model: "m")]
        }
        #expect(call.reply.head?.status == 400)
        #expect(call.sent.count == 1)
    }
}
