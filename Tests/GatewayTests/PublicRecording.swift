// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// One exchange with a real provider, read from `../shared/recordings` at test time.
struct PublicRecording: Sendable, CustomTestStringConvertible {
    var id: String
    var provider: String
    var endpoint: String
    var dialect: String
    var model: String?
    var isStream: Bool
    var status: Int
    /// Where the request went.
    var url: String
    /// Of the answer.
    var fields: [String: String]
    var body: [UInt8]
    /// The request's body as JSON, or nil where it was not recorded.
    var request: [UInt8]?

    var testDescription: String { id }
    var isSuccess: Bool { (200..<300).contains(status) }

    /// The folder, or nil where this checkout has none beside it.
    static let folder: URL? = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let folder = root.appendingPathComponent("../shared/recordings").standardizedFileURL
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// All exchanges of the chat endpoint in OpenAI's dialect; none where there is no folder.
    static let openAIChat = all(of: ["openai-chat"])

    /// All exchanges in the given dialects, in the order of the index; none where there is no folder.
    static func all(of dialects: Set<String>) -> [PublicRecording] {
        all { dialects.contains($0["dialect"] as? String ?? "") }
    }

    /// All exchanges with the given endpoints.
    static func all(with endpoints: Set<String>) -> [PublicRecording] {
        all { endpoints.contains($0["endpoint"] as? String ?? "") }
    }

    static func all(where isWanted: ([String: Any]) -> Bool) -> [PublicRecording] {
        guard let folder,
            let index = try? String(
                contentsOf: folder.appendingPathComponent("index.jsonl"), encoding: .utf8)
        else { return [] }
        return index.split(separator: "\n").compactMap { line in
            guard let row = json(Data(line.utf8)), isWanted(row), let file = row["file"] as? String
            else { return nil }
            return load(folder.appendingPathComponent(file))
        }
    }

    private static func load(_ file: URL) -> PublicRecording? {
        guard let data = try? Data(contentsOf: file), let record = json(data),
            let id = record["id"] as? String, let provider = record["provider"] as? String,
            let response = record["response"] as? [String: Any],
            let status = response["status"] as? Int, let text = response["body"] as? String,
            let body = response["body_encoding"] as? String == "base64"
                ? Data(base64Encoded: text) : Data(text.utf8)
        else { return nil }
        let request = record["request"] as? [String: Any]
        let sent = (request?["body"] as? [String: Any]).flatMap {
            try? JSONSerialization.data(withJSONObject: $0)
        }
        return PublicRecording(
            id: id, provider: provider, endpoint: record["endpoint"] as? String ?? "",
            dialect: record["dialect"] as? String ?? "", model: record["model"] as? String,
            isStream: record["stream"] as? Bool ?? false, status: status,
            url: request?["url"] as? String ?? "",
            fields: response["headers"] as? [String: String] ?? [:], body: Array(body),
            request: sent.map { Array($0) })
    }

    static func json(_ data: Data) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    }
}
