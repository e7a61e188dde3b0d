// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Testing
import Wire

/// Every recorded request in OpenAI's words, said in Google's, against Google's own types.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct GeminiSchemaTests {
    static let requests = PublicRecording.openAIChat.filter { $0.request != nil }
    let schemas: [String: Any] = {
        guard let folder = PublicRecording.folder,
            let data = try? Data(
                contentsOf: folder.appendingPathComponent(
                    "../specs/gemini-generateContent.schema.json"))
        else { return [:] }
        return PublicRecording.json(data) ?? [:]
    }()

    @Test func `every recorded request is valid, or refused by name`() throws {
        try #require(!Self.requests.isEmpty && !schemas.isEmpty)
        var sent = 0
        for recording in Self.requests {
            do throws(APIError) {
                let body = String(decoding: recording.request ?? [], as: UTF8.self)
                let outgoing = try GeminiRequestTests.request(body)
                let json = PublicRecording.json(Data(outgoing.message.body))
                for problem in problems(of: json ?? [:]) {
                    Issue.record("\(recording.id): \(problem)")
                }
                sent += 1
            } catch {
                let isNamed = error.parameter != nil || error.code == "invalid_json"
                if error.status != 400 || !isNamed { Issue.record("\(recording.id): \(error)") }
            }
        }
        #expect(sent > Self.requests.count * 9 / 10, "\(sent) of \(Self.requests.count)")
    }

    private func problems(of request: [String: Any]) -> [String] {
        var problems: [String] = []
        let places = [
            ("systemInstruction", "Content"), ("generationConfig", "GenerationConfig"),
            ("toolConfig", "ToolConfig"),
        ]
        for (name, schema) in places {
            if let value = request[name] { check(value, named: schema, at: name, &problems) }
        }
        for (name, schema) in [("contents", "Content"), ("tools", "Tool")] {
            for value in request[name] as? [Any] ?? [] {
                check(value, named: schema, at: name, &problems)
            }
        }
        if (request["contents"] as? [Any] ?? []).isEmpty { problems.append("no contents") }
        return problems
    }

    private func check(
        _ value: Any, named name: String, at path: String, _ problems: inout [String]
    ) {
        guard let schema = schemas[name] as? [String: Any] else {
            return problems.append("there is no schema \(name)")
        }
        let definitions = schema["$defs"] as? [String: Any] ?? [:]
        check(value, schema, definitions, at: path, &problems)
    }

    /// As much of JSON Schema as Google's types need: references, alternatives, members, enums.
    private func check(
        _ value: Any, _ schema: [String: Any], _ definitions: [String: Any], at path: String,
        _ problems: inout [String]
    ) {
        if let reference = schema["$ref"] as? String {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            let target = definitions[name] as? [String: Any] ?? [:]
            return check(value, target, definitions, at: path, &problems)
        }
        if let choices = schema["anyOf"] as? [[String: Any]] {
            var fewest: [String]?
            for choice in choices {
                var found: [String] = []
                check(value, choice, definitions, at: path, &found)
                if found.count < fewest?.count ?? .max { fewest = found }
            }
            return problems += fewest ?? []
        }
        if let names = schema["enum"] as? [String], !names.contains(value as? String ?? "") {
            problems.append("\(path) is \(value)")
        }
        switch schema["type"] as? String {
        case "object":
            guard let object = value as? [String: Any] else {
                return problems.append("\(path) is no object")
            }
            guard let members = schema["properties"] as? [String: Any] else { return }
            for (name, member) in object {
                if let inner = members[name] as? [String: Any] {
                    check(member, inner, definitions, at: "\(path).\(name)", &problems)
                } else {
                    problems.append("\(path) has no member \(name)")
                }
            }
        case "array":
            guard let list = value as? [Any] else {
                return problems.append("\(path) is no array")
            }
            let items = schema["items"] as? [String: Any] ?? [:]
            for item in list { check(item, items, definitions, at: "\(path)[]", &problems) }
        case "string":
            if !(value is String) { problems.append("\(path) is no string") }
        case "integer", "number", "boolean":
            if !(value is NSNumber) { problems.append("\(path) is no number") }
        case "null":
            if !(value is NSNull) { problems.append("\(path) is not null") }
        default: break
        }
    }
}
