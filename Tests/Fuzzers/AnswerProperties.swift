// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Providers
import Wire

/// Bodies of providers in every dialect: no bytes trap, any cut gives the same, and what the client
/// is sent is JSON.
enum AnswerProperties {
    static let providers: [Provider] = DialectID.allCases.filter(\.isImplemented).map { dialect in
        var quirks = Quirks()
        quirks.finishReasonAliases = ["eos": "stop"]
        return provider(dialect, quirks: quirks)
    }

    static func provider(_ dialect: DialectID, quirks: Quirks) -> Provider {
        var vendor = Vendor(
            id: dialect.rawValue, name: "V", baseURL: "https://x.invalid", dialect: dialect)
        vendor.quirks = quirks
        return Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
    }

    static func check(_ input: FuzzInput, to operation: CallOperation) {
        let able = providers.compactMap { provider in
            provider.dialect(for: operation).map { (provider, $0) }
        }
        let (provider, dialect) = able[Int(input.setting >> 1 & 0x1F) % able.count]
        var random = input.random
        let isSecond = input.setting & 1 != 0
        let vectors = VectorForm(
            encoding: isSecond ? .base64 : .numbers, count: random.pick(1...3))
        let context = ReplyContext(
            source: provider, model: "m", callID: "call", created: 1, wantsUsage: true,
            operation: operation, vectors: operation == .embeddings ? vectors : nil,
            cost: { _ in "0.5" })
        if operation != .embeddings, !isSecond {
            checkStream(input, dialect, context)
        } else {
            checkAnswer(input.payload, dialect, context)
        }
    }

    private static func checkStream(
        _ input: FuzzInput, _ dialect: any ChatDialect, _ context: ReplyContext
    ) {
        let body = bytes(input.payload, context.source)
        let whole = read([body[...]], dialect, context)
        let cut = read(input.pieces(of: body), dialect, context)
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
        _ pieces: [ArraySlice<UInt8>], _ dialect: any ChatDialect, _ context: ReplyContext
    ) -> (client: [UInt8], failure: UpstreamFailure?) {
        let stream = dialect.stream(in: context)
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
        _ body: [UInt8], _ dialect: any ChatDialect, _ context: ReplyContext
    ) {
        let head = HTTPReplyHead(status: 200)
        if let answer = try? dialect.answer(reading: body, head: head, in: context) {
            var estimate = Usage()
            estimate.uncachedInput = 1
            let texts = [
                answer.body(cost: nil), answer.body(cost: "0.000001"),
                answer.body(cost: nil, estimate: estimate),
            ]
            for text in texts {
                require((try? JSONOutline(scanning: text)) != nil, "an answer is no object")
                if let form = context.vectors, !context.source.vendor.dialect.takesQuirks {
                    checkVectors(text, form)
                }
            }
        }
        let failure = dialect.failure(
            head: HTTPReplyHead(status: 400), body: body, provider: context.provider)
        let text = failure.error.body
        require((try? JSONOutline(scanning: text)) != nil, "an error is no object")
    }

    /// A translated answer has a vector for each input, in the form that was asked for.
    private static func checkVectors(_ text: [UInt8], _ form: VectorForm) {
        let items = (try? JSONValue(parsing: text))?["data"]?.elements ?? []
        let kind: JSONKind = form.isBase64 ? .string : .array
        let isRight =
            items.count == form.count
            && items.allSatisfy { $0["embedding"]?.kind == kind }
        require(isRight, "the vectors are \(String(decoding: text, as: UTF8.self))")
    }
}
