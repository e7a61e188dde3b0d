// SPDX-License-Identifier: Apache-2.0

/// What one connection may cost, in bytes and in time.
package struct HTTPLimits: Sendable, Equatable {
    /// The request line with its CRLF. Beyond it: 414.
    package var requestLineBytes = 8 * 1024
    /// All field lines of a request together. Beyond it: 431.
    package var fieldBytes = 32 * 1024
    /// Field lines of a request. Beyond it: 431.
    package var fieldCount = 100
    /// A request's body, transfer- and content-decoded. Beyond it: 413.
    package var bodyBytes = 64 * 1024 * 1024
    /// A chunk's size line with its extensions and CRLF. Beyond it: 400.
    package var chunkLineBytes = 256
    /// Bytes of chunk lines beyond what honest chunks need. Beyond it: 400.
    package var chunkOverheadBytes = 16 * 1024
    /// All trailer lines together. Beyond it: 431.
    package var trailerBytes = 8 * 1024
    /// Bytes kept for requests that were sent before their turn; reading stops there.
    package var pipelinedBytes = 16 * 1024
    /// How many times larger than its gzip form a body over 1 MiB may be. Beyond it: 413.
    package var expansionRatio = 100

    /// From the first byte of a request to the end of its head. After it: 408.
    package var headTime: Duration = .seconds(10)
    /// Between two bytes of a body. After it: 408.
    package var bodyIdleTime: Duration = .seconds(30)
    /// The least average speed of a body once `bodyIdleTime` has passed. Below it: 408.
    package var bodyBytesPerSecond = 500
    /// Without a request. After it the connection closes silently.
    package var keepAliveTime: Duration = .seconds(75)
    /// Without the client taking a byte of a reply that waits for it. After it: closed.
    package var writeIdleTime: Duration = .seconds(60)
    /// For the client to read the last bytes before a close. After it: closed.
    package var lingerTime: Duration = .seconds(2)
    /// Bytes read and thrown away while lingering. Beyond it: closed. Large, because many clients
    /// write a whole body before they look for the answer that refuses it.
    package var lingerBytes = 512 * 1024 * 1024

    /// The limits that suit a gateway for chat calls.
    package init() {}
}
