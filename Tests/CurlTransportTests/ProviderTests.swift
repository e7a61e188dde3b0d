// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Foundation
import LoopbackSupport
import Shard
import Testing
import Wire

extension TransferRequest {
    /// A chat request for a model of the fake provider.
    static func chat(
        _ provider: FakeProvider, model: String, streams: Bool = false,
        limits: TransferLimits = TransferLimits()
    ) -> TransferRequest {
        .to(
            provider.baseURL, method: "POST", target: "/chat/completions",
            fields: HTTPFields([
                "content-type": "application/json", "authorization": "Bearer sk-test",
            ]),
            body: #"{"model":"\#(model)","stream":\#(streams),"messages":[]}"#, limits: limits)
    }
}

@Suite(.timeLimit(.minutes(2)), .enabled(if: FakeProvider.isAvailable, "needs ../shared/bench"))
struct ProviderTests {
    @Test func `a call comes back whole, and connections are kept`() async throws {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let first = await bench.fetch(.chat(provider, model: "mock"))
        #expect(first.order == "hbe")
        #expect(first.head?.status == 200)
        #expect(first.end == .complete)
        #expect(first.text.contains("\"usage\""))
        #expect(!first.timings.reusedConnection)
        let connected = try #require(first.timings.connected)
        let firstByte = try #require(first.timings.firstByte)
        #expect(connected <= firstByte)
        #expect(first.timings.secured == nil)
        let opened = provider.count("connections_opened")
        for _ in 0..<50 {
            let next = await bench.fetch(.chat(provider, model: "mock"))
            #expect(next.end == .complete)
            #expect(next.timings.reusedConnection)
            #expect(next.timings.connected == nil)
        }
        // One more: the look at the counter.
        #expect(provider.count("connections_opened") == opened + 1)
        await bench.stop()
    }

    @Test func `a stream arrives whole`() async throws {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let outcome = await bench.fetch(
            .chat(provider, model: "mock-stream-500-0", streams: true))
        #expect(outcome.end == .complete)
        #expect(outcome.text.hasSuffix("data: [DONE]\n\n"))
        await bench.stop()
    }

    @Test func `only what the message says is sent`() async throws {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        _ = await bench.fetch(.chat(provider, model: "mock"))
        let plain = provider.lastRequest().lowercased()
        for name in ["accept:", "expect:", "accept-encoding:", "cookie:", "x-www-form"] {
            #expect(!plain.contains(name), "\(name)")
        }
        #expect(plain.contains("user-agent: martlet/test\r\n"))
        #expect(plain.contains("authorization: bearer sk-test\r\n"))
        #expect(plain.contains("host: 127.0.0.1:\(provider.port)\r\n"))
        var request = TransferRequest.chat(provider, model: "mock")
        request.message.fields = HTTPFields([
            "User-Agent": "mine/1", "content-type": "application/json", "x-empty": "",
            "Content-Length": "3", "Host": "elsewhere", "Transfer-Encoding": "chunked",
        ])
        _ = await bench.fetch(request)
        let own = provider.lastRequest()
        #expect(own.contains("User-Agent: mine/1\r\n"))
        #expect(!own.contains("martlet/test"))
        #expect(!own.contains("sk-test"))
        #expect(!own.contains("elsewhere"))
        #expect(own.contains("x-empty:"))
        #expect(own.contains("Content-Length: \(request.message.body.count)\r\n"))
        await bench.stop()
    }

