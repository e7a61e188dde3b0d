// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// A vendor that is set up: where it is reached and with what.
///
/// An object, as every call holds the one that it is sent to.
package final class Provider: Sendable {
    /// The name in the configuration and in `provider/model`.
    package let id: String
    package let vendor: Vendor
    /// What the vendor speaks: for chat.
    package let dialect: any ChatDialect
    private let completions: (any ChatDialect)?
    private let embeddings: (any ChatDialect)?
    package let endpoint: Endpoint
    /// Nil where the server wants no key, and where access tokens are got with it.
    package let credential: Secret?
    /// How access tokens are got, where the key itself is not sent.
    package let grant: (any TokenGrant)?
    /// What requests say beside their address, by the names of `Vendor.options`. Letters, digits,
    /// `-`, `_` and `.`.
    package let options: [String: String]
    /// How requests are signed, where no key is sent.
    package let signing: RequestSigning?
    /// What its requests say besides their bodies, the credential among it.
    package let requestFields: RequestFields
    package let limits: TransferLimits

    /// Sets up a vendor whose dialect this version speaks.
    package init(
        id: String, vendor: Vendor, endpoint: Endpoint, credential: Secret? = nil,
        grant: (any TokenGrant)? = nil, signing: RequestSigning? = nil,
        options: [String: String] = [:], limits: TransferLimits = TransferLimits()
    ) {
        guard let dialect = ChatDialects.dialect(vendor.dialect) else {
            preconditionFailure("\(vendor.dialect) is known by name only")
        }
        self.id = id
        self.vendor = vendor
        self.dialect = dialect
        completions = vendor.dialect.completions
        embeddings = vendor.dialect.embeddings
        self.endpoint = endpoint
        self.credential = credential
        self.grant = grant
        self.options = options
        self.signing = signing
        requestFields = RequestFields(vendor, credential, for: dialect)
        self.limits = limits
    }

    /// What the vendor speaks for an operation; nil where it does not have it.
    package func dialect(for operation: CallOperation) -> (any ChatDialect)? {
        switch operation {
        case .chat: dialect
        case .completions: completions
        case .embeddings: embeddings
        }
    }
}
