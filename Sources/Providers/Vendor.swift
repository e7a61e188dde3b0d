// SPDX-License-Identifier: Apache-2.0

/// A company or a program that serves models: one row of `Config/providers.json`.
package struct Vendor: Sendable, Equatable {
    /// The name in `provider/model` and in the configuration: `openai`.
    package var id: String
    /// The name for people: `OpenAI`.
    package var name: String
    /// Where its API begins, without a trailing slash. May hold placeholders:
    /// `https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1`.
    package var baseURL: String
    /// For each placeholder of `baseURL`, the environment variable that fills it by default.
    package var placeholders: [String: String]
    /// What its requests may say beside their address, `api_version` for example: for each, the
    /// environment variable that gives it by default.
    package var options: [String: String]
    /// The environment variables that may hold the key, the first one set wins. Empty for servers
    /// that are run without one.
    package var keyVariables: [String]
    /// How the key travels.
    package var authentication: Authentication
    /// The wire format it speaks.
    package var dialect: DialectID
    /// How it differs from that format.
    package var quirks: Quirks
    /// Whose rows of the model catalogue hold for its models: its own, or nobody's where the
    /// settings send its calls to another server.
    package var catalogueID: String?

    package init(
        id: String, name: String, baseURL: String, placeholders: [String: String] = [:],
        options: [String: String] = [:], keyVariables: [String] = [],
        authentication: Authentication = .bearer,
        dialect: DialectID = .openai, quirks: Quirks = Quirks()
    ) {
        self.id = id
        self.name = name
        self.baseURL = baseURL
        self.placeholders = placeholders
        self.options = options
        self.keyVariables = keyVariables
        self.authentication = authentication
        self.dialect = dialect
        self.quirks = quirks
        catalogueID = id
    }
}
