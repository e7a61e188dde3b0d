// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A provider's own OpenAPI description, read from `../shared/specs` at test time.
struct SpecificationCheck {
    private let document: [String: Any]

    /// Nil where the folder is not beside this checkout.
    init?(_ name: String) {
        guard
            let file = PublicRecording.folder?.deletingLastPathComponent()
                .appending(path: "specs/\(name).openapi.json"),
            let data = try? Data(contentsOf: file), let document = PublicRecording.json(data)
        else { return nil }
        self.document = document
    }

    /// What is wrong with the body of a POST; empty where nothing is.
    func problems(of body: [UInt8], to path: String) -> [String] {
        let content = value(
            at: ["paths", path, "post", "requestBody", "content", "application/json", "schema"])
        guard let schema = content as? [String: Any],
            let object = try? JSONSerialization.jsonObject(with: Data(body))
        else { return ["there is no schema of \(path), or no JSON"] }
        return check(object, schema, at: "body")
    }

    /// What is at a place of the description.
    func value(at path: [String]) -> Any? {
        path.reduce(document as Any?) { ($0 as? [String: Any])?[$1] }
    }

    /// As much of JSON Schema as requests for vectors and completions need. Members that a schema
    /// does not name are wrong, whether or not it allows them.
    private func check(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let names = reference.split(separator: "/").dropFirst().map(String.init)
            return check(value, self.value(at: names) as? [String: Any] ?? [:], at: path)
        }
        if let choices = (schema["oneOf"] ?? schema["anyOf"]) as? [[String: Any]] {
            return choices.map { check(value, $0, at: path) }.min { $0.count < $1.count } ?? []
        }
        if let names = schema["enum"] as? [String], !names.contains(value as? String ?? "") {
            return ["\(path) is \(value)"]
        }
        switch schema["type"] as? String {
        case "object": return checkObject(value, schema, at: path)
        case "array":
            guard let list = value as? [Any] else { return ["\(path) is no array"] }
            if let least = schema["minItems"] as? Int, list.count < least {
                return ["\(path) is too short"]
            }
            let items = schema["items"] as? [String: Any] ?? [:]
            return list.flatMap { check($0, items, at: "\(path)[]") }
        case "string": return value is String ? [] : ["\(path) is no string"]
        case "integer": return value is Int ? [] : ["\(path) is no whole number"]
        case "number", "boolean": return value is NSNumber ? [] : ["\(path) is no number"]
        case "null": return value is NSNull ? [] : ["\(path) is not null"]
        default: return []
        }
    }

    private func checkObject(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
        guard let object = value as? [String: Any] else { return ["\(path) is no object"] }
        let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
        guard let members = schema["properties"] as? [String: Any] else { return [] }
        return missing.map { "\(path).\($0) is missing" }
            + object.flatMap { name, member in
                (members[name] as? [String: Any]).map {
                    check(member, $0, at: "\(path).\(name)")
                } ?? ["\(path) has no member \(name)"]
            }
    }
}
