// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Providers
import Routing
import Wire

/// `martlet check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the settings without connecting to anything.",
        discussion: "Exits with 1 where the settings could not be served.")

    @OptionGroup var settings: SettingsOption

    func run() throws {
        let reading = settings.load()
        for diagnostic in reading.diagnostics { print(diagnostic) }
        let errors = reading.diagnostics.count { $0.severity == .error }
        guard let settings = reading.settings else {
            print(errors == 1 ? "1 error" : "\(errors) errors")
            throw ExitCode.failure
        }
        print(settings.summary)
    }
}

extension Settings {
    /// What was understood, for people: no key is in it.
    package var summary: String {
        var lines = [
            "settings   \(file ?? "none, from the environment"), version \(gateway.version)"
        ]
        lines += listen.map { "listen     \($0.url)" }
        lines.append("data       \(dataDirectory)")
        for provider in gateway.providers.values.sorted(by: { $0.id < $1.id }) {
            let origin = keyOrigins[provider.id] ?? .none
            lines.append("provider   \(provider.id): \(provider.endpoint.baseURL), \(origin)")
        }
        for route in gateway.routes.values.sorted(by: { $0.name < $1.name }) {
            lines.append("model      \(route.name): \(route.summary)")
        }
        return (lines + ["ok"]).joined(separator: "\n")
    }
}

extension Route {
    /// Shape: `a/b, c/d`, in this order, or `weighted of a/b (weight 3), inner-route`.
    fileprivate var summary: String {
        let choices = members.map { member in
            member.weight == 1
                ? member.choice.name : "\(member.choice.name) (weight \(member.weight.text))"
        }
        let list = choices.joined(separator: ", ")
        return strategy == .ordered ? list : "\(strategy.rawValue) of \(list)"
    }
}

extension Double {
    /// Whole numbers without their point.
    fileprivate var text: String { self == rounded() ? String(Int(self)) : String(self) }
}
