// SPDX-License-Identifier: Apache-2.0

/// The credential that a request to AWS is signed with, and what it is signed for.
///
/// The transport signs, as the signature covers what goes over the wire. Nothing of the credential
/// is printed by interpolation, `print`, `dump` or `Mirror`.
/// Source: AWS IAM user guide, "Signature Version 4 for API requests".
package struct RequestSigning: Sendable, Hashable {
    /// `us-east-1`.
    package let region: String
    /// `bedrock`.
    package let service: String
    private let keyID: String
    private let secretKey: String
    private let token: String?

    /// - Parameter sessionToken: of temporary credentials; nil for lasting ones.
    package init(
        region: String, service: String, accessKeyID: String, secretAccessKey: String,
        sessionToken: String? = nil
    ) {
        self.region = region
        self.service = service
        keyID = accessKeyID
        secretKey = secretAccessKey
        token = sessionToken
    }

    /// The credential itself. Call it where it is handed to what signs, nowhere else.
    package func reveal() -> (accessKeyID: String, secretAccessKey: String, sessionToken: String?) {
        (keyID, secretKey, token)
    }
}

extension RequestSigning: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String { "[redacted, for \(service) in \(region)]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
