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
        if policy.base > policy.longest {
            let (base, longest) = (policy.base.quantityText, policy.longest.quantityText)
            fail(node, "\(what).base is \(base), which is more than \(what).longest, \(longest)")
        }
        return policy
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
