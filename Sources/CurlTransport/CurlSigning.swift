// SPDX-License-Identifier: Apache-2.0
import CCurlShim

/// How libcurl is made to sign a path as AWS wants it.
///
/// AWS signs a path whose segments are percent-encoded once more than what is sent: for
/// `/model/x%3A0` it signs `/model/x%253A0`. libcurl before 8.15 signs the URL's path as it is (7.88.1,
/// measured), so that it gets the twice encoded one as the URL, and the path to send beside it.
/// Source: curl pull request 17129, since which libcurl encodes again itself.
enum CurlSigning {
    private static let encodesItself = 0x08_0F00

    /// The target to sign instead of `target`, or nil where libcurl signs that one right.
    static func signedTarget(_ target: String) -> String? {
        guard ccurl_version() < encodesItself else { return nil }
        return target.replacing("%", with: "%25")
    }
}