    @Test func `methods and bodies alternate on one handle`() async throws {
        let server = LoopbackServer { connection, _ in
            while true {
                let head = connection.readText(until: "\r\n\r\n")
                if head.isEmpty { return }
                let line = head.components(separatedBy: "\r\n")[0]
                let body = head.components(separatedBy: "\r\n\r\n").dropFirst().joined()
                let echo = line.hasPrefix("HEAD") ? "" : "\(line)|\(body)"
                connection.write(
                    "HTTP/1.1 200 OK\r\ncontent-length: \(echo.utf8.count)\r\n\r\n\(echo)")
            }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let cases = [
            ("GET", ""), ("POST", "one"), ("POST", ""), ("HEAD", ""), ("POST", "two"),
            ("DELETE", ""), ("PUT", "three"), ("GET", ""), ("PATCH", "four"), ("GET", "five"),
            ("POST", "six"), ("DELETE", ""), ("GET", ""),
        ]
        for (method, body) in cases {
            let outcome = await bench.fetch(
                .to(server.baseURL, method: method, target: "/a?b=c", body: body))
            #expect(outcome.end == .complete)
            let expected = method == "HEAD" ? "" : "\(method) /a?b=c HTTP/1.1|\(body)"
            #expect(outcome.text == expected)
        }
        #expect(server.connectionCount == 1)
        await bench.stop()
    }

    @Test func `a megabyte goes up and comes back`() async throws {
        let server = LoopbackServer { connection, _ in
            let head = connection.readText(until: "\r\n\r\n")
            var received = head.components(separatedBy: "\r\n\r\n").dropFirst().joined().utf8.count
            while received < 1_000_000 {
                let more = connection.read().count
                if more == 0 { return }
                received += more
            }
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            connection.write([UInt8](repeating: 0x62, count: 1_000_000))
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome = await bench.fetch(
            .to(
                server.baseURL, method: "POST",
                body: String(repeating: "a", count: 1_000_000)))
        #expect(outcome.end == .complete)
        let isIntact = outcome.body == [UInt8](repeating: 0x62, count: 1_000_000)
        #expect(isIntact)
        await bench.stop()
    }

    @Test func `a long body is sent unasked, before and after short ones`() async throws {
        let server = LoopbackServer { connection, _ in
            while true {
                let start = connection.readText(until: "\r\n\r\n")
                if start.isEmpty { return }
                let parts = start.components(separatedBy: "\r\n\r\n")
                let length = parts[0].lowercased().components(separatedBy: "content-length: ")
                guard let count = Int(length[1].prefix { $0.isNumber }) else { return }
                var received = parts.dropFirst().joined().utf8.count
                while received < count {
                    let more = connection.read().count
                    if more == 0 { return }
                    received += more
                }
                let isAsked = parts[0].lowercased().contains("expect")
                connection.write(
                    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\(isAsked ? "1" : "0")")
            }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        for count in [10, 3_000_000, 20, 1_048_577, 70_000, 1_048_576, 30] {
            let body = String(repeating: "a", count: count)
            let outcome = await bench.fetch(.to(server.baseURL, method: "POST", body: body))
            #expect(outcome.end == .complete)
            #expect(outcome.text == "0", "\(count)")
        }
        #expect(server.connectionCount == 1)
        await bench.stop()
    }

    @Test(arguments: ["in the head", "in the body", "later"])
    func `a cancelled stream is aborted at the provider within 100 ms`(
        _ moment: String
    ) async throws {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let cancelled: Instant = await bench.run { shard, transport, done in
            let recorder = Recorder()
            let clock = shard.clock
            let cancel: (Recorder) -> Void = { recorder in
                guard let transfer = recorder.transfer else { return }
                recorder.transfer = nil
                transfer.cancel()
                transfer.cancel()
                let now = clock.now
                let before = recorder.outcome
                _ = clock.schedule(at: now.advanced(by: .milliseconds(200))) {
                    #expect(recorder.outcome == before)
                    done(now)
                }
            }
            if moment == "in the head" { recorder.onHead = cancel }
            if moment == "in the body" { recorder.onBody = cancel }
            if moment == "later" {
                _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(150))) {
                    cancel(recorder)
                }
            }
            recorder.transfer = transport.start(
                .chat(provider, model: "mock-stream-400-20", streams: true), receiver: recorder)
        }
        #expect(provider.wait(for: "streams_aborted") { $0 == 1 })
        // Both sides read CLOCK_MONOTONIC.
        let seen = Instant(nanoseconds: Int64(provider.count("last_abort_ns")))
        #expect(cancelled.duration(to: seen) < .milliseconds(100))
        let next = await bench.fetch(.chat(provider, model: "mock"))
        #expect(next.end == .complete)
        await bench.stop()
    }

    @Test func `a transfer that is cancelled at once is never sent`() async throws {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let order: String = await bench.run { shard, transport, done in
            let recorder = Recorder()
            transport.start(.chat(provider, model: "mock"), receiver: recorder).cancel()
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(50))) {
                done(recorder.outcome.order)
            }
        }
        #expect(order.isEmpty)
        #expect(provider.count("requests") == 0)
        await bench.stop()
    }

    @Test func `receivers may start, cancel and pause transfers from inside every callback`()
        async throws
    {
        let provider = try FakeProvider()
        let bench = try TransferBench()
        let ends: [String] = await bench.run { shard, transport, done in
            let victim = Recorder()
            victim.transfer = transport.start(
                .chat(provider, model: "mock-stream-400-20", streams: true), receiver: victim)
            let outer = Recorder()
            let fromHead = Recorder()
            let fromBody = Recorder()
            let fromEnd = Recorder()
            outer.onHead = { outer in
                outer.transfer?.pause()
                outer.transfer?.resume()
                fromHead.transfer = transport.start(
                    .chat(provider, model: "mock"), receiver: fromHead)
                fromHead.transfer?.pause()
                fromHead.transfer?.resume()
            }
            outer.onBody = { outer in
                outer.onBody = { _ in }
                victim.transfer?.cancel()
                fromBody.transfer = transport.start(
                    .chat(provider, model: "mock"), receiver: fromBody)
            }
            outer.onEnd = { _ in
                fromEnd.transfer = transport.start(
                    .chat(provider, model: "mock"), receiver: fromEnd)
            }
            fromEnd.onEnd = { _ in
                done([outer, fromHead, fromBody, fromEnd].map { $0.outcome.order })
            }
            outer.transfer = transport.start(
                .chat(provider, model: "mock-stream-20-5", streams: true), receiver: outer)
        }
        #expect(ends == ["hbe", "hbe", "hbe", "hbe"])
        #expect(provider.wait(for: "streams_aborted") { $0 == 1 })
        await bench.stop()
    }
}
