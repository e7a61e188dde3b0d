// SPDX-License-Identifier: Apache-2.0
package import Wire

/// The fields of requests to one vendor, made once: they share their memory with every request,
/// and the transport sees at a glance that they are the last ones again. They hold the credential,
/// so they cannot be printed by accident.
package struct RequestFields: Sendable {
    /// For a request whose answer comes whole.
    package let whole: HTTPFields
    /// For a request whose answer is a stream.
    package let streamed: HTTPFields

    /// - Parameter credential: Nil where the server wants no key.
    package init(_ vendor: Vendor, _ credential: Secret?, for dialect: any ChatDialect) {
        whole = Self.fields(accept: "application/json", vendor, credential, dialect)
        streamed = Self.fields(accept: dialect.streamMediaType, vendor, credential, dialect)
    }

    private static func fields(
        accept: String, _ vendor: Vendor, _ credential: Secret?, _ dialect: any ChatDialect
    ) -> HTTPFields {
        var fields = HTTPFields(["content-type": "application/json", "accept": accept])
        for (name, value) in dialect.ownFields { fields.append(name, value) }
        guard let credential else { return fields }
        switch vendor.authentication {
        case .bearer: fields.append("authorization", "Bearer \(credential.reveal())")
        case .header(let name): fields.append(name, credential.reveal())
        // Tokens are added call by call.
        case .none, .googleServiceAccount, .ibmAPIKey: break
        }
        return fields
    }
}

extension RequestFields: CustomStringConvertible, CustomReflectable {
    package var description: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
