// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

import CurlTransport

struct TransferDeadlinesTests {
    private static let limits = TransferLimits(
        connect: .seconds(5), firstByte: .seconds(20), idle: .seconds(10), total: .seconds(60))

    private static func second(_ value: Int64) -> Instant {
        Instant(nanoseconds: value * 1_000_000_000)
    }

    private static let cases: [(TransferDeadlines.Phase, Int64, TransferDeadlines.Verdict)] = [
        (.connecting, 4, .lookAgain(at: second(5))), (.connecting, 5, .failed(.connectTimeout)),
        (.waiting, 5, .lookAgain(at: second(20))), (.waiting, 20, .failed(.firstByteTimeout)),
        (.receiving, 30, .lookAgain(at: second(40))), (.receiving, 40, .failed(.idleTimeout)),
        (.receiving, 60, .failed(.totalTimeout)), (.connecting, 99, .failed(.totalTimeout)),
    ]

    @Test(arguments: cases)
    func `each phase has its limit`(
        _ phase: TransferDeadlines.Phase, _ second: Int64, _ verdict: TransferDeadlines.Verdict
    ) {
        var deadlines = TransferDeadlines(Self.limits, start: Self.second(0))
        deadlines.phase = phase
        deadlines.lastActivity = Self.second(30)
        #expect(deadlines.verdict(Self.second(second)) == verdict)
    }

    @Test func `a pause is not idle, and limits without end never come`() {
        var deadlines = TransferDeadlines(Self.limits, start: Self.second(0))
        deadlines.phase = .receiving
        deadlines.isPaused = true
        #expect(deadlines.verdict(Self.second(59)) == .lookAgain(at: Self.second(60)))
        let endless = Duration.seconds(Int64.max)
        let limits = TransferLimits(
            connect: endless, firstByte: endless, idle: endless, total: endless)
        let patient = TransferDeadlines(limits, start: Self.second(1))
        #expect(patient.verdict(Self.second(1_000_000)) == .lookAgain(at: .distantFuture))
    }
}
