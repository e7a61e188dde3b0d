// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Routing
package import Wire

/// The gateway of one shard: takes requests, knows the running calls.
///
/// Isolation: the shard that owns it.
package final class Gateway: RequestHandler {
    private let ports: GatewayPorts
    private let budgets = AttemptBudgets()
    private var calls: [UInt64: ChatPipeline] = [:]
    private var lastCall: UInt64 = 0

    /// What calls from now on are served with; running ones keep theirs.
    package var configuration: GatewayConfiguration {
        get { served.values }
        set {
            let providers = newValue.providers.keys.flatMap(newValue.callableProviders)
            served.tokens.keep(only: providers)
            served = ServedConfiguration(
                newValue, tokens: served.tokens, fleet: ports.fleet)
            probes?.adopt(newValue)
        }
    }
    private var served: ServedConfiguration
    /// Nil where another shard probes, and from the order to shut down on.
    private var probes: ProviderProbes?
    /// Whether calls are not to be sent here any more.
    private var isDraining = false

    /// - Parameter probesProviders: whether it is the one shard of all that does, where the
    ///   configuration wants it.
    package init(
        ports: GatewayPorts, configuration: GatewayConfiguration, probesProviders: Bool = false
    ) {
        self.ports = ports
        served = ServedConfiguration(
            configuration, tokens: TokenCache(ports: ports), fleet: ports.fleet)
        probes = probesProviders ? ProviderProbes(ports: ports) : nil
        probes?.adopt(configuration)
    }

    /// How many calls are running.
    package var runningCalls: Int { calls.count }

    package func handle(_ request: HTTPRequest, reply: any ReplyWriter) {
        do throws(APIError) {
            switch try Operation.parse(request) {
            case .call(let operation):
                try requireJSON(request)
                start(operation, request, reply)
            case .listModels:
                send(listing.body, over: reply)
            case .showModel(let name):
                _ = try Router.resolve(model: name, among: configuration.fleet)
                send(listing.body(of: name), over: reply)
            case .explain:
                try requireJSON(request)
                let explanation = try RouteExplanation(
                    of: request, in: configuration, served.router, clock: ports.clock,
                    random: ports.random)
                send(explanation.body, over: reply)
            case .listTargets:
                send(targets.body, over: reply)
            case .showLife:
                send(Array(#"{"status":"live"}"#.utf8), over: reply)
            case .showReadiness:
                try requireReadiness()
                send(Array(#"{"status":"ready"}"#.utf8), over: reply)
            }
        } catch {
            refuse(error, request, reply)
        }
    }

    /// Says from now on that no calls are to be sent here; those that come are served.
    package func drain() {
        isDraining = true
        endProbes()
    }

    /// Cuts every running call with an error that says so; returns how many there were.
    package func stopAll() -> Int {
        let running = calls.sorted { $0.key < $1.key }
        for (_, call) in running { call.stop(.shutdown) }
        return running.count
    }

    /// Ends what runs for no call in particular. Called last, before the transport is closed.
    package func close() {
        endProbes()
        served.tokens.close()
    }

    private func endProbes() {
        probes?.close()
        probes = nil
    }

    private func start(
        _ operation: CallOperation, _ request: HTTPRequest, _ reply: any ReplyWriter
    ) {
        let call = ChatPipeline(
            operation, request: request, reply: reply, ports: ports, budgets: budgets,
            configuration: served)
        lastCall += 1
        let number = lastCall
        calls[number] = call
        ports.tasks.start {
            await call.run()
            self.calls[number] = nil
        }
    }

    /// Calls no model: whether providers answer is another question, and its answer would take the
    /// whole gateway from its clients for the trouble of one provider.
    private func requireReadiness() throws(APIError) {
        if isDraining { throw .shutdown }
        guard configuration.providers.isEmpty else { return }
        throw APIError(
            status: 503, kind: .server, code: "no_providers",
            message: "No provider is set up: set a key, or write providers into the settings.")
    }

    /// A page of some web site can send a form or plain text anywhere without asking; what says
    /// that it is JSON, it cannot. So nothing else may spend money.
    private func requireJSON(_ request: HTTPRequest) throws(APIError) {
        guard request.fields.hasValue("content-type", beginningWith: "application/json") else {
            throw APIError(
                status: 415, kind: .invalidRequest, code: "unsupported_media_type",
                message: "Send JSON, with the header Content-Type: application/json.")
        }
    }

    private var listing: ModelListing {
        ModelListing(
            names: configuration.modelNames, created: configuration.prices.createdSeconds)
    }

    private var targets: FleetListing {
        for candidate in configuration.configuredCandidates { _ = ports.fleet.slot(for: candidate) }
        let now = CallRouter.Moment(ports.clock).now
        return FleetListing(reports: ports.fleet.report(at: now), now: now)
    }

    private func send(_ body: [UInt8], over reply: any ReplyWriter) {
        let fields = HTTPFields(["content-type": "application/json"])
        reply.send(HTTPReplyHead(status: 200, fields: fields), body: body)
    }

    private func refuse(_ error: APIError, _ request: HTTPRequest, _ reply: any ReplyWriter) {
        var fields = HTTPFields(["content-type": "application/json"])
        if error.status == 405 {
            fields.append("allow", Operation.allowedMethods(for: request.path))
        }
        reply.send(HTTPReplyHead(status: error.status, fields: fields), body: error.body)
    }
}
