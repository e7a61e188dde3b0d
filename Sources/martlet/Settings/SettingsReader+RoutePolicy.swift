// SPDX-License-Identifier: Apache-2.0
import Gateway
import Routing

extension SettingsReader {
    /// The keys of a route that say how hard a call is tried.
    static let policyKeys = ["retries", "hedge", "deadline", "first_token", "fallbacks", "resume"]

    /// A route's policy: that of the whole file where the route does not say its own.
    mutating func readRoutePolicy(
        _ members: [String: YAMLNode], _ what: String, gateway: GatewayConfiguration
    ) -> RoutePolicy {
        var policy = gateway.defaultPolicy
        if let node = members["retries"] {
            policy.retries = readRetries(node, "\(what).retries", default: policy.retries)
        }
        if let node = members["hedge"] { policy.hedge = readHedge(node, "\(what).hedge") }
        readLimit(members["deadline"], "\(what).deadline", into: &policy.deadline)
        readLimit(members["first_token"], "\(what).first_token", into: &policy.firstToken)
        if let node = members["resume"] {
            policy.resume = readChoice(node, "\(what).resume") ?? policy.resume
        }
        if let node = members["fallbacks"] {
            let path = "\(what).fallbacks"
            let kinds = readMembers(
                of: node, in: path, known: ["context_length", "content_filter"])
            if let node = kinds["context_length"] {
                policy.contextFallbacks = readTargets(node, "\(path).context_length", gateway)
            }
            if let node = kinds["content_filter"] {
                policy.filterFallbacks = readTargets(node, "\(path).content_filter", gateway)
            }
        }
        return policy
    }

    /// The limits of a whole call that `timeouts` has beside those of a transfer.
    mutating func readCallLimits(_ members: [String: YAMLNode], into policy: inout RoutePolicy) {
        readLimit(members["first_token"], "timeouts.first_token", into: &policy.firstToken)
        readLimit(members["call"], "timeouts.call", into: &policy.deadline)
    }

    private mutating func readLimit(
        _ node: YAMLNode?, _ what: String, into limit: inout Duration?
    ) {
        if let node, let read = readDurationOrOff(node, what) { limit = read }
    }

    /// Shape: `{ limit: 1, base: 200ms, longest: 5s, budget: 20% }`.
    mutating func readRetries(
        _ node: YAMLNode, _ what: String, default policy: RetryPolicy
    ) -> RetryPolicy {
        var policy = policy
        let members = readMembers(
            of: node, in: what, known: ["limit", "base", "longest", "budget"])
        if let node = members["limit"] {
            policy.limit = readInteger(node, "\(what).limit", in: 0...10) ?? policy.limit
        }
        if let node = members["base"] {
            policy.base = readDuration(node, "\(what).base") ?? policy.base
        }
        if let node = members["longest"] {
            policy.longest = readDuration(node, "\(what).longest") ?? policy.longest
        }
        if let node = members["budget"] {
            policy.budgetShare = readShare(node, "\(what).budget") ?? policy.budgetShare
        }
        failUnless(policy.base, "\(what).base", isUpTo: policy.longest, "\(what).longest", node)
        return policy
    }

    /// Shape: `{ window: 30s, calls: 10, share: 50%, consecutive: 5, open: 5s, longest: 2m,
    /// probes: 2, successes: 2 }`.
    mutating func readBreaker(_ node: YAMLNode, _ policy: BreakerPolicy) -> BreakerPolicy {
        var policy = policy
        let durations: [(String, WritableKeyPath<BreakerPolicy, Duration>)] = [
            ("window", \.window), ("open", \.open), ("longest", \.longest),
        ]
        let counts: [(String, WritableKeyPath<BreakerPolicy, Int>)] = [
            ("calls", \.calls), ("consecutive", \.consecutive), ("probes", \.probes),
            ("successes", \.successes),
        ]
        let members = readMembers(
            of: node, in: "breaker", known: durations.map(\.0) + counts.map(\.0) + ["share"])
        for (name, path) in durations {
            if let node = members[name], let duration = readDuration(node, "breaker.\(name)") {
                policy[keyPath: path] = duration
            }
        }
        for (name, path) in counts {
            if let node = members[name],
                let count = readInteger(node, "breaker.\(name)", in: 1...1_000)
            {
                policy[keyPath: path] = count
            }
        }
        if let node = members["share"], let share = readShare(node, "breaker.share") {
            policy.share = share
            if share == 0 { fail(node, "breaker.share must be above 0%") }
        }
        failUnless(policy.open, "breaker.open", isUpTo: policy.longest, "breaker.longest", node)
        return policy
    }

    private mutating func failUnless(
        _ first: Duration, _ what: String, isUpTo longest: Duration, _ limit: String,
        _ node: YAMLNode
    ) {
        guard first > longest else { return }
        fail(
            node,
            "\(what) is \(first.quantityText), which is more than \(limit), "
                + longest.quantityText)
    }

    /// Shape: `{ after: p95, budget: 3% }`, or `off`.
    private mutating func readHedge(_ node: YAMLNode, _ what: String) -> HedgePolicy? {
        if node.text == "off" { return nil }
        var policy = HedgePolicy()
        let members = readMembers(of: node, in: what, known: ["after", "budget"])
        if let node = members["after"], let delay = readHedgeDelay(node, "\(what).after") {
            policy.delay = delay
        }
        if let node = members["budget"] {
            policy.budgetShare = readShare(node, "\(what).budget") ?? policy.budgetShare
        }
        return policy
    }

    private mutating func readHedgeDelay(_ node: YAMLNode, _ what: String) -> HedgePolicy.Delay? {
        guard let text = readText(node, what) else { return nil }
        if text == "p95" { return .percentile95 }
        if let duration = Duration(quantity: text), duration > .zero { return .fixed(duration) }
        fail(
            node, "\(what) cannot be \"\(text)\"",
            hint: "write p95, or a length of time such as 300ms")
        return nil
    }
}
