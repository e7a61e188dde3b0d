// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Wire

/// An easy handle of libcurl that is kept and used for one transfer after another.
///
/// Options that are the same for all transfers are set once. Of the others, those that differ from
/// the last transfer's are set, so in the usual case a transfer sets its body and nothing else.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    /// The transfer it is used for now.
    var transfer: CurlTransfer?
    /// Tells the transfer when one of its deadlines may have passed.
    private(set) lazy var timer = HandleTimer(clock: clock) { [unowned self] in
        transfer?.timerDidFire()
    }
    private let clock: any Timekeeper
    private let errorBuffer: UnsafeMutablePointer<CChar>
    private let defaultAuthorities: String?
    private let userAgent: String

    private var url: ParsedURL?
    private var baseURL = ""
    private var target = ""
    private var isSecure = false
    private var isMultiplexed: Bool?
    private var authorities: String?
    private var method = ""
    private var hasBody = false
    private var fields: HTTPFields?
    private var refusesExpect = false
    private var fieldList: RequestFieldList?
    private var hasLongConnect = false
    private var signing: RequestSigning?
    private var hasSignedFields = false

    /// Nil where there is no memory.
    init?(
        sockets: CurlSocketTable, share: UnsafeMutableRawPointer?, userAgent: String,
        clock: any Timekeeper
    ) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.userAgent = userAgent
        self.clock = clock
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defaultAuthorities = ccurl_default_authorities(easy).map { String(cString: $0) }
        setOnce(share: share)
        setReceivers()
        setSockets(sockets)
    }

    deinit {
        curl_easy_cleanup(easy)
        errorBuffer.deallocate()
    }

    /// libcurl's own words about the last failure, or an empty text.
    var failureWords: String { String(cString: errorBuffer) }

    var timings: TransferTimings {
        let isReused = ccurl_long(easy, CURLINFO_NUM_CONNECTS) == 0
        func moment(_ which: CURLINFO) -> Duration? {
            let microseconds = ccurl_microseconds(easy, which)
            return microseconds > 0 ? .microseconds(microseconds) : nil
        }
        return TransferTimings(
            connected: isReused ? nil : moment(CURLINFO_CONNECT_TIME_T),
            secured: isReused ? nil : moment(CURLINFO_APPCONNECT_TIME_T),
            firstByte: moment(CURLINFO_STARTTRANSFER_TIME_T),
            reusedConnection: isReused && moment(CURLINFO_PRETRANSFER_TIME_T) != nil)
    }

    /// Sets what differs from the last transfer. The message's body must outlive the transfer.
    ///
    /// Throws: `.resolve` for a URL that cannot be read, `.malformed` for a field that would break
    /// out of its line.
    func prepare(
        _ request: borrowing TransferRequest, urls: inout ParsedURLCache
    ) throws(TransferFailure) {
        try setURL(request, urls: &urls)
        // What is signed by the path that is not sent was tried over HTTP/1.1 alone.
        setVersion(
            isMultiplexed: isSecure && request.sharesConnection && request.signing == nil)
        setSigning(request.signing)
        try setFields(
            request.message.fields, token: request.signing?.reveal().sessionToken,
            bodyCount: request.message.body.count)
        setMethod(request.message.method, hasBody: !request.message.body.isEmpty)
        setAuthorities(request.endpoint.certificateAuthorities)
        if hasBody {
            request.message.body.withUnsafeBytes {
                ccurl_set_body(easy, $0.baseAddress, Int64($0.count))
            }
        }
        // libcurl stops connecting after 300 s by itself; the transfer's own timer is earlier
        // unless somebody configures more.
        let isLong = request.limits.connect > .seconds(290)
        if isLong != hasLongConnect {
            hasLongConnect = isLong
            ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, isLong ? Int(Int32.max) : 0)
        }
        errorBuffer.pointee = 0
    }

    private func setURL(
        _ request: borrowing TransferRequest, urls: inout ParsedURLCache
    ) throws(TransferFailure) {
        if request.endpoint.baseURL == baseURL, request.message.target == target, url != nil,
            (request.signing == nil) == (signing == nil)
        {
            return
        }
        let signed = request.signing.flatMap { _ in
            CurlSigning.signedTarget(request.message.target)
        }
        let parsed = try urls.url(
            endpoint: request.endpoint, target: signed ?? request.message.target)
        ccurl_set_pointer(easy, CURLOPT_CURLU, UnsafeMutableRawPointer(parsed.handle))
        // The path that is signed is the URL's; the one that is sent may be named beside it.
        ccurl_set_string(
            easy, CURLOPT_REQUEST_TARGET,
            signed == nil ? nil : parsed.path + request.message.target)
        url = parsed
        baseURL = request.endpoint.baseURL
        target = request.message.target
        isSecure = parsed.isSecure
    }

    /// HTTP/2 by ALPN where a connection may be shared, else HTTP/1.1.
    ///
    /// Without TLS, waiting to see whether a connection can be shared would make every transfer
    /// wait for the first one to connect. And a transfer that may be paused is alone on its
    /// connection: libcurl 7.88 keeps what comes for a paused HTTP/2 stream in one small buffer,
    /// reads nothing for its neighbours once that is full (`pause_stream_id` in `lib/http2.c`), and
    /// with the small buffer that is set here most resumed streams got no byte any more (9 of 12
    /// runs at 8 KiB, none of 12 at 16 KiB).
    private func setVersion(isMultiplexed: Bool) {
        guard self.isMultiplexed != isMultiplexed else { return }
        self.isMultiplexed = isMultiplexed
        let version = isMultiplexed ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(version))
        ccurl_set_long(easy, CURLOPT_PIPEWAIT, isMultiplexed ? 1 : 0)
    }

    /// Signing by libcurl, with its own credential; off, and forgotten, for the next provider.
    private func setSigning(_ newSigning: RequestSigning?) {
        guard newSigning != signing else { return }
        signing = newSigning
        let credential = newSigning?.reveal()
        let scope = newSigning.map { "aws:amz:\($0.region):\($0.service)" }
        ccurl_set_string(easy, CURLOPT_AWS_SIGV4, scope)
        // Turning it off leaves the kind of authentication at it.
        if newSigning == nil { ccurl_set_long(easy, CURLOPT_HTTPAUTH, 1) }
        ccurl_set_string(easy, CURLOPT_USERNAME, credential?.accessKeyID)
        ccurl_set_string(easy, CURLOPT_PASSWORD, credential?.secretAccessKey)
        // Where a field cannot be kept from being added (see `RequestFieldList`), no coding is
        // asked for.
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, newSigning == nil ? "" : nil)
    }

    /// libcurl asks by `Expect: 100-continue` before it sends a body above 1 MiB; where it does not
    /// matter any more, one line is well spent on being sure.
    private static let longestUnasked = 64 << 10

    private func setFields(
        _ messageFields: HTTPFields, token: String?, bodyCount: Int
    ) throws(TransferFailure) {
        var newFields = messageFields
        if let token { newFields.append("x-amz-security-token", token) }
        let isSigned = signing != nil
        let isLong = bodyCount > Self.longestUnasked
        if fields == newFields, isSigned == hasSignedFields, refusesExpect || !isLong { return }
        let list = try RequestFieldList(
            newFields, userAgent: userAgent, refusesExpect: isLong, isSigned: isSigned)
        ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, list.lines)
        // The old list goes only now that libcurl has the new one.
        fieldList = list
        fields = newFields
        refusesExpect = isLong
        hasSignedFields = isSigned
    }

    private func setMethod(_ newMethod: String, hasBody newHasBody: Bool) {
        let sendsBody = newHasBody || newMethod == "POST"
        guard newMethod != method || sendsBody != hasBody else { return }
        method = newMethod
        hasBody = sendsBody
        ccurl_set_long(easy, CURLOPT_NOBODY, 0)
        if sendsBody {
            ccurl_set_long(easy, CURLOPT_POST, 1)
        } else if newMethod == "HEAD" {
            ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        } else {
            ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
        }
        let isNamedByOption = newMethod == (sendsBody ? "POST" : "GET") || newMethod == "HEAD"
        ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, isNamedByOption ? nil : newMethod)
    }

    private func setAuthorities(_ path: String?) {
        guard path != authorities else { return }
        authorities = path
        ccurl_set_string(easy, CURLOPT_CAINFO, path ?? defaultAuthorities)
        // The named file is trusted alone, not beside the system's folder.
        ccurl_set_string(easy, CURLOPT_CAPATH, path == nil ? "/etc/ssl/certs" : nil)
    }

    private func setOnce(share: UnsafeMutableRawPointer?) {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1),
            // A cancelled transfer must not wait for the thread that resolves its name.
            (CURLOPT_QUICK_EXIT, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
            (CURLOPT_TCP_NODELAY, 1),
            (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_TCP_KEEPIDLE, 60), (CURLOPT_TCP_KEEPINTVL, 15),
            // What a stream costs is mostly this.
            (CURLOPT_BUFFERSIZE, 8 * 1_024),
            // Below the idle limits of usual servers (nginx 75 s, load balancers 60 s), so that
            // a request seldom meets a connection that is just being closed.
            (CURLOPT_MAXAGE_CONN, 55),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
        ]
        for (option, value) in numbers { ccurl_set_long(easy, option, value) }
        let texts: [(CURLoption, String)] = [
            (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
            // Empty means none, where nil would mean the environment's.
            (CURLOPT_PROXY, ""), (CURLOPT_NOPROXY, "*"),
            // Empty means every coding libcurl can decode. The field itself is not sent (see
            // `RequestFieldList`); this is for providers that encode without being asked.
            (CURLOPT_ACCEPT_ENCODING, ""),
        ]
        for (option, value) in texts { ccurl_set_string(easy, option, value) }
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorBuffer)
        ccurl_set_pointer(easy, CURLOPT_SHARE, share)
    }

    private func setReceivers() {
        ccurl_set_receivers(
            easy,
            { bytes, size, count, context in
                CurlHandle.transfer(context)?.receiveLine(bytes, count: size * count) ?? 0
            },
            { bytes, size, count, context in
                CurlHandle.transfer(context)?.receiveBody(bytes, count: size * count) ?? 0
            },
            { context, _, _, _, _ in
                let transfer = CurlHandle.transfer(context)
                return transfer?.mayBeSent() ?? false ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    private func setSockets(_ sockets: CurlSocketTable) {
        ccurl_set_socket_callbacks(
            easy,
            { context, _, address in
                guard let context, let address else { return CURL_SOCKET_BAD }
                return Unmanaged<CurlSocketTable>.fromOpaque(context).takeUnretainedValue().open(
                    family: address.pointee.family, type: address.pointee.socktype,
                    protocol: address.pointee.protocol)
            },
            { context, descriptor in
                guard let context else { return -1 }
                return Unmanaged<CurlSocketTable>.fromOpaque(context).takeUnretainedValue().close(
                    descriptor)
            },
            Unmanaged.passUnretained(sockets).toOpaque())
    }

    /// The transfer of the handle that libcurl hands back to a callback.
    static func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        guard let context else { return nil }
        // The transport holds the handle while libcurl does.
        return Unmanaged<CurlHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.transfer }
    }
}
