// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Why a candidate ended, in Google's words, and what that is in OpenAI's.
struct GeminiFinish: Equatable {
    enum Meaning: Equatable {
        case stop, length, filtered
        /// No answer: a call that cannot be read, or a reason that says nothing good.
        case failed
    }

    /// Google's name, or the number where it is one that different versions name differently.
    var native: String
    var meaning: Meaning
    var message: String?

    /// Reads `finishReason`, a name or, from some recorders and gateways, the enum's number.
    /// Nil where there is none.
    init?(candidate: JSONValue) {
        let reason = candidate["finishReason"]
        if let name = reason?.string, !name.isEmpty, name != "FINISH_REASON_UNSPECIFIED" {
            native = name
            meaning = Self.meaning(of: name)
        } else if let number = reason?.integer, number > 0 {
            let isNamed = number <= Self.numbered.count
            native = isNamed ? Self.numbered[number - 1] : String(number)
            // 6 to 8 are block lists and the like in every version; what follows differs.
            meaning = isNamed ? Self.meaning(of: native) : number <= 8 ? .filtered : .failed
        } else {
            return nil
        }
        message = candidate["finishMessage"]?.string
    }

    private static let numbered = ["STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"]

    private static func meaning(of name: String) -> Meaning {
        switch name {
        case "STOP": .stop
        case "MAX_TOKENS": .length
        case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
            "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "LANGUAGE",
            "ESCALATION", "JAILBREAK":
            .filtered
        default: .failed
        }
    }

    /// - Parameter calls: whether the candidate calls functions; Google says `STOP` then.
    func reason(calls: Bool) -> FinishReason? {
        switch meaning {
        case .stop: calls ? .toolCalls : .stop
        case .length: .length
        case .filtered: .contentFilter
        case .failed: nil
        }
    }
}
