// SPDX-License-Identifier: Apache-2.0

/// The place where the text of one model goes over into that of another.
///
/// Rules:
///  1. A model that repeats its beginning has that left out, where it repeats all of it.
///  2. White space that the client has at the end of its text, and that the model did not see there,
///     is not sent a second time.
struct TextJoint {
    /// What is still to be repeated, after what was.
    private var repeated: Substring.UnicodeScalarView
    private var missing: Substring.UnicodeScalarView
    private var space: Substring.UnicodeScalarView

    /// - Parameters:
    ///   - beginning: the text that the model may repeat; empty where it does not.
    ///   - space: what the client has behind that text.
    init(repeating beginning: String, space: String) {
        repeated = beginning[..<beginning.startIndex].unicodeScalars
        missing = beginning[...].unicodeScalars
        self.space = space[...].unicodeScalars
    }

    /// Whether there is nothing more to leave out.
    var isClosed: Bool { missing.isEmpty && space.isEmpty }

    /// What of the model's next text the client is sent.
    mutating func join(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        if !missing.isEmpty {
            while let next = rest.first, next == missing.first {
                rest.removeFirst()
                repeated.append(missing.removeFirst())
            }
            if !missing.isEmpty {
                if rest.isEmpty { return "" }
                return finish() + withoutSpace(rest)
            }
        }
        return withoutSpace(rest)
    }

    /// What was held back as it could have been a repetition; nothing is any more.
    mutating func finish() -> String {
        if missing.isEmpty { return "" }
        missing = ""[...].unicodeScalars
        return withoutSpace(repeated)
    }

    private mutating func withoutSpace(_ text: Substring.UnicodeScalarView) -> String {
        var rest = text
        while let next = rest.first, let expected = space.first {
            guard next == expected else {
                space = ""[...].unicodeScalars
                break
            }
            rest.removeFirst()
            space.removeFirst()
        }
        return String(Substring(rest))
    }
}
