// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Wire

/// A URL in libcurl's parsed form, which saves it from parsing a string for each transfer
/// (12 % of its instructions).
final class ParsedURL {
    let handle: OpaquePointer
    let isSecure: Bool
    /// The path of the base URL, without a slash at its end.
    let path: String

    /// Throws: `.resolve` for a URL that cannot be read.
    init(endpoint: Endpoint, target: String) throws(TransferFailure) {
        // A space or a control byte would end the request line early.
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw TransferFailure(.resolve, detail: "the request's target is no path")
        }
        guard let handle = curl_url() else {
            throw TransferFailure(.resolve, detail: "out of memory")
        }
        let flags = UInt32(CURLU_PATH_AS_IS | CURLU_DISALLOW_USER)
        let code = curl_url_set(handle, CURLUPART_URL, endpoint.baseURL + target, flags)
        guard code == CURLUE_OK else {
            curl_url_cleanup(handle)
            let reason = String(cString: curl_url_strerror(code))
            throw TransferFailure(.resolve, detail: "the base URL cannot be read: \(reason)")
        }
        self.handle = handle
        // Scheme and authority end at the first slash behind them.
        let authority =
            endpoint.baseURL.split(
                separator: "/", maxSplits: 2, omittingEmptySubsequences: false
            ).last ?? ""
        path = String(authority.drop { $0 != "/" })
        isSecure = endpoint.baseURL.prefix(6).lowercased() == "https:"
    }

    deinit { curl_url_cleanup(handle) }
}

/// The parsed URLs of recent requests. There are few: a provider's operations, times its models
/// where these are part of the path.
struct ParsedURLCache {
    private struct Key: Hashable {
        var baseURL: String
        var target: String
    }

    private var urls: [Key: ParsedURL] = [:]
    private static let capacity = 256

    mutating func url(
        endpoint: Endpoint, target: String
    ) throws(TransferFailure) -> ParsedURL {
        let key = Key(baseURL: endpoint.baseURL, target: target)
        if let url = urls[key] { return url }
        let url = try ParsedURL(endpoint: endpoint, target: target)
        if urls.count >= Self.capacity { urls.removeAll(keepingCapacity: true) }
        urls[key] = url
        return url
    }
}
