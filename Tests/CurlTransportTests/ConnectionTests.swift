// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Foundation
import LoopbackSupport
import Shard
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(2)))
struct ConnectionTests {
    private static let reply = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    @Test func `a kept connection that the server closes meanwhile costs nothing`() async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(Self.reply)
        }
        defer { server.stop() }
        let bench = try TransferBench()
        for _ in 0..<5 {
            let outcome = await bench.fetch(.to(server.baseURL, method: "POST", body: "{}"))
            #expect(outcome.end == .complete)
            usleep(20_000)
        }
        #expect(server.connectionCount == 5)
        await bench.stop()
    }

    @Test func `a request on a connection that dies at once is sent again, and only then`()
        async throws
    {
        // The first connection takes a second request and closes without a word, as an idle one
        // does whose end crosses with the request.
        let server = LoopbackServer { connection, number in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(Self.reply)
            _ = connection.readText(until: "\r\n\r\n")
            if number > 0 { connection.write(Self.reply) }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        _ = await bench.fetch(.to(server.baseURL, method: "POST", body: "{}"))
        let again = await bench.fetch(.to(server.baseURL, method: "POST", body: "{}"))
        #expect(again.end == .complete)
        #expect(server.connectionCount == 2)
        await bench.stop()
    }

    @Test func `a request that the server had for a while is never sent again`() async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(Self.reply)
            _ = connection.readText(until: "\r\n\r\n")
            usleep(1_200_000)
        }
        defer { server.stop() }
        let bench = try TransferBench()
        _ = await bench.fetch(.to(server.baseURL, method: "POST", body: "{}"))
        let late = await bench.fetch(.to(server.baseURL, method: "POST", body: "{}"))
        #expect(late.failure == .closedBeforeHead, "\(String(describing: late.end))")
        #expect(late.order == "e")
        await bench.stop()
    }

    @Test func `a paused transfer stops the server, loses nothing, and does not count as idle`()
        async throws
    {
        let total = 20_000_000
        let sent = Atomic<Int>(0)
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
            for block in 0..<total / 10_000 {
                guard connection.write([UInt8](repeating: UInt8(block % 251), count: 10_000)) else {
                    return
                }
                sent.add(10_000, ordering: .relaxed)
            }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let limits = TransferLimits(idle: .milliseconds(200))
        let outcome: Outcome = await bench.run { shard, transport, done in
            let recorder = Recorder()
            let clock = shard.clock
            recorder.onBody = { recorder in
                recorder.onBody = { _ in }
                recorder.transfer?.pause()
                let received = recorder.outcome.body.count
                _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(500))) {
                    #expect(recorder.outcome.body.count == received)
                    #expect(recorder.outcome.end == nil)
                    // Socket buffers, and no more.
                    #expect(sent.load(ordering: .relaxed) < 12_000_000)
                    recorder.transfer?.resume()
                    #expect(recorder.outcome.body.count == received)
                }
            }
            recorder.onEnd = { done($0.outcome) }
            recorder.transfer = transport.start(.to(server.baseURL, limits: limits), receiver: recorder)
        }
        #expect(outcome.end == .complete)
        #expect(outcome.body.count == total)
        // Blocks are compared, and only a Bool shown: a test that prints 20 MB takes minutes.
        var expected: [UInt8] = []
        for block in 0..<total / 10_000 {
            expected += [UInt8](repeating: UInt8(block % 251), count: 10_000)
        }
        let isIntact = outcome.body == expected
        #expect(isIntact)
        await bench.stop()
    }

    @Test func `a transfer paused and resumed at every piece arrives whole`() async throws {
        let body = (0..<300_000).map { UInt8($0 % 253) }
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
            connection.write(body)
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome: Outcome = await bench.run { shard, transport, done in
            let recorder = Recorder()
            let clock = shard.clock
            recorder.onBody = { recorder in
                recorder.transfer?.pause()
                _ = clock.schedule(at: clock.now.advanced(by: .microseconds(300))) {
                    recorder.transfer?.resume()
                }
            }
            recorder.onEnd = { done($0.outcome) }
            recorder.transfer = transport.start(.to(server.baseURL), receiver: recorder)
        }
        #expect(outcome.end == .complete)
        let isIntact = outcome.body == body
        #expect(isIntact)
        await bench.stop()
    }

    @Test func `a body encoded without being asked arrives decoded, and its head says so`()
        async throws
    {
        // gzip of "decoded", made by Python's gzip.compress with mtime 0.
        let coded: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0x49, 0x4D, 0xCE,
            0x4F, 0x49, 0x4D, 0x01, 0x00, 0xF6, 0x9A, 0xF0, 0x1A, 0x07, 0x00, 0x00, 0x00,
        ]
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: \(coded.count)\r\n"
                    + "x-other: 1\r\n\r\n")
            connection.write(coded)
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome = await bench.fetch(.to(server.baseURL))
        #expect(outcome.end == .complete)
        #expect(outcome.text == "decoded")
        let fields = try #require(outcome.head?.fields)
        #expect(fields.first("x-other") == "1")
        #expect(!fields.contains("content-encoding"))
        #expect(!fields.contains("content-length"))
        await bench.stop()
    }

    @Test func `the environment's proxies are not asked`() async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(Self.reply)
        }
        defer { server.stop() }
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
        defer {
            unsetenv("http_proxy")
            unsetenv("ALL_PROXY")
        }
        let bench = try TransferBench()
        #expect(await bench.fetch(.to(server.baseURL)).end == .complete)
        await bench.stop()
    }
}
