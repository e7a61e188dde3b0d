// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// A parser of bytes that come from outside, with what must hold for all of them.
///
/// What does not hold ends the process, so that libFuzzer keeps the input.
enum FuzzTarget: String, CaseIterable {
    case serverSentEvents = "sse"
    case awsEvents = "aws-events"
    case jsonFrames = "json-frames"
    case json
    case httpRequests = "http-requests"
    case replyHeads = "reply-heads"
    case answers
    case translations
    case completions
    case embeddings

    func run(_ input: FuzzInput) {
        switch self {
        case .serverSentEvents: ServerSentEventProperties.check(input)
        case .awsEvents: AWSEventProperties.check(input)
        case .jsonFrames: JSONFrameProperties.check(input)
        case .json:
            JSONProperties.check(input)
            JSONEditProperties.check(input)
        case .httpRequests: HTTPRequestProperties.check(input)
        case .replyHeads: ReplyHeadProperties.check(input)
        case .answers: AnswerProperties.check(input, to: .chat)
        case .translations: TranslationProperties.check(input, for: .chat)
        case .completions: checkBothWays(input, of: .completions)
        case .embeddings: checkBothWays(input, of: .embeddings)
        }
    }

    /// A request or an answer: the second highest bit of the setting says which.
    private func checkBothWays(_ input: FuzzInput, of operation: CallOperation) {
        if input.setting & 0x40 == 0 {
            TranslationProperties.check(input, for: operation)
        } else {
            AnswerProperties.check(input, to: operation)
        }
    }
}

/// What a fuzzer was given: three bytes that say how it is used, and the bytes to parse.
struct FuzzInput {
    /// Which of a few settings the parser gets.
    let setting: UInt8
    let payload: [UInt8]
    private let pieceLength: UInt8
    private let seed: UInt8

    /// Nil where there are no bytes to parse.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count > 3 else { return nil }
        setting = bytes[0]
        pieceLength = bytes[1]
        seed = bytes[2]
        payload = Array(bytes[3...])
    }

    /// Chance that is the same for the same input.
    var random: FuzzRandom { FuzzRandom(state: UInt64(seed) << 8 | UInt64(pieceLength)) }

    /// The payload cut into pieces: single bytes, or of chance lengths.
    func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var random = random
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = pieceLength < 64 ? 1 : random.pick(0...Int(pieceLength))
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return pieces
    }
}

/// A linear congruential generator.
struct FuzzRandom {
    var state: UInt64

    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }
}

/// Ends the process where a property does not hold.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError(property()) }
}

extension Span<UInt8> {
    /// A copy that can be kept.
    var copy: [UInt8] { indices.map { self[$0] } }
}
