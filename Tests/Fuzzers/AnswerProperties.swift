// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Providers
import Wire

/// Bodies of providers in every dialect: no bytes trap, any cut gives the same, and what the client
/// is sent is JSON.
enum AnswerProperties {
    static let providers: [Provider] = DialectID.allCases.filter(\.isImplemented).map { dialect in
        var vendor = Vendor(
            id: dialect.rawValue, name: "V", baseURL: "https://x.invalid", dialect: dialect)
        vendor.quirks.finishReasonAliases = ["eos": "stop"]
        return Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
    }

    static func check(_ input: FuzzInput) {
        let provider = providers[Int(input.setting >> 1) % providers.count]
        let context = ReplyContext(
            source: provider, model: "m", callID: "call", created: 1,
            wantsUsage: true, cost: { _ in "0.5" })
        if input.setting & 1 == 0 {
            checkStream(input, provider, context)
        } else {
            checkAnswer(input.payload, provider, context)
        }
    }

    private static func checkStream(
        _ input: FuzzInput, _ provider: Provider, _ context: ReplyContext
    ) {
        let body = bytes(input.payload, provider)
        let whole = read([body[...]], provider, context)
        let cut = read(input.pieces(of: body), provider, context)
        require(whole.client == cut.client, "the client is sent something else in pieces")
        require(whole.failure == cut.failure, "\(whole.failure as Any), \(cut.failure as Any)")
        let events = FrameReading([whole.client[...]], with: ServerSentEventFrames.self)
        for event in events.frames {
            let text = String(decoding: event.data, as: UTF8.self)
            require((try? JSONDocument(parsing: event.data)) != nil, "an event is \(text)")
        }
    }

    /// Bedrock's frames have checksums: each line is the payload of one.
    private static func bytes(_ payload: [UInt8], _ provider: Provider) -> [UInt8] {
        guard provider.vendor.dialect == .bedrockConverse else { return payload }
        return AWSEventProperties.stream(ofLines: payload)
    }

    private static func read(
        _ pieces: [ArraySlice<UInt8>], _ provider: Provider, _ context: ReplyContext
    ) -> (client: [UInt8], failure: UpstreamFailure?) {
        let stream = provider.dialect.stream(in: context)
        var client: [UInt8] = []
        do throws(UpstreamFailure) {
            for piece in pieces where !stream.isWhole {
                try stream.receive(piece.span, appendingTo: &client)
            }
            if !stream.isWhole { try stream.finish(appendingTo: &client) }
            return (client, nil)
        } catch {
            return (client, error)
        }
    }

    private static func checkAnswer(
        _ body: [UInt8], _ provider: Provider, _ context: ReplyContext
    ) {
        if let answer = try? provider.dialect.answer(reading: body, in: context) {
            for cost in [nil, "0.000001"] {
                let text = answer.body(cost: cost)
                require((try? JSONOutline(scanning: text)) != nil, "an answer is no object")
            }
        }
        let failure = provider.dialect.failure(
            head: HTTPReplyHead(status: 400), body: body, provider: provider.id)
        let text = failure.error.body
        require((try? JSONOutline(scanning: text)) != nil, "an error is no object")
    }
}
