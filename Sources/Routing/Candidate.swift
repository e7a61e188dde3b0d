// SPDX-License-Identifier: Apache-2.0

/// One way to serve a call: a target, and which of its provider's credentials.
package struct Candidate: Sendable, Hashable {
    package var target: Target
    /// The place of the credential in the provider's own order; 0 for the only one.
    package var credential: Int

    package init(_ target: Target, credential: Int = 0) {
        self.target = target
        self.credential = credential
    }
}

extension Candidate: CustomStringConvertible {
    /// Shape: `openai/gpt-4o`, or `openai/gpt-4o#2` for the provider's second credential.
    package var description: String {
        credential == 0 ? "\(target)" : "\(target)#\(credential + 1)"
    }
}
