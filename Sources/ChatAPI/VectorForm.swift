// SPDX-License-Identifier: Apache-2.0
import JSON

/// How the vectors of an answer are to be written, and how many there are to be.
package struct VectorForm: Sendable, Equatable {
    /// What `encoding_format` asks for.
    package enum Encoding: Sendable {
        /// Numbers: `float`, and where nothing is named.
        case numbers
        /// The base64 of 32-bit floats, lowest byte first.
        case base64
        /// What a vendor has a word of its own for.
        case vendors

        /// The encoding that a request names.
        init(_ name: String?) {
            switch name {
            case nil, "float": self = .numbers
            case "base64": self = .base64
            default: self = .vendors
            }
        }
    }

    package var encoding: Encoding
    /// One for each input.
    package var count: Int

    package init(encoding: Encoding, count: Int) {
        self.encoding = encoding
        self.count = count
    }

    /// The longest answer that is to be expected. Units: bytes.
    ///
    /// No vector on offer has more than 8,192 numbers, and a number with all that stands around it
    /// takes at most 32 bytes: recorded are 4,095 numbers, and 27 bytes each. No JSON text longer
    /// than 512 MiB is read.
    package var longestAnswer: Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 8_192 * 32)
        let most = JSONLimits().maximumByteCount
        return overflow ? most : min(bytes, most)
    }

    /// Whether a vector is a text instead of numbers.
    package var isBase64: Bool { encoding == .base64 }
}

extension ChatRequest {
    /// Checks that there is something to work on; returns the form of the vectors that are asked
    /// for, if any.
    ///
    /// Throws: a 400 that names the parameter.
    static func checkInput(
        of operation: CallOperation, isStream: Bool, _ outline: JSONOutline, _ body: [UInt8]
    ) throws(APIError) -> VectorForm? {
        guard let input = outline[operation.input, in: body.span] else {
            throw missing(operation)
        }
        switch operation {
        case .chat:
            guard input.kind == .array else {
                throw .invalid("messages", code: "invalid_type", "messages is not an array.")
            }
            return nil
        case .completions:
            guard [.string, .array, .null].contains(input.kind) else {
                throw .invalid(
                    "prompt", code: "invalid_type", "prompt is neither a string nor an array.")
            }
            return nil
        case .embeddings:
            guard !isStream else {
                throw .invalid(
                    "stream", code: "unsupported_value", "Embeddings come whole: leave stream out.")
            }
            return VectorForm(
                encoding: .init(outline.string("encoding_format", in: body.span)),
                count: try inputCount(input, body))
        }
    }

    private static func missing(_ operation: CallOperation) -> APIError {
        let advice =
            switch operation {
            case .chat: "send the conversation as an array of messages."
            case .completions: "send the text to go on from. Messages go to /v1/chat/completions."
            case .embeddings: "send a text, or an array of texts."
            }
        return .invalid(
            operation.input, code: "missing_required_parameter",
            "\(operation.input) is missing: \(advice)")
    }

    /// More parts, texts or tokens, than any provider takes in one request.
    private static let mostParts = 2 << 20

    /// How many inputs there are: a text, an array of texts, the tokens of a text, or an array of
    /// such arrays.
    private static func inputCount(
        _ input: JSONOutline.Member, _ body: [UInt8]
    ) throws(APIError) -> Int {
        if input.kind == .string { return 1 }
        let limits = JSONLimits(maximumNodeCount: mostParts)
        guard input.kind == .array,
            let document = try? JSONDocument(
                parsing: body.span.extracting(input.valueRange), limits: limits),
            let first = document.firstChild(of: document.root)
        else {
            throw .invalid(
                "input", code: "invalid_type",
                "input is neither a text nor an array of at least one, and at most two million "
                    + "parts.")
        }
        return document.kind(of: first) == .number ? 1 : document.count(of: document.root)
    }
}
