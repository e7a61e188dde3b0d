// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Routing
import Simulator
import Testing
import Wire

/// Two attempts that race: who wins, what the client sees, and what the loser costs.
@Suite struct HedgeTests {
    typealias Scripts = AttemptScripts

    /// A second attempt after one second.
    private func race(
        _ attempts: [[UpstreamScript.Step]], stream: Bool, share: Double = 1,
        batch: Duration = .zero,
        meanwhile: ((VirtualClock, RecordingReply) -> Void)? = nil
    ) throws -> (OneCall, LedgerEntry) {
        let call = Scripts.call(
            attempts, stream: stream, batch: batch,
            prices: try PriceBook(Array(Self.book.utf8)),
            policy: {
                $0.hedge = HedgePolicy()
                $0.hedge?.delay = .fixed(.seconds(1))
                $0.hedge?.budgetShare = share
            }, meanwhile: meanwhile)
        #expect(call.runningTransfers == 0)
        #expect(call.entries.count == 1)
        return (call, try #require(call.entries.first))
    }

    private static let book =
        #"{"catalogue":"models","version":"2026-01-01-x","rows":3}"# + "\n"
        + ["p0", "p1", "p2"].map {
            #"{"provider":"\#($0)","model":"m","mode":"chat","prices":{"input":"1","output":"2"}}"#
                + "\n"
        }.joined()

    @Test func `a stream that begins in time is not raced`() throws {
        let (call, entry) = try race([Scripts.stream("a", endAfter: .seconds(5))], stream: true)
        #expect(call.sawDone && call.sent.count == 1)
        #expect(entry.attempts.map(\.kind) == [.first])
        #expect(entry.attempts.first?.consumption == nil)
    }

    /// The hello of the request are 4 tokens by estimate; 12 and 7 are told.
    @Test func `the second stream wins with its first content, and the first is booked`() throws {
        let (call, entry) = try race(
            [
                Scripts.stream("slow", contentAfter: .seconds(10)),
                Scripts.stream("quick", contentAfter: .milliseconds(500), endAfter: .seconds(20)),
            ], stream: true)
        #expect(call.sawDone)
        #expect(call.reply.text.contains("quick") && !call.reply.text.contains("slow"))
        #expect(call.reply.head?.fields.first("x-martlet-provider") == "p1")
        #expect(entry.state == .complete)
        #expect(entry.attempts.map(\.provider) == ["p0", "p1"])
        #expect(entry.attempts.map(\.kind) == [.first, .hedge])
        #expect(entry.attempts.map(\.state) == [.cancelled, .complete])
        #expect(entry.attempts.map(\.start) == [.zero, .seconds(1)])
        #expect(entry.attempts[0].end == .milliseconds(1_500))
        #expect(entry.timings.firstToken == .milliseconds(1_500))
        #expect(entry.timings.overhead == .zero)
        let loser = try #require(entry.attempts[0].consumption)
        let winner = try #require(entry.attempts[1].consumption)
        #expect(loser.source == .estimated && (loser.usage.input ?? 0) > 0)
        #expect(loser.usage.output == 0)
        #expect(winner.source == .upstream && winner.usage.input == 12)
        #expect(entry.usage == loser.usage.adding(winner.usage))
        #expect(entry.usageSource == .estimated)
        #expect(entry.cost == loser.cost.adding(winner.cost))
        // The client is told the cost of both.
        let text = try #require(entry.cost.amount?.decimalText)
        #expect(call.events.contains { $0.contains(#""cost":\#(text)"#) })
    }

    @Test func `the first stream may still win, and the second is booked`() throws {
        let (call, entry) = try race(
            [
                Scripts.stream("slow", contentAfter: .seconds(2)),
                Scripts.stream("slower", contentAfter: .seconds(2)),
            ], stream: true)
        #expect(call.sawDone)
        #expect(call.reply.text.contains(#""slow""#) && !call.reply.text.contains("slower"))
        #expect(call.reply.head?.fields.first("x-martlet-provider") == "p0")
        #expect(entry.attempts.map(\.kind) == [.hedge, .first])
        #expect(entry.attempts.map(\.state) == [.cancelled, .complete])
        #expect(entry.attempts[0].end == .seconds(1))
    }

    @Test func `of whole answers the first one wins`() throws {
        let (call, entry) = try race(
            [Scripts.answer("slow", after: .seconds(9)), Scripts.answer("quick")], stream: false)
        #expect(call.reply.head?.status == 200 && call.reply.text.contains("quick"))
        #expect(entry.attempts.map(\.state) == [.cancelled, .complete])
        #expect(entry.attempts.map(\.provider) == ["p0", "p1"])
        #expect(entry.timings.total == .seconds(1))
        let text = try #require(entry.cost.amount?.decimalText)
        #expect(call.reply.head?.fields.first("x-martlet-cost") == text)
    }

    @Test func `where the first one fails, the second goes on alone`() throws {
        let (call, entry) = try race(
            [
                Scripts.status(500, after: .seconds(2)),
                Scripts.answer("alone", after: .seconds(3)),
            ], stream: false)
        #expect(call.reply.head?.status == 200 && call.sent.count == 2)
        #expect(entry.attempts.map(\.state) == [.upstreamError, .complete])
        #expect(entry.timings.total == .seconds(4))
    }

    @Test func `where the second one fails, the first goes on alone`() throws {
        let (call, entry) = try race(
            [Scripts.answer("alone", after: .seconds(3)), Scripts.status(500)], stream: false)
        #expect(call.reply.head?.status == 200 && call.sent.count == 2)
        #expect(entry.attempts.map(\.provider) == ["p1", "p0"])
        #expect(entry.attempts.map(\.state) == [.upstreamError, .complete])
        #expect(call.reply.head?.fields.first("x-martlet-provider") == "p0")
    }

    /// The call's task may see both ends at once.
    @Test(arguments: [Duration.zero, .milliseconds(10)])
    func `where both fail, the next one is asked`(batch: Duration) throws {
        let (call, entry) = try race(
            [
                Scripts.status(500, after: .seconds(2)), Scripts.status(500, after: .seconds(1)),
                Scripts.answer("third"),
            ], stream: false, batch: batch)
        #expect(call.reply.head?.status == 200)
        #expect(entry.attempts.map(\.kind) == [.first, .hedge, .failover])
        #expect(entry.attempts.map(\.provider) == ["p0", "p1", "p2"])
    }

    @Test func `a winner that breaks off ends the call`() throws {
        let cut: [UpstreamScript.Step] =
            Scripts.stream("begun").prefix(4) + [.end(.failed(TransferFailure(.cut, detail: "x")))]
        let (call, entry) = try race(
            [Scripts.stream("slow", contentAfter: .seconds(10)), cut], stream: true)
        #expect(call.reply.ending == .aborted && !call.sawDone)
        #expect(entry.state == .upstreamCut && call.sent.count == 2)
        #expect(entry.attempts.map(\.state) == [.cancelled, .upstreamCut])
    }

    @Test func `a client that leaves a race is booked with both`() throws {
        let slow = Scripts.answer("x", after: .seconds(9))
        let (_, entry) = try race(
            [slow, slow], stream: false,
            meanwhile: { clock, reply in clock.after(.seconds(2)) { reply.leave() } })
        #expect(entry.state == .clientGone)
        #expect(entry.attempts.map(\.state) == [.clientGone, .clientGone])
        #expect(entry.attempts.allSatisfy { $0.consumption?.source == .estimated })
    }

    /// The call's task may see the failure only after the content.
    @Test(arguments: [Duration.zero, .milliseconds(10)])
    func `where one fails as the other begins, that one goes on`(batch: Duration) throws {
        let (call, entry) = try race(
            [
                Scripts.status(500, after: .seconds(2)),
                Scripts.stream("begun", contentAfter: .milliseconds(1_001), endAfter: .seconds(1)),
            ], stream: true, batch: batch)
        #expect(call.sawDone && call.reply.text.contains("begun"))
        #expect(entry.attempts.map(\.state) == [.upstreamError, .complete])
    }

    @Test func `a deadline ends both`() throws {
        let slow = Scripts.answer("x", after: .seconds(9))
        let call = Scripts.call([slow, slow]) {
            $0.hedge = HedgePolicy()
            $0.hedge?.delay = .fixed(.seconds(1))
            $0.deadline = .seconds(3)
        }
        #expect(call.reply.head?.status == 504 && call.runningTransfers == 0)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.state) == [.overLimit, .overLimit])
        #expect(entry.attempts.map(\.end) == [.seconds(3), .seconds(2)])
    }

    @Test func `without a budget there is no race`() throws {
        let (call, entry) = try race(
            [Scripts.answer("x", after: .seconds(9))], stream: false, share: 0)
        #expect(call.reply.head?.status == 200 && entry.attempts.count == 1)
    }

    @Test(arguments: [nil, Duration.seconds(3)])
    func `the second one comes when 95 of 100 would have begun, if that is known`(
        percentile: Duration?
    ) throws {
        let call = Scripts.call(
            [Scripts.stream("slow", contentAfter: .seconds(10)), Scripts.stream("quick")],
            stream: true, percentile95: percentile
        ) { $0.hedge = HedgePolicy() }
        let attempts = try #require(call.entries.first).attempts
        #expect(attempts.count == (percentile == nil ? 1 : 2))
        // The histogram's buckets are a few per cent wide.
        if let percentile, let second = attempts.last {
            #expect(second.start >= percentile && second.start < percentile * 1.05)
        }
        #expect(call.runningTransfers == 0)
    }
}
