// SPDX-License-Identifier: Apache-2.0

/// What a model's name says about the parameters that it takes.
///
/// The API has one shape for all models, but refuses in some what it wants in others. A name
/// without a known generation counts as one of the newest.
///
/// Source: recorded exchanges, where there are any of a generation. The limits of output, the rule
/// of one sampling parameter since 4.1, and structured output since 4.5 are assumptions that no
/// recording shows: a model that refuses says so with a 400, which the client gets.
struct AnthropicModel {
    /// Units: tenths; Claude 4.5 is 45. Nil where the name does not say.
    private let generation: Int?
    private let isClaude: Bool

    init(_ name: String) {
        // `claude-sonnet-4-5-20250929`, `claude-3-7-sonnet-latest`, `claude-opus-4@20250514`: the
        // first number is the generation, and a short one behind it the step.
        let parts = name.utf8.drop { $0 != UInt8(ascii: "c") }.split { !$0.isPartOfWord }
        isClaude = parts.contains { $0.starts(with: "claude".utf8) }
        guard let first = parts.firstIndex(where: { Self.digit($0) != nil }),
            let major = Self.digit(parts[first])
        else {
            generation = nil
            return
        }
        let next = parts.index(after: first)
        let minor = next < parts.endIndex ? Self.digit(parts[next]) ?? 0 : 0
        generation = major * 10 + minor
    }

    private static func digit(_ text: Substring.UTF8View) -> Int? {
        guard text.count == 1, let byte = text.first, (0x30...0x39).contains(byte) else {
            return nil
        }
        return Int(byte) - 0x30
    }

    private func isSince(_ tenths: Int) -> Bool { (generation ?? .max) >= tenths }

    /// How many tokens an answer may have where the client does not say, since the API wants a
    /// limit: the most that every model of the generation takes, and 4096 for what is no Claude.
    var outputLimit: Int {
        if !isClaude { return 4_096 }
        if isSince(37) { return 32_000 }
        return isSince(35) ? 8_192 : 4_096
    }

    var canThink: Bool { isSince(37) }
    /// Whether thinking is asked for by `adaptive` and an effort instead of by a budget.
    var thinksAdaptively: Bool { isSince(46) }
    /// Whether it may think without being asked.
    var thinksUnasked: Bool { isSince(50) }
    /// Whether `temperature`, `top_p` and `top_k` are taken.
    var takesSampling: Bool { !isSince(47) }
    /// Whether `temperature` and `top_p` are taken together.
    var takesBothSamplings: Bool { !isSince(41) }
    /// Whether `output_config.format` is taken.
    var takesOutputFormat: Bool { isSince(45) }
}

extension UInt8 {
    /// Whether it is a letter or a digit, or a part of what is beyond ASCII.
    fileprivate var isPartOfWord: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: false
        }
    }
}
