// SPDX-License-Identifier: Apache-2.0
import JSON

/// All that the catalogue knows of one model of one provider. Absent is unknown.
package struct ModelRow: Sendable, Equatable {
    package var provider: String
    /// The id that the provider expects.
    package var model: String
    /// `chat`, `responses`, `completion`, `embedding` …
    package var mode: String
    package var contextTokens: Int?
    package var maximumOutputTokens: Int?
    package var embeddingDimensions: Int?
    package var prices: ModelPrices
    /// Sorted: `json_schema`, `reasoning`, `tools`, `vision` …
    package var capabilities: [String]
    /// The vendor's shutdown date, `2027-04-14`.
    package var retiresOn: String?
    /// Where the price was read.
    package var source: String?
    /// Whether the row was added by hand.
    package var isUnverified: Bool
}

extension ModelRow {
    /// The row in one line of `Config/models.jsonl`, or nil where it is none.
    init?(parsing line: Span<UInt8>) {
        guard let document = try? JSONDocument(parsing: line) else { return nil }
        func member(_ key: String) -> JSONDocument.Node? {
            document.member(key, of: document.root)
        }
        guard let provider = document.string(member("provider")),
            let model = document.string(member("model")),
            let mode = document.string(member("mode")), let prices = ModelPrices(document)
        else { return nil }
        self.provider = provider
        self.model = model
        self.mode = mode
        self.contextTokens = document.integer(member("context_tokens"))
        self.maximumOutputTokens = document.integer(member("max_output_tokens"))
        self.embeddingDimensions = document.integer(member("embedding_dimensions"))
        self.prices = prices
        self.capabilities =
            document.children(of: member("capabilities")).compactMap { document.string($0) }
        self.retiresOn = document.string(member("retires_on"))
        self.source = document.string(member("source"))
        self.isUnverified = document.bool(member("unverified")) ?? false
    }
}
