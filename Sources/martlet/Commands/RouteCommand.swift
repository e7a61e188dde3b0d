// SPDX-License-Identifier: Apache-2.0
import Accounting
import ArgumentParser
import ChatAPI
import Foundation
import Gateway
import JSON
import Shard
import Wire

/// `martlet route`
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Show where calls go.",
        subcommands: [ExplainCommand.self])
}

/// `martlet route explain`
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show where a call would go, and why. Calls no model.",
        discussion: """
            Decides by the settings, as a gateway does that has just started; with --url a running \
            gateway is asked, which knows how its targets do.
            """)

    @OptionGroup var settings: SettingsOption

    @Argument(help: "The name that a client would call.")
    var model: String?

    @Option(help: ArgumentHelp("A request's body, instead of a name alone.", valueName: "file"))
    var body: String?

    @Option(help: ArgumentHelp("Ask the gateway at this address.", valueName: "url"))
    var url: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (model == nil) != (body == nil) else {
            throw ValidationError("name a model, or a file with --body")
        }
    }

    func run() async throws {
        let request = HTTPRequest(
            method: "POST", target: "/v1/route/explain",
            fields: HTTPFields(["content-type": "application/json"]), body: try requestBody())
        let answer = try await explanation(of: request)
        print(json ? String(decoding: answer, as: UTF8.self) : try ExplanationTable(answer).text)
    }

    private func requestBody() throws -> [UInt8] {
        if let body {
            guard let data = FileManager.default.contents(atPath: body) else {
                throw ValidationError("\(body) cannot be read")
            }
            return Array(data)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("model", string: model ?? "")
        writer.key("messages")
        writer.raw(Array("[]".utf8))
        writer.endObject()
        return writer.finish()
    }

    /// What is printed; throws where the call would be answered with an error, after printing that.
    private func explanation(of request: HTTPRequest) async throws -> [UInt8] {
        if let url {
            let (status, answer) = try await GatewayQuestion(url: url).answer(to: request)
            if status == 200 { return answer }
            throw printing(answer)
        }
        let configuration = try settings.loadOrExit().gateway
        let shard = try Shard(name: "martlet.route")
        shard.start()
        let result = await shard.run { shard in
            Result { () throws(APIError) in
                try RouteExplanation(
                    of: request, in: configuration, fleet: Fleet(), clock: shard.clock,
                    random: shard.random
                ).body
            }
        }
        await shard.shutdown()
        switch result {
        case .success(let answer): return answer
        case .failure(let error): throw printing(error.body)
        }
    }

    /// Prints what a call would be told.
    private func printing(_ answer: [UInt8]) -> ExitCode {
        let text = String(decoding: answer, as: UTF8.self)
        let error = (try? JSONValue(parsing: answer))?["error"]
        printToStandardError(json ? text : error?["message"]?.string ?? text)
        return .failure
    }
}

/// An explanation as people read it.
package struct ExplanationTable {
    private let value: JSONValue

    /// - Parameter answer: what `RouteExplanation` says.
    package init(_ answer: [UInt8]) throws { value = try JSONValue(parsing: answer) }

    /// Lines without an end: the name, a row a candidate, and what was dropped.
    package var text: String {
        var lines: [String] = []
        let model = value["model"]?.string ?? ""
        if let route = value["route"]?.string {
            let order = value["sort"]?.string.map { "sorted by \($0)" }
            let strategy = value["strategy"]?.string ?? ""
            lines.append("\(model): route \(route), \(order ?? strategy)")
        } else {
            lines.append("\(model): a target itself")
        }
        var table = TextTable([
            ("", .right), ("target", .left), ("score", .left), ("estimated USD", .right),
            ("state", .left),
        ])
        for (index, candidate) in (value["candidates"]?.elements ?? []).enumerated() {
            table.add([
                "\(index + 1)", name(candidate), candidate["score"]?.string ?? "",
                candidate["estimated_cost"]?.string ?? "unknown", state(candidate),
            ])
        }
        for exclusion in value["excluded"]?.elements ?? [] {
            let wait = exclusion["until_seconds"]?.integer.map { " (\($0) s)" } ?? ""
            table.add(["-", name(exclusion), "", "", (exclusion["message"]?.string ?? "") + wait])
        }
        lines.append(String(table.text.dropLast()))
        let dropped = value["dropped"]?.elements.compactMap(\.string) ?? []
        if !dropped.isEmpty { lines.append("dropped: \(dropped.joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }

    private func name(_ candidate: JSONValue) -> String {
        let target = candidate["target"]?.string ?? ""
        let credential = candidate["credential"]?.integer ?? 1
        return credential == 1 ? target : "\(target)#\(credential)"
    }

    private func state(_ candidate: JSONValue) -> String {
        var parts: [String] = []
        if candidate["explores"]?.bool == true { parts.append("tried to learn of it") }
        if let count = candidate["calls_in_flight"]?.integer, count > 0 {
            parts.append("\(count) in flight")
        }
        if let time = candidate["first_token_ms"]?.integer { parts.append("\(time) ms to a token") }
        return parts.joined(separator: ", ")
    }
}
