// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// What Bedrock says of its own failures.
///
/// Shape: status, `x-amzn-errortype: ThrottlingException:http://…` and `{"message":…}` or
/// `{"Message":…}`, also `{"__type":"ns#ThrottlingException"}`; in a stream an exception by its
/// type, such as `throttlingException`.
enum BedrockFailure {
    static func reading(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        let root = try? JSONValue(parsing: body)
        let type = name(head.fields.first("x-amzn-errortype") ?? root.flatMap(Self.type) ?? "")
        let message = root.flatMap(Self.message) ?? ProviderWords.plainText(body)
        return failure(
            type, message, status: status(of: type, root) ?? head.status, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }

    /// The failure that a message of a stream tells; nil for an event.
    static func inStream(
        _ event: String, _ data: Span<UInt8>, provider: String
    ) -> UpstreamFailure? {
        let isException = event.hasPrefix("exception:")
        guard isException || event.hasPrefix("error:") else { return nil }
        let type = name(String(event.drop { $0 != ":" }.dropFirst()))
        let body = data.indices.map { data[$0] }
        let root = try? JSONValue(parsing: body)
        let message = root.flatMap(Self.message) ?? ProviderWords.plainText(body)
        return failure(type, message, status: status(of: type, root) ?? 500, provider: provider)
    }

    /// The failure behind a body with status 200 that is no answer.
    static func insideAnswer(_ root: JSONValue, provider: String) -> UpstreamFailure {
        // A server that knows no such operation says so in capitals, and with 200.
        let error = root["Output"] ?? root
        guard let type = type(error).map(name) else {
            return .malformed("the reply has no message", provider: provider)
        }
        return failure(
            type, message(error), status: status(of: type, error) ?? 500, provider: provider)
    }

    private static func failure(
        _ type: String, _ message: String?, status: Int, provider: String,
        retryAfterSeconds: Int? = nil
    ) -> UpstreamFailure {
        .answered(
            status: status, ProviderWords(message: message, code: type.isEmpty ? nil : type),
            provider: provider, retryAfterSeconds: retryAfterSeconds)
    }

    /// What a type stands for, where that says more than the status it came with; nil where its
    /// status is right, or none is known.
    private static func status(of type: String, _ body: JSONValue?) -> Int? {
        switch type.lowercased() {
        case "accessdeniedexception", "unrecognizedclientexception", "expiredtokenexception",
            "expiredtoken", "invalidsignatureexception", "incompletesignatureexception",
            "missingauthenticationtokenexception", "missingauthenticationtoken",
            "invalidclienttokenid", "notauthorizedexception", "optinrequired":
            403
        case "throttlingexception", "throttling", "toomanyrequestsexception",
            "servicequotaexceededexception", "modelnotreadyexception":
            429
        case "serviceunavailableexception", "serviceunavailable": 503
        case "modeltimeoutexception": 504
        case "internalserverexception", "internalfailure", "internalservererror": 500
        case "resourcenotfoundexception", "unknownoperationexception": 404
        case "validationexception": 400
        // 424 would read as the client's own mistake: it is the model's.
        case "modelerrorexception", "modelstreamerrorexception":
            body?["originalStatusCode"]?.integer.flatMap { (400...599).contains($0) ? $0 : nil }
                ?? 500
        default: nil
        }
    }

    /// The name alone: no namespace before `#`, no address behind `:`.
    private static func name(_ type: String) -> String {
        let end = type.prefix { $0 != ":" }
        return String(end.split(separator: "#").last ?? end)
    }

    private static func type(_ body: JSONValue) -> String? {
        body["__type"]?.string ?? body["code"]?.string
    }

    private static func message(_ body: JSONValue) -> String? {
        for key in ["message", "Message", "originalMessage", "errorMessage"] {
            if let text = body[key]?.string, !text.isEmpty { return text }
        }
        return nil
    }
}
