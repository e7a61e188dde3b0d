// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The vectors of an answer, as the provider sent it or as the client got it, read by Foundation
/// and none of the gateway's code.
struct EmbeddingsReading {
    /// Numbers as doubles; nil for a vector that came as something else.
    var vectors: [[Double]?] = []
    /// Vectors that came as strings.
    var texts: [String?] = []
    /// Input tokens, however they are called.
    var tokens: Int?
    var usage: [String: Any]?
    var error: [String: Any]?
    var isEmpty: Bool { vectors.isEmpty }

    /// - Parameter isInt8: whether a text is the base64 of signed bytes, and read as these numbers.
    init(_ body: [UInt8], isInt8: Bool = false) {
        guard let object = PublicRecording.json(Data(body)) else { return }
        error = object["error"] as? [String: Any]
        usage = object["usage"] as? [String: Any]
        for item in Self.items(object) {
            if isInt8, let text = item as? String, let data = Data(base64Encoded: text) {
                texts.append(nil)
                vectors.append(data.map { Double(Int8(bitPattern: $0)) })
                continue
            }
            texts.append(item as? String)
            vectors.append((item as? [NSNumber])?.map(\.doubleValue))
        }
        tokens =
            usage?["prompt_tokens"] as? Int ?? usage?["total_tokens"] as? Int
            ?? object["prompt_eval_count"] as? Int ?? object["inputTextTokenCount"] as? Int
            ?? (object["usageMetadata"] as? [String: Any])?["promptTokenCount"] as? Int
            ?? Self.predicted(object)
            ?? ((object["meta"] as? [String: Any])?["billed_units"] as? [String: Any])?[
                "input_tokens"] as? Int
    }

    /// Vertex AI counts each text by itself.
    private static func predicted(_ object: [String: Any]) -> Int? {
        (object["predictions"] as? [[String: Any]])?.compactMap {
            let embeddings = $0["embeddings"] as? [String: Any]
            return (embeddings?["statistics"] as? [String: Any])?["token_count"] as? Int
        }.reduce(0, +)
    }

    private static func items(_ object: [String: Any]) -> [Any] {
        if let data = object["data"] as? [[String: Any]] {
            return data.compactMap { $0["embedding"] }
        }
        if let predictions = object["predictions"] as? [[String: Any]] {
            return predictions.compactMap { ($0["embeddings"] as? [String: Any])?["values"] }
        }
        if let one = object["embedding"] {
            return [(one as? [String: Any])?["values"] ?? one]
        }
        if let types = object["embeddings"] as? [String: Any] {
            return types.values.first as? [Any] ?? []
        }
        return (object["embeddings"] as? [Any] ?? []).map {
            ($0 as? [String: Any])?["values"] ?? $0
        }
    }

    /// The floats of a vector, from numbers or from base64.
    func floats(_ index: Int) -> [Float]? {
        if let numbers = vectors[index] { return numbers.map { Float($0) } }
        guard let text = texts[index], let data = Data(base64Encoded: text), data.count % 4 == 0
        else { return nil }
        let bytes = Array(data)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            let bits = (0..<4).map { UInt32(bytes[start + $0]) << (8 * $0) }
            return Float(bitPattern: bits.reduce(0, |))
        }
    }
}
