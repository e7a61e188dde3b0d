// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Wire

extension ClientWishes {
    private static let prefix = Array("x-martlet-".utf8)
    private static let longestDeadline = Duration.seconds(24 * 60 * 60)
    private static let mostRetries = 10

    /// Reads the header fields that are meant for the gateway.
    ///
    /// Throws: a 400 that names the field whose value cannot be meant.
    mutating func read(_ fields: HTTPFields) throws(APIError) {
        for index in 0..<fields.count where fields.isNamed(index, beginningWith: Self.prefix) {
            let name = fields[index].name.lowercased()
            guard fields.all(name).count == 1 else {
                throw .invalid(name, "\(name) is there more than once.")
            }
            try read(name, fields[index].value)
        }
    }

    private mutating func read(_ name: String, _ value: String) throws(APIError) {
        switch name {
        case "x-martlet-timeout": routing.deadline = try Self.deadline(name, value)
        case "x-martlet-retries":
            guard let number = Int(value), (0...Self.mostRetries).contains(number) else {
                throw .invalid(name, "\(name) is not a whole number from 0 to \(Self.mostRetries).")
            }
            routing.retries = number
        case "x-martlet-no-fallback": routing.forbidsFallback = try Self.flag(name, value)
        case "x-martlet-explain": routing.wantsExplanation = try Self.flag(name, value)
        case "x-martlet-strict": isStrict = try Self.flag(name, value)
        default: unheeded.append(name)
        }
    }

    private static func flag(_ name: String, _ value: String) throws(APIError) -> Bool {
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalid(name, "\(name) is not true or false.")
        }
    }

    /// Shape: `30`, `30s`, `1500ms`, `2m`.
    private static func deadline(_ name: String, _ value: String) throws(APIError) -> Duration {
        let digits = value.prefix { ("0"..."9").contains($0) }
        let unit: Duration? =
            switch value.dropFirst(digits.count) {
            case "ms": .milliseconds(1)
            case "", "s": .seconds(1)
            case "m": .seconds(60)
            default: nil
            }
        guard let unit, let number = Int32(digits), number > 0,
            unit * Int(number) <= longestDeadline
        else {
            throw .invalid(
                name, "\(name) is no time of up to 24 hours: write seconds, or 1500ms, 30s, 2m.")
        }
        return unit * Int(number)
    }
}
