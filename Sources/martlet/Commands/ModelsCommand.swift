// SPDX-License-Identifier: Apache-2.0
import Accounting
import ArgumentParser
import Gateway
import JSON
import Providers
import Routing

/// `martlet models`
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models that can be called, with context and prices.",
        discussion: """
            Lists the names of the settings, then what the built-in catalogue knows of the \
            providers that are set up. Other models of theirs can be called as provider/model, too.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(help: "List the whole catalogue, also of providers that are not set up.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let lines =
            all
            ? PriceBook.builtIn.rows().filter { $0.operation != nil }
                .map { ModelLine(name: "\($0.provider)/\($0.model)", row: $0) }
            : try settings.loadOrExit().gateway.modelLines
        print(json ? ModelLine.json(lines) : ModelLine.table(lines))
    }
}

extension GatewayConfiguration {
    /// A line for each name that `/v1/models` lists.
    fileprivate var modelLines: [ModelLine] {
        modelNames.map { name in
            if let route = routes[name] {
                let targets = route.targets.map(\.description)
                guard let first = route.targets.first else { return ModelLine(name: name) }
                return ModelLine(name: name, targets: targets, row: row(of: first))
            }
            return ModelLine(name: name, row: Target(name).flatMap(row(of:)))
        }
    }
}

/// What is shown of one model.
struct ModelLine {
    var name: String
    /// For a route: where it leads, in order. The rest is what is known of the first one.
    var targets: [String] = []
    var row: ModelRow?

    /// USD per million tokens, or nil where that is not known.
    private func price(_ path: KeyPath<TokenPrices, Picodollars?>) -> String? {
        row?.prices.standard.prices[keyPath: path]?.multiplied(by: 1_000_000)?.decimalText
    }

    static func table(_ lines: [ModelLine]) -> String {
        var table = TextTable([
            ("model", .left), ("context", .right), ("input USD/M", .right),
            ("output USD/M", .right), ("retires", .left), ("targets", .left),
        ])
        for line in lines {
            table.add([
                line.name, line.row?.contextTokens.map(String.init) ?? "-",
                line.price(\.input) ?? "unknown", line.price(\.output) ?? "unknown",
                line.row?.retiresOn ?? "", line.targets.joined(separator: ", "),
            ])
        }
        return String(table.text.dropLast())
    }

    /// Shape: `[{"id", "targets", "context_tokens", "max_output_tokens",
    /// "usd_per_million_tokens": {"input", "output"}, "retires_on"}]`, null for what is not known.
    static func json(_ lines: [ModelLine]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for line in lines { line.write(to: &writer) }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(name)
        if !targets.isEmpty {
            writer.key("targets")
            writer.beginArray()
            for target in targets { writer.string(target) }
            writer.endArray()
        }
        writer.key("context_tokens")
        writer.integer(orNull: row?.contextTokens)
        writer.key("max_output_tokens")
        writer.integer(orNull: row?.maximumOutputTokens)
        writer.key("usd_per_million_tokens")
        writer.beginObject()
        writer.key("input")
        writer.string(orNull: price(\.input))
        writer.key("output")
        writer.string(orNull: price(\.output))
        writer.endObject()
        writer.key("retires_on")
        writer.string(orNull: row?.retiresOn)
        writer.endObject()
    }
}
