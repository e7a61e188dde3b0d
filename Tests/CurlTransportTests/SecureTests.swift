// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import LoopbackSupport
import Shard
import Testing
import Wire

@Suite(
    .timeLimit(.minutes(2)),
    .enabled(
        if: FakeProvider.isAvailable && SecureProxy.isAvailable,
        "needs ../shared/bench, nghttpx and openssl"))
struct SecureTests {
    private let provider: FakeProvider
    private let proxy: SecureProxy

    init() throws {
        provider = try FakeProvider()
        proxy = try SecureProxy(backend: provider.port)
    }

    private func chat(
        _ model: String, streams: Bool = false, authorities: String?
    ) -> TransferRequest {
        .to(
            proxy.baseURL, method: "POST", target: "/chat/completions",
            fields: HTTPFields(["content-type": "application/json"]),
            body: #"{"model":"\#(model)","stream":\#(streams),"messages":[]}"#,
            authorities: authorities)
    }

    @Test func `a certificate is checked against the named authorities, and only them`()
        async throws
    {
        let bench = try TransferBench()
        let known = await bench.fetch(chat("mock", authorities: proxy.certificate))
        #expect(known.end == .complete, "\(String(describing: known.end))")
        #expect(known.timings.secured != nil)
        // The same handle, so an option that stays set would show; and the connection is there.
        let unknown = await bench.fetch(chat("mock", authorities: nil))
        #expect(unknown.failure == .tls, "\(String(describing: unknown.end))")
        #expect(unknown.order == "e")
        let again = await bench.fetch(chat("mock", authorities: proxy.certificate))
        #expect(again.end == .complete)
        #expect(again.timings.reusedConnection)
        let missing = await bench.fetch(chat("mock", authorities: "/nowhere.pem"))
        #expect(missing.failure == .tls, "\(String(describing: missing.end))")
        await bench.stop()
    }

    @Test func `a wrong name on the certificate fails as tls`() async throws {
        let bench = try TransferBench()
        let outcome = await bench.fetch(
            .to("https://127.0.0.2:\(proxy.port)", authorities: proxy.certificate))
        #expect(outcome.failure == .connect || outcome.failure == .tls)
        await bench.stop()
    }

    @Test func `a server without TLS fails as tls`() async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.read()
            connection.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome = await bench.fetch(.to("https://127.0.0.1:\(server.port)"))
        #expect(outcome.failure == .tls, "\(String(describing: outcome.end))")
        await bench.stop()
    }

    @Test func `thirty streams share one connection`() async throws {
        let bench = try TransferBench()
        let request = chat("mock-stream-30-3", streams: true, authorities: proxy.certificate)
        let outcomes: [Outcome] = await bench.run { shard, transport, done in
            var outcomes: [Outcome] = []
            for _ in 0..<30 {
                let recorder = Recorder()
                recorder.onEnd = { recorder in
                    outcomes.append(recorder.outcome)
                    if outcomes.count == 30 { done(outcomes) }
                }
                recorder.transfer = transport.start(request, receiver: recorder)
            }
        }
        #expect(outcomes.allSatisfy { $0.end == .complete && $0.order == "hbe" })
        #expect(outcomes.allSatisfy { $0.text.hasSuffix("data: [DONE]\n\n") })
        #expect(outcomes.filter { !$0.timings.reusedConnection }.count == 1)
        await bench.stop()
    }

    @Test func `a cancelled stream is reset at once, and its neighbours go on`() async throws {
        let bench = try TransferBench()
        let request = chat("mock-stream-60-10", streams: true, authorities: proxy.certificate)
        let (cancelled, outcomes): (Instant, [Outcome]) = await bench.run {
            shard, transport, done in
            var outcomes: [Outcome] = []
            let clock = shard.clock
            var cancelled = Instant.distantFuture
            for index in 0..<5 {
                let recorder = Recorder()
                recorder.onEnd = { recorder in
                    outcomes.append(recorder.outcome)
                    if outcomes.count == 4 { done((cancelled, outcomes)) }
                }
                if index == 2 {
                    recorder.onBody = { recorder in
                        cancelled = min(cancelled, clock.now)
                        recorder.transfer?.cancel()
                    }
                }
                recorder.transfer = transport.start(request, receiver: recorder)
            }
        }
        #expect(outcomes.allSatisfy { $0.end == .complete })
        #expect(provider.wait(for: "streams_aborted") { $0 == 1 })
        let seen = Instant(nanoseconds: Int64(provider.count("last_abort_ns")))
        #expect(cancelled.duration(to: seen) < .milliseconds(100))
        await bench.stop()
    }

    @Test func `a paused stream with its own connection stops nobody, and goes on when resumed`()
        async throws
    {
        let bench = try TransferBench()
        var large = chat("mock-stream-60000-0", streams: true, authorities: proxy.certificate)
        large.sharesConnection = false
        let own = large
        let small = chat("mock-stream-30-3", streams: true, authorities: proxy.certificate)
        let (before, paused): ([Outcome], Outcome) = await bench.run { shard, transport, done in
            var outcomes: [Outcome] = []
            var before: [Outcome] = []
            let slow = Recorder()
            slow.onBody = { slow in
                slow.onBody = { _ in }
                slow.transfer?.pause()
            }
            slow.onEnd = { done((before, $0.outcome)) }
            slow.transfer = transport.start(own, receiver: slow)
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(300))) {
                for _ in 0..<5 {
                    let recorder = Recorder()
                    recorder.onEnd = { outcomes.append($0.outcome) }
                    recorder.transfer = transport.start(small, receiver: recorder)
                }
            }
            _ = clock.schedule(at: clock.now.advanced(by: .seconds(2))) {
                #expect(slow.outcome.end == nil)
                before = outcomes
                slow.transfer?.resume()
            }
        }
        #expect(before.count == 5)
        #expect(before.allSatisfy { $0.end == .complete })
        #expect(paused.end == .complete)
        #expect(paused.text.hasSuffix("data: [DONE]\n\n"))
        await bench.stop()
    }

    @Test func `a handle goes from a shared connection to its own and back`() async throws {
        let bench = try TransferBench()
        let shared = chat("mock", authorities: proxy.certificate)
        var alone = shared
        alone.sharesConnection = false
        for request in [shared, alone, shared, alone] {
            let outcome = await bench.fetch(request)
            #expect(outcome.end == .complete)
        }
        #expect(await bench.fetch(shared).timings.reusedConnection)
        #expect(await bench.fetch(alone).timings.reusedConnection)
        await bench.stop()
    }
}
