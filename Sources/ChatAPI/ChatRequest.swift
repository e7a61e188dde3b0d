// SPDX-License-Identifier: Apache-2.0
package import JSON

/// One request for a chat completion, or for another operation: the client's own bytes, scanned
/// once, and what the gateway itself needs of them.
///
/// Everything else passes unread: unknown parameters, key order and number text survive.
/// Source: OpenAI API reference, `POST /chat/completions`, `/completions` and `/embeddings`.
package struct ChatRequest: Sendable {
    package let operation: CallOperation
    /// The body as the client sent it.
    package let body: [UInt8]
    /// Its top-level members.
    package let outline: JSONOutline
    /// Where in the outline those members are that speak of routing; most requests have none.
    package let routingMembers: [Int]
    /// The model as the client names it; the first one of `models` where it sends no `model`.
    package let model: String
    package let isStream: Bool
    /// Whether the client asked for usage at the end of its stream.
    package let wantsUsage: Bool
    /// How vectors are to be answered; nil where none are asked for.
    package let vectors: VectorForm?

    /// Throws: a 400 that says where the text is not JSON, or names the parameter at fault.
    package init(body: [UInt8], operation: CallOperation = .chat) throws(APIError) {
        self.operation = operation
        self.body = body
        do throws(JSONError) {
            outline = try JSONOutline(scanning: body.span)
        } catch {
            throw .invalid(
                nil, code: "invalid_json", "The body is not a JSON object: \(error.message).")
        }
        routingMembers = RoutingMember.places(in: outline, body.span)
        model = try Self.modelName(outline, body)
        isStream = try Self.flag("stream", outline, body)
        let includesUsage = try Self.includesUsage(outline, body)
        wantsUsage = isStream && includesUsage
        vectors = try Self.checkInput(of: operation, isStream: isStream, outline, body)
    }

    /// The value of a member of the body.
    package func value(of member: JSONOutline.Member) -> JSONValue? {
        try? JSONValue(parsing: Array(body[member.valueRange]))
    }

    /// All of the body. Throws: a 400 that says where the text is not JSON.
    package func parsed() throws(APIError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw .invalid(nil, code: "invalid_json", "The body is not JSON: \(error.message).")
        }
    }

    /// The consumption to assume where no provider reports it: a token for every four bytes of
    /// text; embedded files (`data:` URLs) are not counted.
    ///
    /// Complexity: O(n); meant for calls that broke off.
    package func estimatedUsage(outputBytes: Int) -> Usage {
        var usage = Usage()
        usage.uncachedInput = readInput().tokens
        // Vectors are not generated token by token, and nobody counts them.
        usage.output = operation == .embeddings ? 0 : Self.tokens(inBytes: outputBytes)
        return usage
    }

    /// How many tokens a text of so many bytes is taken for.
    static func tokens(inBytes count: Int) -> Int { (count + 3) / 4 }

    private static func modelName(
        _ outline: JSONOutline, _ body: [UInt8]
    ) throws(APIError) -> String {
        if let name = outline.string("model", in: body.span) { return name }
        guard let member = outline["model", in: body.span], member.kind != .null else {
            if let first = try firstModel(outline, body) { return first }
            throw .invalid(
                "model", code: "missing_required_parameter",
                "model is missing: name one that GET /v1/models lists, or provider/model.")
        }
        throw .invalid("model", code: "invalid_type", "model is not a string.")
    }

    private static func flag(
        _ name: String, _ outline: JSONOutline, _ body: [UInt8]
    ) throws(APIError) -> Bool {
        guard let member = outline[name, in: body.span] else { return false }
        switch member.kind {
        case .true: return true
        case .false, .null: return false
        default: throw .invalid(name, code: "invalid_type", "\(name) is not true or false.")
        }
    }

    private static func includesUsage(
        _ outline: JSONOutline, _ body: [UInt8]
    ) throws(APIError) -> Bool {
        guard let options = outline["stream_options", in: body.span], options.kind != .null else {
            return false
        }
        let text = body.span.extracting(options.valueRange)
        guard options.kind == .object, let inner = try? JSONOutline(scanning: text) else {
            throw .invalid(
                "stream_options", code: "invalid_type", "stream_options is not an object.")
        }
        return inner["include_usage", in: text]?.kind == .true
    }
}
