// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Wire

/// One provider's access token on one shard: fetched when a call first needs it, kept, fetched anew
/// ahead of its end.
///
/// Rules:
///  1. One fetch at a time, however many calls wait for it; each of them is told its end once.
///  2. A token that is still good is used while the next one is fetched.
///  3. A fetch ends: by its limits, if by nothing else. After a failure, calls fail at once for
///     `pauseAfterFailure`, so that a broken endpoint is not asked by every call.
/// Isolation: the shard.
final class TokenHolder: TransferReceiver {
    typealias Use = (Result<Secret, UpstreamFailure>) -> Void

    private static let limits = TransferLimits(
        connect: .seconds(5), firstByte: .seconds(10), idle: .seconds(5), total: .seconds(15))
    private static let pauseAfterFailure = Duration.seconds(2)
    /// Units: bytes.
    private static let longestAnswer = 64 << 10

    private let provider: Provider
    private let grant: any TokenGrant
    private let ports: GatewayPorts

    private var token: (secret: Secret, refresh: Instant, end: Instant)?
    private var failure: (told: UpstreamFailure, until: Instant)?
    private var waiting: [Use] = []
    private var transfer: (any Transfer)?
    private(set) var isFetching = false
    private var begin: Instant
    private var head: HTTPReplyHead?
    private var body: [UInt8] = []

    init(of provider: Provider, _ grant: any TokenGrant, ports: GatewayPorts) {
        self.provider = provider
        self.grant = grant
        self.ports = ports
        begin = ports.clock.now
    }

    /// Hands over a token that is good, or why there is none: at once, or when a fetch has ended.
    func withToken(_ use: @escaping Use) {
        let now = ports.clock.now
        let isPausing = failure.map { now < $0.until } ?? false
        if let token, now < token.end {
            if now >= token.refresh && !isFetching && !isPausing { fetch() }
            return use(.success(token.secret))
        }
        if let failure, isPausing { return use(.failure(failure.told)) }
        waiting.append(use)
        if !isFetching { fetch() }
    }

    /// The provider refused a token: the next call gets another one.
    func forget(_ secret: Secret) {
        if token?.secret == secret { token = nil }
    }

    /// Ends a running fetch without a word.
    func close() {
        waiting = []
        transfer?.cancel()
        transfer = nil
        isFetching = false
    }

    private func fetch() {
        isFetching = true
        begin = ports.clock.now
        head = nil
        body = []
        do throws(TokenFailure) {
            let message = try grant.request(at: ports.clock.wallTime)
            let request = TransferRequest(
                endpoint: grant.tokenURL.endpoint, message: message, limits: Self.limits)
            transfer = ports.transport.start(request, receiver: self)
        } catch {
            conclude(.failure(error))
        }
    }

    // MARK: TransferReceiver

    func transferDidReceive(head: HTTPReplyHead) { self.head = head }

    func transferDidReceive(_ bytes: Span<UInt8>) {
        guard body.count + bytes.count <= Self.longestAnswer else {
            transfer?.cancel()
            return conclude(.failure(TokenFailure("the answer is too long")))
        }
        body.append(bytesOf: bytes)
    }

    func transferDidEnd(_ end: TransferEnd) {
        switch end {
        case .failed(let failure):
            conclude(.failure(TokenFailure("\(failure.kind.rawValue): \(failure.detail)")))
        case .complete:
            do throws(TokenFailure) {
                guard let head else { throw TokenFailure("there is no answer") }
                conclude(.success(try AccessToken(head: head, body: body)))
            } catch {
                conclude(.failure(error))
            }
        }
    }

    private func conclude(_ result: Result<AccessToken, TokenFailure>) {
        guard isFetching else { return }
        isFetching = false
        transfer = nil
        body = []
        let uses = waiting
        waiting = []
        switch result {
        case .success(let new):
            token = (
                new.secret, begin.advanced(by: new.refreshAge), begin.advanced(by: new.longestAge)
            )
            failure = nil
            for use in uses { use(.success(new.secret)) }
        case .failure(let reason):
            let told = UpstreamFailure.noToken(reason, provider: provider.id)
            failure = (told, ports.clock.now.advanced(by: Self.pauseAfterFailure))
            ports.report("no access token for \(provider.id): \(reason.detail)")
            for use in uses { use(.failure(told)) }
        }
    }
}

extension UpstreamFailure {
    /// A call that cannot be made, as its provider would not know who makes it.
    fileprivate static func noToken(_ reason: TokenFailure, provider: String) -> UpstreamFailure {
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_authentication",
            message: "The gateway got no access token for \(provider). "
                + "Your key is not at fault: ask the gateway's operator.",
            upstream: .init(provider: provider, status: nil))
        return UpstreamFailure(
            kind: .authentication, retry: .elsewhere, error: error,
            detail: "no access token: \(reason.detail)")
    }
}
