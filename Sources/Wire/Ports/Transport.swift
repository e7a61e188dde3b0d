// SPDX-License-Identifier: Apache-2.0

/// Where a provider is: scheme, authority and the path before the operation's own.
///
/// Shape: `https://api.openai.com/v1`. Made from the configuration, never from a client's bytes.
package struct Endpoint: Sendable, Hashable {
    /// The base URL without a trailing slash.
    package var baseURL: String
    /// A PEM file with the authorities to trust instead of the system's, or nil.
    package var certificateAuthorities: String?

    package init(baseURL: String, certificateAuthorities: String? = nil) {
        self.baseURL = baseURL
        self.certificateAuthorities = certificateAuthorities
    }
}

/// How long a transfer may take in each of its parts.
package struct TransferLimits: Sendable, Equatable {
    /// Name resolution, TCP and TLS.
    package var connect: Duration
    /// From the start of the transfer to the first byte of the reply's head.
    package var firstByte: Duration
    /// Between two pieces of the reply once its head is there, not counted while paused.
    package var idle: Duration
    /// The whole transfer.
    package var total: Duration

    package init(
        connect: Duration = .seconds(5), firstByte: Duration = .seconds(120),
        idle: Duration = .seconds(60), total: Duration = .seconds(900)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }

    /// The same, but that nothing takes longer than `rest`.
    package func shortened(to rest: Duration) -> TransferLimits {
        TransferLimits(
            connect: min(connect, rest), firstByte: min(firstByte, rest), idle: min(idle, rest),
            total: min(total, rest))
    }
}

/// One request to a provider.
package struct TransferRequest: Sendable {
    /// Where to; `message.target` is appended to its base URL.
    package var endpoint: Endpoint
    package var message: HTTPRequest
    package var limits: TransferLimits
    /// How the request is signed, or nil for one that carries its key, or none.
    package var signing: RequestSigning?
    /// Whether other transfers may run on its connection at the same time. A transfer that may be
    /// paused has one of its own, so that it holds up nobody.
    package var sharesConnection: Bool

    package init(
        endpoint: Endpoint, message: HTTPRequest, limits: TransferLimits,
        signing: RequestSigning? = nil, sharesConnection: Bool = true
    ) {
        self.endpoint = endpoint
        self.message = message
        self.limits = limits
        self.signing = signing
        self.sharesConnection = sharesConnection
    }
}

/// Carries requests to providers and tells what comes back.
///
/// Isolation: the shard that owns it.
package protocol Transport: AnyObject {
    /// Starts a transfer. `receiver` is told nothing before this call returns, and is held until
    /// the transfer has ended or was cancelled.
    func start(_ request: TransferRequest, receiver: any TransferReceiver) -> any Transfer
}

/// A running transfer.
package protocol Transfer: AnyObject {
    /// Ends it now and closes its connection (HTTP/2: its stream). The receiver hears nothing more.
    func cancel()
    /// Stops reading from the provider, so that its sender blocks. Safe to call from the receiver.
    func pause()
    /// Reads on after a pause.
    func resume()
    /// What has been measured so far.
    var timings: TransferTimings { get }
}

/// What a transfer tells, in this order: one head, any number of bytes, one end. A transfer that
/// fails before the head tells the end alone.
package protocol TransferReceiver: AnyObject {
    /// The reply's final head (1xx are not told).
    func transferDidReceive(head: HTTPReplyHead)
    /// The next bytes of the body, content-decoded. The span is gone after the call.
    func transferDidReceive(_ bytes: Span<UInt8>)
    /// The end, exactly once unless cancelled.
    func transferDidEnd(_ end: TransferEnd)
}

/// How a transfer ended.
package enum TransferEnd: Sendable, Equatable {
    /// The body came whole, as far as HTTP can tell.
    case complete
    case failed(TransferFailure)
}

/// Why a transfer failed.
package struct TransferFailure: Error, Sendable, Equatable {
    /// Which part of the transfer failed, and how.
    package enum Kind: String, Sendable {
        case resolve, connect, tls
        case connectTimeout, firstByteTimeout, idleTimeout, totalTimeout
        /// The connection ended before the reply's head was complete.
        case closedBeforeHead
        /// The connection ended, or was reset, inside the body.
        case cut
        /// What came back is not HTTP, or breaks a limit.
        case malformed
    }
    package var kind: Kind
    /// For the log: libcurl's own words. Holds no credentials.
    package var detail: String

    package init(_ kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }
}

/// Moments of a transfer, each since its start; nil where it has not come to that.
package struct TransferTimings: Sendable, Equatable {
    /// TCP connected; nil or zero on a reused connection.
    package var connected: Duration?
    /// TLS done; nil without TLS.
    package var secured: Duration?
    package var firstByte: Duration?
    /// Whether an idle connection was taken from the pool.
    package var reusedConnection: Bool

    package init(
        connected: Duration? = nil, secured: Duration? = nil, firstByte: Duration? = nil,
        reusedConnection: Bool = false
    ) {
        self.connected = connected
        self.secured = secured
        self.firstByte = firstByte
        self.reusedConnection = reusedConnection
    }
}
