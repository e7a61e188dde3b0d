// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Gateway
import Providers
import Simulator
import Testing
import Wire

/// What a provider is sent for a request for vectors, or for text behind a prompt.
struct PlainRequestRow: Sendable, CustomTestStringConvertible {
    var reason: String
    var dialect: DialectID
    var operation: CallOperation = .embeddings
    var model = "m"
    /// Members behind `model`.
    var client: String
    var path: String
    var sent: String
    var dropped = ""
    var quirks = Quirks()
    var testDescription: String { "\(dialect.rawValue): \(reason)" }

    func call(strict: Bool = false) -> OneCall {
        Self.call(client, to: dialect, model, operation, quirks: quirks, strict: strict)
    }

    static func call(
        _ members: String, to dialect: DialectID, _ model: String = "m",
        _ operation: CallOperation = .embeddings, quirks: Quirks = Quirks(), strict: Bool = false
    ) -> OneCall {
        let vendor = Vendor(
            id: "v", name: "Vendor", baseURL: "http://x.invalid", dialect: dialect, quirks: quirks)
        return OneCall(
            body: Array(#"{"model":"v/\#(model)",\#(members)}"#.utf8), vendor: vendor,
            steps: [
                .head(HTTPReplyHead(status: 500, fields: HTTPFields())),
                .bytes(Array("{}".utf8)), .end(.complete),
            ], operation: operation, configure: { $0.isStrict = strict })
    }
}
