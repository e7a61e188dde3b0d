// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON

/// The prices and limits of all models that the catalogue knows.
///
/// Shape: `Config/models.jsonl`, described in `Config/README.md`. Nothing is parsed but the header
/// and the one row that is asked for: the book itself takes no memory. A look-up takes a few
/// microseconds: whoever asks for the same model often may keep its prices.
package struct PriceBook: Sendable {
    /// When and what: `2026-11-24-949cf854`, the day of the last change and the start of the
    /// rows' SHA-256. Written beside each computed cost.
    package let version: String
    /// How many models there are.
    package let count: Int
    private let text: any PriceText

    /// Reads the header. The rows' order and contents are `scripts/make-catalogue`'s promise.
    ///
    /// Throws: `notACatalogue` where the first line is no header.
    package init(_ text: any PriceText) throws(PriceBookError) {
        let header = text.read { bytes in
            var count = 0
            while count < min(bytes.count, 4096), bytes[count] != UInt8(ascii: "\n") { count += 1 }
            return try? JSONDocument(parsing: bytes.extracting(first: count))
        }
        guard let header, header.isString(header.member("catalogue", of: header.root), "models"),
            let version = header.string(header.member("version", of: header.root)),
            let count = header.integer(header.member("rows", of: header.root))
        else { throw .notACatalogue }
        self.version = version
        self.count = count
        self.text = text
    }

    /// The book of a text in memory. Throws as above.
    package init(_ bytes: [UInt8]) throws(PriceBookError) { try self.init(PriceBytes(bytes)) }

    /// A book without a row: every price is unknown.
    package init() {
        version = "empty"
        count = 0
        text = PriceBytes([])
    }

    /// The day of the version, for lists that show when a model was added. Units: seconds since 1970
    /// at midnight UTC; 0 for a version without a day.
    package var createdSeconds: Int {
        let parts = version.split(separator: "-").prefix(3).map { Int($0) ?? 0 }
        guard parts.count == 3, (1...9_999).contains(parts[0]) else { return 0 }
        let day = CivilTime.dayNumber(year: parts[0], month: parts[1], day: parts[2])
        return day.map { $0 * 86_400 } ?? 0
    }

    /// The row of a model, by exact names, or nil.
    ///
    /// `gemini` and `vertex` write a model as `x` or `models/x`; both are the same row. A dated
    /// snapshot is not its undated model: what has no row has no price.
    package func row(provider: String, model: String) -> ModelRow? {
        find(provider, model) { ModelRow(parsing: $0) }
    }

    /// The prices of a model; finds what `row` does, in half the time.
    package func prices(provider: String, model: String) -> ModelPrices? {
        find(provider, model) { ModelPrices(parsing: $0) }
    }

    private func find<Found>(
        _ provider: String, _ model: String, parse: (Span<UInt8>) -> Found?
    ) -> Found? {
        if let found = findExactly(provider, model[...], parse: parse) { return found }
        let isGoogle = provider == "gemini" || provider == "vertex"
        guard isGoogle, model.hasPrefix("models/") else { return nil }
        return findExactly(provider, model.dropFirst("models/".count), parse: parse)
    }

    private func findExactly<Found>(
        _ provider: String, _ model: Substring, parse: (Span<UInt8>) -> Found?
    ) -> Found? {
        guard provider.utf8.allSatisfy(Self.isPlain), model.utf8.allSatisfy(Self.isPlain) else {
            return nil
        }
        let prefix = Array("{\"provider\":\"\(provider)\",\"model\":\"\(model)\"".utf8)
        return text.read { bytes in
            SortedLines.line(startingWith: prefix, in: bytes)
                .flatMap { parse(bytes.extracting($0)) }
        }
    }

    /// Whether a byte of a name stands in the text as it is: the catalogue has no other names.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// All rows, in the order of the text: for lists. Parses every one.
    package func rows() -> [ModelRow] {
        text.read { bytes in
            var rows: [ModelRow] = []
            rows.reserveCapacity(count)
            var start = 0
            for end in 0..<bytes.count where bytes[end] == UInt8(ascii: "\n") {
                if let row = ModelRow(parsing: bytes.extracting(start..<end)) { rows.append(row) }
                start = end + 1
            }
            return rows
        }
    }

    /// What `usage` costs; `.unknown` where the model has no row or anything of it no price.
    ///
    /// - Parameter serviceTier: as the provider's answer names it; see `ModelPrices.cost`.
    package func cost(
        of usage: Usage, provider: String, model: String, serviceTier: String? = nil
    ) -> Cost {
        prices(provider: provider, model: model)?
            .cost(of: usage, serviceTier: serviceTier) ?? .unknown
    }
}

/// Why a text is no price book.
package enum PriceBookError: Error, Sendable, Equatable {
    /// The first line is not the header of `Config/models.jsonl`.
    case notACatalogue
}
