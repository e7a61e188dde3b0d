// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Wire

extension TransferFailure {
    /// What a result of libcurl means.
    ///
    /// - Parameters:
    ///   - phase: How far the transfer had come.
    ///   - words: libcurl's error buffer, empty where it had nothing to add.
    init(_ code: CURLcode, phase: TransferDeadlines.Phase, words: String) {
        let generic = String(cString: curl_easy_strerror(code))
        self.init(
            Self.kind(of: code, phase: phase, words: words),
            detail: words.isEmpty ? generic : words)
    }

    private static func kind(
        of code: CURLcode, phase: TransferDeadlines.Phase, words: String
    ) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_URL_MALFORMAT:
            return .resolve
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
            return .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return .tls
        case CURLE_OPERATION_TIMEDOUT:
            // Only libcurl's own limit on connecting (300 s) is left to it.
            return .connectTimeout
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
            return .malformed
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Before the request: the URL's scheme. After it: an answer that is not HTTP.
            return phase == .connecting ? .resolve : .malformed
        case CURLE_RECV_ERROR where words.contains("chunked-encoding"):
            // libcurl has one code for a reset and for chunks that cannot be read.
            return .malformed
        default:
            // GOT_NOTHING, SEND_ERROR, RECV_ERROR, PARTIAL_FILE, HTTP2, HTTP2_STREAM,
            // SSL_SHUTDOWN_FAILED, ABORTED_BY_CALLBACK, and OUT_OF_MEMORY: the connection is gone.
            switch phase {
            case .connecting: return .connect
            case .waiting: return .closedBeforeHead
            case .receiving: return .cut
            }
        }
    }
}
