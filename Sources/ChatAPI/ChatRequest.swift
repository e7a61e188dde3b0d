// SPDX-License-Identifier: Apache-2.0
package import JSON

/// One chat completion request: the client's own bytes, scanned once, and what the gateway itself
/// needs of them.
///
/// Everything else passes unread: unknown parameters, key order and number text survive.
/// Source: OpenAI API reference, `POST /chat/completions`.
package struct ChatRequest: Sendable {
    /// The body as the client sent it.
    package let body: [UInt8]
    /// Its top-level members.
    package let outline: JSONOutline
    package let model: String
    package let isStream: Bool
    /// Whether the client asked for usage at the end of its stream.
    package let wantsUsage: Bool

    /// Throws: a 400 that says where the text is not JSON, or names the parameter at fault.
    package init(body: [UInt8]) throws(APIError) {
        self.body = body
        do throws(JSONError) {
            outline = try JSONOutline(scanning: body.span)
        } catch {
            throw .invalid(
                nil, code: "invalid_json", "The body is not a JSON object: \(error.message).")
        }
        model = try Self.modelName(outline, body)
        isStream = try Self.flag("stream", outline, body)
        let includesUsage = try Self.includesUsage(outline, body)
        wantsUsage = isStream && includesUsage
        guard let messages = outline["messages", in: body.span] else {
            throw .invalid(
                "messages", code: "missing_required_parameter",
                "messages is missing: send the conversation as an array of messages.")
        }
        guard messages.kind == .array else {
            throw .invalid("messages", code: "invalid_type", "messages is not an array.")
        }
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
        usage.uncachedInput = Self.tokens(inBytes: promptBytes)
        usage.output = Self.tokens(inBytes: outputBytes)
        return usage
    }

    private var promptBytes: Int {
        guard let messages = outline["messages", in: body.span],
            let document = try? JSONDocument(parsing: Array(body[messages.valueRange]))
        else { return 0 }
        return Self.textBytes(of: document.root, in: document)
    }

    private static func tokens(inBytes count: Int) -> Int { (count + 3) / 4 }

    private static func textBytes(
        of node: JSONDocument.Node, in document: borrowing JSONDocument
    ) -> Int {
        if document.kind(of: node) == .string {
            let text = document.rawString(of: node)
            let isFile =
                text.count > 5 && text[4] == UInt8(ascii: ":")
                && document.text(of: node).hasPrefix(#""data:"#)
            return isFile ? 0 : text.count
        }
        var sum = 0
        var next = document.firstChild(of: node)
        while let child = next {
            sum += textBytes(of: child, in: document)
            next = document.nextSibling(of: child)
        }
        return sum
    }

    private static func modelName(
        _ outline: JSONOutline, _ body: [UInt8]
    ) throws(APIError) -> String {
        guard outline["model", in: body.span] != nil else {
            throw .invalid(
                "model", code: "missing_required_parameter",
                "model is missing: name one that GET /v1/models lists, or provider/model.")
        }
        guard let name = outline.string("model", in: body.span) else {
            throw .invalid("model", code: "invalid_type", "model is not a string.")
        }
        return name
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
