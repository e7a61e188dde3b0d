// SPDX-License-Identifier: Apache-2.0
import Routing

/// Values of targets, made once. Model names come from clients, so that their number has a bound.
struct TargetCache<Value> {
    private var values: [Target: Value] = [:]

    static var maximumCount: Int { 4_096 }

    /// The value of a target, made where it is not kept.
    mutating func value(of target: Target, make: () -> Value) -> Value {
        if let known = values[target] { return known }
        if values.count >= Self.maximumCount { values.removeAll(keepingCapacity: true) }
        let value = make()
        values[target] = value
        return value
    }
}
