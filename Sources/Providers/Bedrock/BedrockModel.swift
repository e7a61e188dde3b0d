// SPDX-License-Identifier: Apache-2.0

/// What a model's name says about what it takes: Converse is one format, but passes some
/// parameters on to the models unread.
///
/// Shape of names: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `amazon.nova-lite-v1:0`, an ARN
/// with such a name at its end, or one that says nothing.
struct BedrockModel {
    enum Family {
        case claude, nova, gptOSS, qwen
        /// Models that are known to know neither `outputConfig` nor reasoning.
        case older
        case unknown
    }

    let family: Family
    /// Claude's version, such as 4.5 or 5.0.
    let version: (major: Int, minor: Int)

    init(_ name: String) {
        if name.contains("claude") {
            version = Self.claudeVersion(name)
            family = .claude
            return
        }
        version = name.contains("nova-2") ? (2, 0) : (0, 0)
        if name.contains("amazon.nova") {
            family = .nova
        } else if name.contains("openai.gpt-oss") {
            family = .gptOSS
        } else if name.contains("qwen") {
            family = .qwen
        } else if ["meta.llama", "cohere.", "ai21.", "amazon.titan"].contains(where: name.contains)
        {
            family = .older
        } else {
            family = .unknown
        }
    }

    /// Whether the model itself keeps to a JSON schema; others are made to by a tool.
    ///
    /// An assumption: no recording shows it. A model that refuses says so with a 400.
    var takesOutputConfig: Bool {
        switch family {
        case .claude: isAtLeast(4, 5)
        case .nova, .older: false
        case .gptOSS, .qwen, .unknown: true
        }
    }

    /// Whether a Claude model decides itself how long to think, and refuses budgets.
    var thinksAdaptively: Bool { family == .claude && isAtLeast(4, 6) }

    /// Whether a Claude model can think at all: since 3.7.
    var canThink: Bool { family == .claude && isAtLeast(3, 7) }

    private func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        version.major > major || version.major == major && version.minor >= minor
    }

    /// The first one or two small numbers behind `claude`: dates and `v1` are none.
    private static func claudeVersion(_ name: String) -> (major: Int, minor: Int) {
        let parts = name.split { !($0.isLetter || $0.isNumber) }
        let numbers = parts.drop { $0 != "claude" }.compactMap { part in
            part.count <= 2 ? Int(part) : nil
        }
        // `…-v1:0` ends in a number of its own.
        let isRevisioned = parts.dropLast().last?.hasPrefix("v") == true
        let version = isRevisioned ? numbers.dropLast() : numbers[...]
        guard let major = version.first else { return (0, 0) }
        return (major, version.dropFirst().first ?? 0)
    }
}
