// SPDX-License-Identifier: Apache-2.0
import Wire

/// What a simulated provider plays for one attempt, and what the truth about it then is.
package struct ProviderPlay: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case complete, completeWithoutDone, completeWithoutUsage, slow
        case refusedConnection, closedBeforeHead, silentBeforeHead
        case cut, silentInside, noFinishReason, doneWithoutFinishReason
        case garbage, errorEvent, errorWith200, wrongShape, tooLongSilence
        case status400, status401, status404, status429, status500, status503

        /// Whether the provider really finished its answer.
        package var isComplete: Bool {
            switch self {
            case .complete, .completeWithoutDone, .completeWithoutUsage, .slow, .tooLongSilence:
                true
            default: false
            }
        }

        var status: Int? {
            switch self {
            case .status400: 400
            case .status401: 401
            case .status404: 404
            case .status429: 429
            case .status500: 500
            case .status503: 503
            default: nil
            }
        }
    }

    package let kind: Kind
    /// The words of the answer, in order.
    package let words: [String]
    package let isStream: Bool
    /// What it was given to go on from; empty for an answer from its beginning.
    package let beginning: String
    /// Whether it says that again first.
    private let isRepeating: Bool

    init(
        kind: Kind, isStream: Bool, beginning: String, isRepeating: Bool, random: SeededRandom
    ) {
        self.kind = kind
        self.isStream = isStream
        self.beginning = beginning
        self.isRepeating = isRepeating
        let lead = !beginning.isEmpty && random.oneIn(2) ? " " : ""
        words = (0..<random.pick(1...12)).map {
            ($0 == 0 ? lead : "") + "w\($0)é" + (random.oneIn(4) ? " " : "")
        }
    }

    /// The text of a whole answer.
    package var text: String { words.joined() }

    /// What a client may have read at the end: white space at the place where it went on comes once.
    package var readings: [String] {
        let isSpaced = beginning.isEmpty || text.hasPrefix(" ")
        return isSpaced ? [beginning + text] : [beginning + text, "\(beginning) \(text)"]
    }

    /// The steps of the script, split and paced by chance.
    func script(random: SeededRandom) -> UpstreamScript {
        // Some take seconds to begin: long enough for deadlines and second attempts.
        let longest = random.oneIn(3) ? 5_000 : 50
        let pause = UpstreamScript.Step.wait(.milliseconds(random.pick(0...longest)))
        let failed: (TransferFailure.Kind) -> UpstreamScript.Step = {
            .end(.failed(TransferFailure($0, detail: "scripted")))
        }
        if let status = kind.status {
            let body = #"{"error":{"message":"scripted \#(status)","type":"x","code":null}}"#
            var fields = HTTPFields(["content-type": "application/json"])
            if status == 429 { fields.append("retry-after", "7") }
            return UpstreamScript([
                pause, .head(HTTPReplyHead(status: status, fields: fields)),
                .bytes(Array(body.utf8)), .end(.complete),
            ])
        }
        switch kind {
        case .refusedConnection: return UpstreamScript([pause, failed(.connect)])
        case .closedBeforeHead: return UpstreamScript([pause, failed(.closedBeforeHead)])
        case .silentBeforeHead: return UpstreamScript([.silence])
        default: break
        }
        let isEvents = isStream != (kind == .wrongShape)
        let type = isEvents ? "text/event-stream" : "application/json"
        var steps = [
            pause, .head(HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": type]))),
        ]
        if kind == .tooLongSilence { steps.append(.wait(.seconds(random.pick(16...50)))) }
        steps += pieces(of: isEvents ? eventBytes : wholeBytes, random: random)
        switch kind {
        case .cut: steps.append(failed(.cut))
        case .silentInside: steps.append(.silence)
        default: steps.append(.end(.complete))
        }
        return UpstreamScript(steps)
    }

    private func pieces(of bytes: [UInt8], random: SeededRandom) -> [UpstreamScript.Step] {
        var rest = bytes[...]
        if kind == .cut || kind == .silentInside {
            rest = rest.prefix(random.pick(0...bytes.count - 1))
        }
        var steps: [UpstreamScript.Step] = []
        while !rest.isEmpty {
            let piece = Array(rest.prefix(random.pick(1...min(rest.count, 400))))
            rest = rest.dropFirst(piece.count)
            steps.append(.bytes(piece))
            let pace = kind == .slow ? 2_000 : 20
            if random.oneIn(2) { steps.append(.wait(.milliseconds(random.pick(0...pace)))) }
        }
        return steps
    }

    private static let usage =
        #""usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#

    private var wholeBytes: [UInt8] {
        switch kind {
        case .garbage: return Array("<html>not json".utf8)
        case .errorEvent, .errorWith200:
            return Array(#"{"error":{"message":"scripted","code":500}}"#.utf8)
        case .noFinishReason, .doneWithoutFinishReason: return Array(#"{"choices":[]}"#.utf8)
        default: break
        }
        let usage = kind == .completeWithoutUsage ? "" : "," + Self.usage
        return Array(
            (#"{"id":"x","object":"chat.completion","choices":[{"index":0,"message":"#
                + #"{"role":"assistant","content":"\#(text)"},"finish_reason":"stop"}]\#(usage)}"#)
                .utf8)
    }

    private var eventBytes: [UInt8] {
        let error = "data: {\"error\":{\"message\":\"scripted\"}}\n\n"
        if kind == .errorWith200 { return Array(error.utf8) }
        var text = chunk(#"{"role":"assistant","content":""}"#, "null")
        if isRepeating { text += chunk(#"{"content":"\#(beginning)"}"#, "null") }
        for (index, word) in words.enumerated() {
            if kind == .garbage && index == words.count / 2 { text += "data: {oops [\n\n" }
            if kind == .errorEvent && index == words.count / 2 {
                return Array((text + error).utf8)
            }
            text += chunk(#"{"content":"\#(word)"}"#, "null")
        }
        if kind != .noFinishReason && kind != .doneWithoutFinishReason {
            text += chunk("{}", #""stop""#)
        }
        if kind != .completeWithoutUsage {
            text += "data: {\"id\":\"x\",\"choices\":[],\(Self.usage)}\n\n"
        }
        if kind != .completeWithoutDone && kind != .noFinishReason { text += "data: [DONE]\n\n" }
        return Array(text.utf8)
    }

    private func chunk(_ delta: String, _ reason: String) -> String {
        #"data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":"#
            + "\(delta),\"finish_reason\":\(reason)}]}\n\n"
    }
}
