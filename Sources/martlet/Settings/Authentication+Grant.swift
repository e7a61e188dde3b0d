// SPDX-License-Identifier: Apache-2.0
import OpenSSLKeys
import Providers
import Wire

/// Why a provider cannot be set up as it is told, as a sentence without its beginning.
struct SetupProblem: Error, Equatable {
    var text: String
    var hint: String?

    init(_ text: String, hint: String? = nil) {
        self.text = text
        self.hint = hint
    }
}

extension Authentication {
    /// How access tokens are got with a key.
    ///
    /// - Parameter tokenURL: the token endpoint, in the place of the key's own.
    func grant(key: String, tokenURL: BaseURL? = nil) throws(SetupProblem) -> any TokenGrant {
        if self == .ibmAPIKey {
            guard let secret = Secret(checking: key) else {
                throw SetupProblem("is no key: it holds white space or control characters")
            }
            guard let tokenURL else { return IBMAPIKey(secret) }
            return IBMAPIKey(secret, tokenURL: TokenURL(tokenURL.text))
        }
        var account: GoogleAccountKey
        do throws(GoogleAccountKey.Problem) {
            account = try GoogleAccountKey(parsing: key) { RSAPrivateKey(pem: $0) }
        } catch {
            throw SetupProblem(
                "is no service account's key: it \(error.text)",
                hint: "write file:<path> of the JSON file that Google gave you, or a token and "
                    + "authentication: bearer")
        }
        guard let url = tokenURL ?? BaseURL(account.tokenURL.text) else {
            throw SetupProblem("has a token_uri that is no URL")
        }
        guard !url.isReadableOnTheWay else {
            throw SetupProblem("has a token_uri that is not encrypted", hint: "use https")
        }
        account.tokenURL = TokenURL(url.text)
        return account
    }
}

extension Surroundings {
    /// The key that a vendor's variable leads to: its value, or the text of the file that it names.
    func key(of vendor: Vendor, in variable: String) throws(FileFailure) -> (String, KeyOrigin)? {
        guard let value = self.variable(variable) else { return nil }
        guard vendor.authentication == .googleServiceAccount else {
            return (value, .environment(variable))
        }
        return (try readFile(value), .file(value))
    }

    /// What is to be said of a provider that cannot do without one of its options.
    static func problem(of vendor: Vendor, options: [String: String]) -> SetupProblem? {
        guard vendor.dialect == .watsonx, options.isEmpty else { return nil }
        return SetupProblem(
            "\(vendor.name) has no project, so each call has to say its own project_id",
            hint: "write project_id: … or set $WATSONX_PROJECT_ID")
    }
}
