// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import JSON
package import Wire

/// Turns what an OpenAI-speaking provider calls an error into an `UpstreamFailure`.
///
/// Shape: `{"error":{"message","type","param","code"}}`; also `{"error":"text"}`,
/// `{"message":…}`, `{"detail":…}`, and plain text.
package enum OpenAIFailure {
    /// The failure behind a reply whose status is not 2xx.
    package static func reading(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        let words = Words(body: body)
        return .answered(
            status: head.status, words.told, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }

    /// The failure told by an error object inside a reply or a stream that began with 200.
    package static func reading(
        error node: JSONDocument.Node, of document: borrowing JSONDocument, provider: String
    ) -> UpstreamFailure {
        let words = Words(error: node, of: document)
        let stated = words.status.flatMap { (400...599).contains($0) ? $0 : nil }
        // A filter that stops a stream is no failure of the server, with a status or without one.
        let isFiltered = UpstreamFailure.Reason(status: 400, words.told) == .contentFilter
        let status = stated ?? (isFiltered ? 400 : 500)
        return .answered(status: status, words.told, provider: provider)
    }

    /// The failure of a choice whose finish reason is `error`: OpenRouter's and Mistral's word, to
    /// which OpenRouter adds an error object.
    static func reading(
        choice: JSONDocument.Node, of document: borrowing JSONDocument, provider: String
    ) -> UpstreamFailure {
        guard let error = document.member("error", of: choice), !document.isNull(error) else {
            let words = ProviderWords(message: "the finish reason is error")
            return .answered(status: 500, words, provider: provider)
        }
        return reading(error: error, of: document, provider: provider)
    }
}

/// The words of an error, wherever its provider put them.
private struct Words {
    var message: String?
    var parameter: String?
    var code: String?
    /// A status written into the error itself, as Groq and OpenRouter do.
    var status: Int?

    init(body: [UInt8]) {
        guard let document = try? JSONDocument(parsing: body) else {
            self.init(plainText: body)
            return
        }
        let root = document.root
        self.init(error: document.member("error", of: root) ?? root, of: document)
    }

    private init(plainText body: [UInt8]) {
        message = ProviderWords.plainText(body)
    }

    init(error node: JSONDocument.Node, of document: borrowing JSONDocument) {
        if let text = document.string(node) {
            message = text
            return
        }
        guard document.kind(of: node) == .object else { return }
        func text(_ name: String) -> String? {
            guard let member = document.member(name, of: node) else { return nil }
            return document.string(member)
        }
        func number(_ name: String) -> Int? {
            guard let member = document.member(name, of: node) else { return nil }
            return document.integer(member)
        }
        message = text("message") ?? text("detail") ?? text("error")
        parameter = text("param")
        code = text("code") ?? text("type")
        status = number("status_code") ?? number("code") ?? number("status")
    }

    var told: ProviderWords {
        ProviderWords(message: message, code: code, parameter: parameter)
    }
}
