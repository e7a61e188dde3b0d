// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Glibc
import LoopbackSupport
import Shard
import Testing
import Wire

/// What a run with many parked streams saw.
private struct ParkedRun: Sendable {
    var plain: [Outcome] = []
    var parkedEnds: [TransferEnd?] = []
}

@Suite(
    .serialized, .timeLimit(.minutes(3)),
    .enabled(if: FakeProvider.isAvailable, "needs ../shared/bench"))
struct CapacityTests {
    @Test(arguments: [2_000])
    func `plain calls go on beside thousands of parked streams, and all end well`(
        _ count: Int
    ) async throws {
        raiseDescriptorLimit()
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let run: ParkedRun = await bench.run { _, transport, done in
            var run = ParkedRun()
            var headCount = 0
            func callNext() {
                let recorder = Recorder()
                recorder.onEnd = { recorder in
                    run.plain.append(recorder.outcome)
                    if run.plain.count < 200 { callNext() }
                }
                recorder.transfer = transport.start(.chat(provider, model: "mock"), receiver: recorder)
            }
            for _ in 0..<count {
                let recorder = Recorder()
                recorder.onHead = { _ in
                    headCount += 1
                    if headCount == count { callNext() }
                }
                recorder.onEnd = { recorder in
                    run.parkedEnds.append(recorder.outcome.end)
                    if run.parkedEnds.count == count { done(run) }
                }
                // Two chunks, three seconds apart.
                recorder.transfer = transport.start(
                    .chat(provider, model: "mock-stream-2-3000", streams: true),
                    receiver: recorder)
            }
        }
        #expect(run.plain.count == 200)
        #expect(run.plain.allSatisfy { $0.end == .complete })
        #expect(run.parkedEnds.allSatisfy { $0 == .complete })
        #expect(provider.count("streams_active_peak") == count)
        await bench.stop()
    }

    @Test func `connections without use are closed after a while, used ones are kept`()
        async throws
    {
        let provider = try FakeProvider()
        let bench = try TransferBench(idleLimit: .milliseconds(400))
        await bench.callAtOnce(.chat(provider, model: "mock"), count: 100)
        // The look at the counter is a connection too.
        #expect(provider.count("connections_open") > 90)
        #expect(provider.wait(for: "connections_open") { $0 == 1 })
        await bench.callAtOnce(.chat(provider, model: "mock"), count: 1)
        for _ in 0..<8 {
            usleep(100_000)
            let outcome = await bench.fetch(.chat(provider, model: "mock"))
            #expect(outcome.timings.reusedConnection)
        }
        await bench.stop()
    }

    /// In a process of its own: other tests open and close descriptors beside this one.
    @Test func `no descriptor is left behind`() async {
        await #expect(processExitsWith: .success) {
            let provider = try FakeProvider()
            let refused = "http://127.0.0.1:\(PlainSocket.freePort())"
            func round() async throws {
                let bench = try TransferBench()
                for model in ["mock", "fail-500", "cut", "reset", "garbage", "mock-stream-5-0"] {
                    _ = await bench.fetch(.chat(provider, model: model, streams: model != "mock"))
                }
                _ = await bench.fetch(.to(refused))
                _ = await bench.fetch(.to("http://no-such-host.invalid"))
                await bench.cancelMany(.chat(provider, model: "hang"), count: 50)
                await bench.cancelMany(
                    .chat(provider, model: "mock-stream-100-20", streams: true), count: 50)
                await bench.stop()
                // The loop's descriptors go with the last turn, on its own queue.
                usleep(200_000)
            }
            try await round()
            let before = openDescriptorCount()
            for _ in 0..<5 { try await round() }
            let after = openDescriptorCount()
            #expect(after == before)
        }
    }
}

extension TransferBench {
    /// Runs `count` transfers at the same time.
    fileprivate func callAtOnce(_ request: TransferRequest, count: Int) async {
        let endCount: Int = await run { _, transport, done in
            var endCount = 0
            for _ in 0..<count {
                let recorder = Recorder()
                recorder.onEnd = { _ in
                    endCount += 1
                    if endCount == count { done(endCount) }
                }
                recorder.transfer = transport.start(request, receiver: recorder)
            }
        }
        #expect(endCount == count)
    }

    /// Starts `count` transfers and cancels them after a while.
    fileprivate func cancelMany(_ request: TransferRequest, count: Int) async {
        let _: Bool = await run { shard, transport, done in
            let transfers = (0..<count).map { _ in
                transport.start(request, receiver: Recorder())
            }
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(60))) {
                for transfer in transfers { transfer.cancel() }
                done(true)
            }
        }
    }
}
