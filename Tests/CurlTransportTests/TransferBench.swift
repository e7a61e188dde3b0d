// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import LoopbackSupport
import Shard
import Testing
import Wire

/// What a transfer told, in order.
struct Outcome: Sendable, Equatable {
    var head: HTTPReplyHead?
    var body: [UInt8] = []
    var end: TransferEnd?
    var timings = TransferTimings()
    /// Heads, pieces and ends, in the order they came: `h`, `b`, `e`.
    var order = ""

    var text: String { String(decoding: body, as: UTF8.self) }

    var failure: TransferFailure.Kind? {
        guard case .failed(let failure) = end else { return nil }
        return failure.kind
    }
}

/// Records what a transfer tells, and does what the test wants at each step. On the shard.
final class Recorder: TransferReceiver {
    var outcome = Outcome()
    var transfer: (any Transfer)?
    var onHead: (Recorder) -> Void = { _ in }
    var onBody: (Recorder) -> Void = { _ in }
    var onEnd: (Recorder) -> Void = { _ in }

    func transferDidReceive(head: HTTPReplyHead) {
        outcome.head = head
        outcome.order += "h"
        onHead(self)
    }

    func transferDidReceive(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { outcome.body.append(contentsOf: $0) }
        if outcome.order.last != "b" { outcome.order += "b" }
        onBody(self)
    }

    func transferDidEnd(_ end: TransferEnd) {
        outcome.end = end
        outcome.order += "e"
        outcome.timings = transfer?.timings ?? TransferTimings()
        onEnd(self)
    }
}

/// A shard with a transport on it.
final class TransferBench: Sendable {
    let shard: Shard
    /// Owned by the shard's queue: made, used and closed there.
    nonisolated(unsafe) private var transport: CurlTransport?

    private let idleLimit: Duration

    init(
        driver: any ShardDriver = DispatchSourceDriver(), idleLimit: Duration = .seconds(60)
    ) throws {
        self.idleLimit = idleLimit
        shard = try Shard(name: "test.transfers", driver: driver)
        shard.start()
        shard.post { [self] shard in makeTransport(on: shard) }
    }

    private func makeTransport(on shard: isolated Shard) {
        transport = CurlTransport(loop: shard.loop, userAgent: "martlet/test", idleLimit: idleLimit)
        shard.onShutdown { self.closeTransport() }
    }

    private func closeTransport() {
        transport?.close()
        transport = nil
    }

    /// Runs `body` on the shard with the transport, and waits until it calls its last argument.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (
            isolated Shard, CurlTransport, @escaping @Sendable (Value) -> Void
        ) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in
            shard.post { [self] shard in
                guard let transport else { return }
                body(shard, transport) { continuation.resume(returning: $0) }
            }
        }
    }

    /// One transfer to its end.
    func fetch(_ request: TransferRequest) async -> Outcome {
        await run { _, transport, done in
            let recorder = Recorder()
            recorder.onEnd = { done($0.outcome) }
            recorder.transfer = transport.start(request, receiver: recorder)
            #expect(recorder.outcome.order.isEmpty)
        }
    }

    func stop() async { await shard.shutdown() }
}

extension TransferRequest {
    /// A request to a test's server.
    static func to(
        _ baseURL: String, method: String = "GET", target: String = "/",
        fields: HTTPFields = HTTPFields(), body: String = "",
        limits: TransferLimits = TransferLimits(), authorities: String? = nil
    ) -> TransferRequest {
        TransferRequest(
            endpoint: Endpoint(baseURL: baseURL, certificateAuthorities: authorities),
            message: HTTPRequest(
                method: method, target: target, fields: fields, body: Array(body.utf8)),
            limits: limits)
    }
}
