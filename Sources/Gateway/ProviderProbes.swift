// SPDX-License-Identifier: Apache-2.0
import Providers
import Wire

/// Asks the providers for their lists of models, again and again, and tells the fleet which of them
/// answer: the calls of all shards then go elsewhere.
///
/// Rules:
///  1. No model is called: what is sent is `Provider.modelsListRequest` and nothing else. A provider
///     without one is not asked.
///  2. Each credential is asked for itself, by one request at a time.
///  3. It runs on one shard, and not while that shard drains.
/// Isolation: the shard.
final class ProviderProbes {
    private let ports: GatewayPorts
    private var probes: [ProviderProbe] = []

    init(ports: GatewayPorts) { self.ports = ports }

    /// Probes by another configuration from now on.
    func adopt(_ configuration: GatewayConfiguration) {
        close()
        guard let interval = configuration.probeInterval else { return }
        for id in configuration.providers.keys.sorted() {
            for (number, provider) in configuration.callableProviders(of: id).enumerated() {
                guard let message = provider.modelsListRequest else { continue }
                let request = TransferRequest(
                    endpoint: provider.endpoint, message: message, limits: ProviderProbe.limits)
                let probe = ProviderProbe(
                    request, name: number == 0 ? id : "\(id), credential \(number + 1)",
                    slot: ports.fleet.credential(number, of: id), every: interval, ports: ports)
                probes.append(probe)
                probe.begin()
            }
        }
    }

    /// Ends all of it without a word.
    func close() {
        for probe in probes { probe.close() }
        probes = []
    }
}

/// The probes of one credential: one after the other, the time between them by chance up to a tenth
/// longer or shorter than asked for, so that those of many gateways do not come at once. While there
/// is no answer they come ten times as often: calls are kept from the provider no longer than need be.
///
/// Isolation: the shard. States: `waiting` ⇄ `asking` → `closed`.
private final class ProviderProbe: TransferReceiver {
    static let limits = TransferLimits(
        connect: .seconds(2), firstByte: .seconds(5), idle: .seconds(2), total: .seconds(8))
    private static let shortestPause = Duration.seconds(1)
    /// What is read of a list before it is good enough. Units: bytes.
    private static let longestAnswer = 64 << 10

    private enum State {
        case waiting(TimerID?)
        case asking((any Transfer)?)
        case closed
    }

    private let request: TransferRequest
    private let name: String
    private let slot: CredentialSlot
    private let interval: Duration
    private let ports: GatewayPorts
    private var state: State = .waiting(nil)
    private var status: Int?
    private var byteCount = 0
    private var wasAlive = true

    init(
        _ request: TransferRequest, name: String, slot: CredentialSlot, every interval: Duration,
        ports: GatewayPorts
    ) {
        self.request = request
        self.name = name
        self.slot = slot
        self.interval = interval
        self.ports = ports
    }

    /// The first one comes within a tenth of the interval. Called once.
    func begin() { wait(chance(upTo: interval / 10)) }

    func close() {
        switch state {
        case .waiting(let timer): if let timer { ports.clock.cancel(timer) }
        case .asking(let transfer): transfer?.cancel()
        case .closed: break
        }
        state = .closed
    }

    private func wait(_ duration: Duration) {
        let timer = ports.clock.schedule(at: ports.clock.now.advanced(by: duration)) { [self] in
            ask()
        }
        state = .waiting(timer)
    }

    private func ask() {
        status = nil
        byteCount = 0
        state = .asking(nil)
        state = .asking(ports.transport.start(request, receiver: self))
    }

    // MARK: TransferReceiver

    func transferDidReceive(head: HTTPReplyHead) { status = head.status }

    func transferDidReceive(_ bytes: Span<UInt8>) {
        byteCount += bytes.count
        guard byteCount > Self.longestAnswer, case .asking(let transfer) = state else { return }
        transfer?.cancel()
        conclude(trouble: statusTrouble)
    }

    func transferDidEnd(_ end: TransferEnd) {
        switch end {
        case .complete: conclude(trouble: statusTrouble)
        case .failed(let failure): conclude(trouble: failure.kind.rawValue)
        }
    }

    /// Who refuses the question is there: a key may be good for calls alone, and a server need not
    /// have the list.
    private var statusTrouble: String? {
        guard let status else { return "there is no answer" }
        return status < 500 || status == 501 ? nil : "status \(status)"
    }

    private func conclude(trouble: String?) {
        guard case .asking = state else { return }
        let isAlive = trouble == nil
        let pause = isAlive ? interval : max(Self.shortestPause, interval / 10)
        // A failure counts until the next probe has ended, if that takes as long as it may.
        slot.probed(
            isAlive: isAlive, for: pause / 10 * 11 + Self.limits.total,
            at: ports.clock.now.sinceOrigin)
        if let trouble, wasAlive {
            ports.report("\(name) does not answer probes: \(trouble)")
        } else if isAlive, !wasAlive {
            ports.report("\(name) answers probes again")
        }
        wasAlive = isAlive
        wait(pause / 10 * 9 + chance(upTo: pause / 5))
    }

    private func chance(upTo longest: Duration) -> Duration {
        let most = UInt64(max(0, longest.wholeNanoseconds))
        var generator = PortGenerator(ports.random)
        return .nanoseconds(Int64(UInt64.random(in: 0...most, using: &generator)))
    }
}
