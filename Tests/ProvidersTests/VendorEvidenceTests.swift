// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Testing

/// The quirks of the table against what the vendors really sent.
@Suite(.enabled(if: Evidence.folder != nil, "../shared/recordings is not here"))
struct VendorEvidenceTests {
    private func table() throws -> VendorTable {
        try VendorTable(parsing: Array(Data(contentsOf: VendorTableTests.file)))
    }

    @Test(arguments: ["openrouter", "perplexity", "xai"])
    func `a cost is reported where the row says`(id: String) throws {
        let cost = try #require(try table()[id]?.quirks.reportedCost)
        let usages = Evidence.read(id).flatMap(\.usages)
        let found = usages.filter { usage in
            cost.path.reduce(usage as Any?) { ($0 as? [String: Any])?[$1] } is NSNumber
        }
        #expect(found.count > 20)
    }

    @Test func `no other vendor reports a cost`() throws {
        for vendor in try table().vendors where vendor.quirks.reportedCost == nil {
            let usages = Evidence.read(vendor.id).flatMap(\.usages)
            // Azure hosts a model of xAI; OpenAI's folder has one exchange of a gateway.
            let known = vendor.id == "openai" ? 1 : 0
            #expect(usages.count { $0["cost"] is NSNumber } <= known, "\(vendor.id)")
        }
    }

    @Test(arguments: ["mistral", "databricks", "openrouter", "perplexity"])
    func `usage comes unasked where the row says`(id: String) throws {
        #expect(try table()[id]?.quirks.streamUsage == .always)
        let streams = Evidence.read(id).filter { $0.isStream && $0.isUnasked && $0.isWhole }
        #expect(streams.count >= 3)
        #expect(streams.allSatisfy { !$0.usages.isEmpty })
    }

    @Test func `reasoning is outside output where the row says`() throws {
        for vendor in try table().vendors {
            for usage in Evidence.read(vendor.id).flatMap(\.usages) {
                let details = usage["completion_tokens_details"] as? [String: Any]
                guard let prompt = usage["prompt_tokens"] as? Int,
                    let completion = usage["completion_tokens"] as? Int,
                    let total = usage["total_tokens"] as? Int,
                    let reasoning = details?["reasoning_tokens"] as? Int, reasoning > 0
                else { continue }
                let outside = vendor.quirks.reasoningOutsideOutput ? reasoning : 0
                #expect(prompt + completion + outside == total, "\(vendor.id)")
            }
        }
    }

    @Test func `each finish reason is OpenAI's or has an alias`() throws {
        let standard: Set = ["stop", "length", "tool_calls", "content_filter", "function_call"]
        for vendor in try table().vendors {
            let reasons = Set(Evidence.read(vendor.id).flatMap(\.finishReasons))
            let aliases = Set(vendor.quirks.finishReasonAliases.keys)
            // Snowflake writes an empty one for none.
            #expect(reasons.subtracting(standard).subtracting(aliases).isSubset(of: [""]))
        }
    }
}

/// One recorded exchange, as far as quirks are concerned.
private struct Evidence {
    var isStream: Bool
    /// Whether the request is known, and did not ask for usage.
    var isUnasked: Bool
    var usages: [[String: Any]] = []
    var finishReasons: [String] = []
    var isWhole: Bool { !finishReasons.isEmpty }

    static var folder: URL? {
        let folder = VendorTableTests.file.deletingLastPathComponent()
            .appending(path: "../../shared/recordings").standardizedFileURL
        return FileManager.default.fileExists(atPath: folder.path()) ? folder : nil
    }

    /// The chat exchanges of a vendor that ended with 200.
    static func read(_ vendor: String) -> [Evidence] {
        guard let folder = folder?.appending(path: vendor),
            let files = try? FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: nil)
        else { return [] }
        return files.compactMap { file in
            guard let data = try? Data(contentsOf: file),
                let record = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                record["dialect"] as? String == "openai-chat",
                record["endpoint"] as? String == "chat"
            else { return nil }
            return Evidence(record)
        }
    }

    private init?(_ record: [String: Any]) {
        guard let response = record["response"] as? [String: Any],
            response["status"] as? Int == 200, let body = response["body"] as? String
        else { return nil }
        isStream = record["stream"] as? Bool == true
        let request = (record["request"] as? [String: Any])?["body"] as? [String: Any]
        let options = request?["stream_options"] as? [String: Any]
        isUnasked = request != nil && options?["include_usage"] as? Bool != true
        let texts =
            isStream
            ? body.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("data:") }
                .map { String($0.dropFirst(5)) }
            : [body]
        for text in texts {
            guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
                let object = value as? [String: Any]
            else { continue }
            if let usage = object["usage"] as? [String: Any] { usages.append(usage) }
            for choice in object["choices"] as? [[String: Any]] ?? [] {
                if let reason = choice["finish_reason"] as? String { finishReasons.append(reason) }
            }
        }
    }
}
