// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// A wire format for chat, or for another operation: how a provider is asked, and how its answers
/// are read.
///
/// Pure: values in, values out. Called again for a retry with the same request, which it does not
/// change. No bytes of a provider make it trap.
package protocol ChatDialect: Sendable {
    /// The request for a provider.
    ///
    /// Throws: a 400 that names the parameter which this format cannot express where it may not be
    /// dropped, or where `target.isStrict` lets nothing be dropped.
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest

    /// Reads the whole body of a 2xx answer.
    ///
    /// Throws: `malformed` where it is none, and the provider's own failure where it says one.
    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer

    /// The same, where the head of the answer says something of it, too.
    func answer(
        reading body: [UInt8], head: HTTPReplyHead, in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer

    /// The media type of streamed answers, which a request for one asks for.
    var streamMediaType: String { get }

    /// Fields of every request of this format, beside those of all formats and the credential.
    var ownFields: [(name: String, value: String)] { get }

    /// Reads a streamed 2xx answer.
    func stream(in context: ReplyContext) -> any ChatStream

    /// Whether a streamed answer may come as `application/json`: as an array of its pieces.
    var mayStreamAsJSON: Bool { get }

    /// What becomes of a last message of the assistant, as far as the format knows; whether a model
    /// takes it is another question.
    func prefill(of model: String, quirks: Quirks) -> AssistantPrefill

    /// Reads an answer whose status is not 2xx.
    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure
}

extension ChatDialect {
    /// Most heads say nothing.
    package func answer(
        reading body: [UInt8], head: HTTPReplyHead, in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer { try answer(reading: body, in: context) }

    /// Most stream events.
    package var streamMediaType: String { "text/event-stream" }

    /// None.
    package var ownFields: [(name: String, value: String)] { [] }

    /// JSON where a stream was asked for is an answer that is none.
    package var mayStreamAsJSON: Bool { false }

    /// Most formats do not say.
    package func prefill(of model: String, quirks: Quirks) -> AssistantPrefill { .refused }
}

/// Where a request goes, as far as the format depends on it.
package struct DialectTarget: Sendable {
    /// The model as the provider names it. Comes from a client: it is no path before it is checked.
    package var model: String
    package var provider: Provider
    /// Whether a parameter that cannot be passed on is a 400 instead of being dropped and said.
    package var isStrict: Bool
    /// Whether what the request says of routing is meant for this provider, and not for the
    /// gateway.
    package var takesRouting: Bool

    package init(model: String, provider: Provider, isStrict: Bool, takesRouting: Bool = false) {
        self.model = model
        self.provider = provider
        self.isStrict = isStrict
        self.takesRouting = takesRouting
    }

    /// Who the provider is.
    package var vendor: Vendor { provider.vendor }
    /// Nil where the server wants no key.
    package var credential: Secret? { provider.credential }

    /// The message that asks the provider: a path, the body, and the fields that were made once.
    package func message(_ path: String, _ body: [UInt8], isStream: Bool) -> HTTPRequest {
        let fields = provider.requestFields
        return HTTPRequest(
            method: "POST", target: path, fields: isStream ? fields.streamed : fields.whole,
            body: body)
    }
}

/// A request in a provider's format, and what of the client's it could not say.
package struct OutgoingRequest: Sendable {
    /// Its target begins with a slash and is appended to the provider's base URL.
    package var message: HTTPRequest
    /// Parameters that are not passed on.
    package var dropped: [String]

    package init(_ message: HTTPRequest, dropped: [String]) {
        self.message = message
        self.dropped = dropped
    }
}

/// What the reading of one answer needs to know.
package struct ReplyContext {
    /// Who answers.
    package var source: Provider
    /// The model as the provider names it.
    package var model: String
    /// The call's own id, for answers without one.
    package var callID: String
    /// Units: seconds since 1970.
    package var created: Int
    /// Whether the client asked for usage at the end of its stream.
    package var wantsUsage: Bool
    /// What is answered to.
    package var operation: CallOperation
    /// How vectors are to be answered; nil where none are asked for.
    package var vectors: VectorForm?
    /// What a usage costs: USD in decimal, or nil where it is unknown.
    package var cost: (ReportedUsage) -> String?

    package init(
        source: Provider, model: String, callID: String, created: Int, wantsUsage: Bool,
        operation: CallOperation = .chat, vectors: VectorForm? = nil,
        cost: @escaping (ReportedUsage) -> String?
    ) {
        self.source = source
        self.model = model
        self.callID = callID
        self.created = created
        self.wantsUsage = wantsUsage
        self.operation = operation
        self.vectors = vectors
        self.cost = cost
    }

    /// The provider's id in the configuration.
    package var provider: String { source.id }
    /// How the provider differs from its dialect.
    package var quirks: Quirks { source.vendor.quirks }
}

/// A whole answer on its way to the client.
package protocol ChatAnswer: Sendable {
    var usage: ReportedUsage? { get }
    /// Units: bytes of generated text; for an estimate where no usage is reported.
    var contentBytes: Int { get }

    /// The answer as the client gets it.
    ///
    /// - Parameter cost: USD in decimal, or nil where it is unknown.
    func body(cost: String?) -> [UInt8]

    /// The same, where no usage is reported.
    ///
    /// - Parameter estimate: what the gateway assumes instead. Never passed off as a report.
    func body(cost: String?, estimate: Usage) -> [UInt8]
}

extension ChatAnswer {
    /// Most say nothing of what is not known.
    package func body(cost: String?, estimate: Usage) -> [UInt8] { body(cost: cost) }
}

/// One streamed answer on its way to the client.
package protocol ChatStream: AnyObject {
    /// Whether content, reasoning, a tool call or a finish reason has come: the commit point.
    var hasContent: Bool { get }
    /// Whether the provider has said that the stream is whole; nothing more is read then.
    var isWhole: Bool { get }
    /// The last usage that was reported.
    var usage: ReportedUsage? { get }
    /// Units: bytes of generated text; for an estimate where no usage is reported.
    var contentBytes: Int { get }

    /// Takes the next bytes of the body and appends the events that the client gets for them, but
    /// for `[DONE]`. What was appended before a throw is valid.
    func receive(
        _ bytes: Span<UInt8>, appendingTo client: inout [UInt8]
    ) throws(UpstreamFailure)

    /// The body ended well. Throws where the answer is not complete all the same.
    func finish(appendingTo client: inout [UInt8]) throws(UpstreamFailure)
}
