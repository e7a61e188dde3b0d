// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import Providers
import Routing

extension SettingsReader {
    /// The end of a model is said so long ahead. Units: days.
    private static let notice: Int64 = 30

    /// What becomes of retired models, and what is called in their place.
    mutating func readRetirement(
        _ members: [String: YAMLNode], into gateway: inout GatewayConfiguration
    ) {
        if let node = members["on_retired"],
            let policy: RetiredPolicy = readChoice(node, "on_retired")
        {
            gateway.onRetired = policy
            if policy == .redirect, members["replacements"] == nil {
                fail(
                    node, "on_retired: redirect has nowhere to go",
                    hint: "write replacements: { <retired>: <replacement> }, each provider/model")
            }
        }
        guard let node = members["replacements"] else { return }
        for (key, value) in readPairs(of: node, in: "replacements") {
            guard let old = readTarget(key.node, gateway: gateway),
                let new = readTarget(value, gateway: gateway)
            else { continue }
            gateway.replacements[old] = new
            if let circle = gateway.replacementCircle(from: old) {
                fail(key.node, "replacements lead back to where they begin: \(circle)")
                gateway.replacements[old] = nil
            }
        }
        for (_, value) in readPairs(of: node, in: "replacements") {
            if let target = value.text.flatMap({ Target($0) }) {
                warnIfRetired(target, at: value, gateway: gateway)
            }
        }
    }

    /// Says where a model has ended or is about to, and no replacement is called for it.
    mutating func warnIfRetired(
        _ target: Target, at node: YAMLNode, gateway: GatewayConfiguration
    ) {
        if gateway.onRetired == .redirect, gateway.replacements[target] != nil { return }
        guard let vendor = gateway.providers[target.provider]?.vendor.catalogueID,
            let row = prices.row(provider: vendor, model: target.model),
            let date = row.retiresOn,
            TargetFacts(row, today: surroundings.today + Self.notice).retiredOn != nil
        else { return }
        let isOver = TargetFacts(row, today: surroundings.today).retiredOn != nil
        warn(
            node,
            isOver
                ? "\(RetirementNotice(target, on: date, called: target))"
                : "\(target) will be retired on \(date)",
            hint: "take another model")
    }
}

extension GatewayConfiguration {
    /// The way from a target by its replacements back to itself, or nil where there is none.
    ///
    /// Shape: `a/b → c/d → a/b`.
    fileprivate func replacementCircle(from start: Target) -> String? {
        var path = [start]
        while let next = replacements[path[path.count - 1]] {
            path.append(next)
            if next == start { return path.map(\.description).joined(separator: " → ") }
        }
        return nil
    }
}
