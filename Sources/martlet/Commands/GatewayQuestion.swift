// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CurlTransport
import Shard
import Wire

/// One request to a running gateway.
struct GatewayQuestion {
    /// The gateway's address: `http://127.0.0.1:8080`, with or without `/v1`.
    let url: String

    /// The status and the body of its answer; throws, after saying why, where there is none.
    func answer(to request: HTTPRequest) async throws -> (status: Int, body: [UInt8]) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ValidationError("\(url) is no address; write http://127.0.0.1:8080")
        }
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        if base.hasSuffix("/v1") { base = base.dropLast(3) }
        let question = TransferRequest(
            endpoint: Endpoint(baseURL: String(base)), message: request, limits: TransferLimits())
        let shard = try Shard(name: "martlet.question")
        shard.start()
        let collector = await shard.run { AnswerCollector(on: $0) }
        let answer = await collector.answer(to: question)
        await shard.run { _ in collector.close() }
        await shard.shutdown()
        switch answer {
        case .success(let answer): return answer
        case .failure(let failure):
            printToStandardError("\(url) does not answer: \(failure.detail)")
            throw ExitCode.failure
        }
    }
}

/// Collects one answer.
///
/// Isolation: `@unchecked Sendable`, because the queue of `shard` owns everything in it: it is made
/// and touched inside `run` and `post` of that shard only.
private final class AnswerCollector: TransferReceiver, @unchecked Sendable {
    typealias Answer = Result<(status: Int, body: [UInt8]), TransferFailure>

    private let shard: Shard
    private let transport: CurlTransport
    private var transfer: (any Transfer)?
    private var continuation: CheckedContinuation<Answer, Never>?
    private var status = 0
    private var body: [UInt8] = []

    /// Called on the shard.
    init(on shard: isolated Shard) {
        self.shard = shard
        transport = CurlTransport(loop: shard.loop, userAgent: "martlet/\(Version.number)")
    }

    /// From any thread, once.
    func answer(to request: TransferRequest) async -> Answer {
        await withCheckedContinuation { continuation in
            shard.post { _ in
                self.continuation = continuation
                self.transfer = self.transport.start(request, receiver: self)
            }
        }
    }

    /// Called on the shard, last.
    func close() { transport.close() }

    func transferDidReceive(head: HTTPReplyHead) { status = head.status }

    func transferDidReceive(_ bytes: Span<UInt8>) { body.append(bytesOf: bytes) }

    func transferDidEnd(_ end: TransferEnd) {
        let answer: Answer =
            switch end {
            case .complete: .success((status, body))
            case .failed(let failure): .failure(failure)
            }
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
