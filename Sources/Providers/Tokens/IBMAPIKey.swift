// SPDX-License-Identifier: Apache-2.0
package import Wire

/// An API key of IBM Cloud, which its IAM exchanges for access tokens.
///
/// Source: IBM Cloud, "Generating an IBM Cloud IAM token by using an API key"; not recorded.
package struct IBMAPIKey: TokenGrant {
    /// IBM Cloud's own token endpoint.
    package static let publicTokenURL = TokenURL("https://iam.cloud.ibm.com/identity/token")

    package let tokenURL: TokenURL
    private let key: Secret

    package init(_ key: Secret, tokenURL: TokenURL = publicTokenURL) {
        self.key = key
        self.tokenURL = tokenURL
    }

    package func request(at now: WallTime) -> HTTPRequest {
        .form(
            to: tokenURL,
            [
                ("grant_type", "urn:ibm:params:oauth:grant-type:apikey"), ("apikey", key.reveal()),
            ])
    }
}
