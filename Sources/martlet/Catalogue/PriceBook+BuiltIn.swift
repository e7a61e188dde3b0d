// SPDX-License-Identifier: Apache-2.0
package import Accounting
import CCatalogue

extension PriceBook {
    /// The book of `Config/models.jsonl` that this binary carries.
    package static let builtIn: PriceBook = {
        do throws(PriceBookError) {
            return try PriceBook(EmbeddedPrices())
        } catch {
            // A defect of the build, not of the machine: a test reads the same bytes.
            fatalError("Config/models.jsonl: \(error)")
        }
    }()
}

/// The bytes of `Config/models.jsonl` in the binary's read-only segment: never copied.
private struct EmbeddedPrices: PriceText {
    func read<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let bytes = UnsafeBufferPointer(
            start: martlet_models_jsonl_start(), count: martlet_models_jsonl_count)
        return body(bytes.span)
    }
}
