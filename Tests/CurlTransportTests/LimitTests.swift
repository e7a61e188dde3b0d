// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Glibc
import LoopbackSupport
import Shard
import Testing
import Wire

/// A limit that a transfer breaks, and how it must end.
struct BrokenLimit: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var limits: TransferLimits
    /// What is sent at once; then the server stays silent.
    var reply: String
    var failure: TransferFailure.Kind
    var order: String

    static let all: [BrokenLimit] = [
        BrokenLimit(
            testDescription: "no reply",
            limits: TransferLimits(firstByte: .milliseconds(120)), reply: "",
            failure: .firstByteTimeout, order: "e"),
        BrokenLimit(
            testDescription: "an interim reply is none",
            limits: TransferLimits(firstByte: .milliseconds(120)),
            reply: "HTTP/1.1 103 Early Hints\r\n\r\n", failure: .firstByteTimeout, order: "e"),
        BrokenLimit(
            testDescription: "a body that stalls",
            limits: TransferLimits(firstByte: .seconds(9), idle: .milliseconds(120)),
            reply: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", failure: .idleTimeout,
            order: "hbe"),
        BrokenLimit(
            testDescription: "a head that stalls",
            limits: TransferLimits(firstByte: .seconds(9), idle: .milliseconds(120)),
            reply: "HTTP/1.1 200 OK\r\ncontent-len", failure: .idleTimeout, order: "e"),
        BrokenLimit(
            testDescription: "the whole",
            limits: TransferLimits(idle: .seconds(9), total: .milliseconds(120)),
            reply: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", failure: .totalTimeout,
            order: "hbe"),
        BrokenLimit(
            testDescription: "no time at all", limits: TransferLimits(total: .zero), reply: "",
            failure: .totalTimeout, order: "e"),
    ]
}

@Suite(.timeLimit(.minutes(2)))
struct LimitTests {
    @Test(arguments: BrokenLimit.all)
    func `a broken limit is told by its name, in time`(_ broken: BrokenLimit) async throws {
        let server = LoopbackServer { connection, _ in
            _ = connection.readText(until: "\r\n\r\n")
            connection.write(broken.reply)
            _ = connection.readAll()
        }
        defer { server.stop() }
        let bench = try TransferBench()
        let start = ContinuousClock.now
        let outcome = await bench.fetch(.to(server.baseURL, limits: broken.limits))
        #expect(outcome.failure == broken.failure, "\(String(describing: outcome.end))")
        #expect(outcome.order == broken.order)
        #expect(ContinuousClock.now - start < .seconds(5))
        await bench.stop()
    }

    @Test func `a handle keeps the limits of its last transfer to itself`() async throws {
        let server = LoopbackServer { connection, _ in
            while true {
                let head = connection.readText(until: "\r\n\r\n")
                if head.isEmpty || head.contains("/silent") { return _ = connection.readAll() }
                if head.contains("/late") { usleep(400_000) }
                connection.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
        defer { server.stop() }
        let bench = try TransferBench()
        // Each one after another, on the one idle handle, whose timer still stands.
        let short = TransferLimits(firstByte: .milliseconds(200), total: .milliseconds(300))
        let long = TransferLimits(
            connect: .seconds(90), firstByte: .seconds(90), total: .seconds(90))
        let start = ContinuousClock.now
        let steps: [(String, TransferLimits, TransferFailure.Kind?)] = [
            ("/soon", long, nil), ("/silent", short, .firstByteTimeout), ("/soon", short, nil),
            ("/late", long, nil), ("/late", short, .firstByteTimeout), ("/soon", long, nil),
        ]
        for (target, limits, failure) in steps {
            let outcome = await bench.fetch(.to(server.baseURL, target: target, limits: limits))
            #expect(outcome.failure == failure, "\(target) \(String(describing: outcome.end))")
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        await bench.stop()
    }

    @Test func `a host that takes no connection breaks the limit on connecting`() async throws {
        // A full backlog: Linux drops further SYNs.
        let (listener, port) = PlainSocket.listen()
        Glibc.listen(listener.descriptor, 0)
        let fillers = (0..<4).map { _ in NonblockingFiller(port: port) }
        let bench = try TransferBench()
        let outcome = await bench.fetch(
            .to("http://127.0.0.1:\(port)", limits: TransferLimits(connect: .milliseconds(150))))
        #expect(outcome.failure == .connectTimeout, "\(String(describing: outcome.end))")
        await bench.stop()
        withExtendedLifetime((listener, fillers)) {}
    }

    @Test func `a refused connection and an unknown name are told apart`() async throws {
        let bench = try TransferBench()
        let refused = await bench.fetch(.to("http://127.0.0.1:\(PlainSocket.freePort())"))
        #expect(refused.failure == .connect)
        #expect(refused.order == "e")
        let unknown = await bench.fetch(.to("http://no-such-host.invalid"))
        #expect(unknown.failure == .resolve)
        await bench.stop()
    }

    @Test(arguments: [
        ("ftp://127.0.0.1", "/"), ("http://", "/"), ("http://user:secret@127.0.0.1", "/"),
        ("http://127.0.0.1", "no-slash"), ("http://127.0.0.1", "/a b"),
        ("http://127.0.0.1", "/a\r\nx: y"),
    ])
    func `an address that cannot be used fails before anything is sent`(
        _ baseURL: String, _ target: String
    ) async throws {
        let bench = try TransferBench()
        let outcome = await bench.fetch(.to(baseURL, target: target))
        #expect(outcome.failure == .resolve, "\(String(describing: outcome.end))")
        #expect(outcome.order == "e")
        await bench.stop()
    }

    @Test(arguments: [
        ("x-a", "b\r\nx-c: d"), ("x-a", "b\nc"), ("x\r\n-a", "b"), ("x a", "b"), ("", "b"),
        ("x-a", "nul\0"),
    ])
    func `a field that would break out of its line is refused and not shown`(
        _ name: String, _ value: String
    ) async throws {
        let server = LoopbackServer { connection, _ in _ = connection.readAll() }
        defer { server.stop() }
        let bench = try TransferBench()
        var fields = HTTPFields()
        fields.append(name, "sk-secret" + value)
        let outcome = await bench.fetch(.to(server.baseURL, fields: fields))
        #expect(outcome.failure == .malformed)
        if case .failed(let failure) = outcome.end { #expect(!failure.detail.contains("secret")) }
        #expect(server.connectionCount == 0)
        await bench.stop()
    }

    /// Keeps one place of a backlog taken.
    private final class NonblockingFiller {
        private let socket: PlainSocket
        init(port: UInt16) {
            socket = PlainSocket.connectWithoutWaiting(port: port)
        }
    }
}
