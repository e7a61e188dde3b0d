// SPDX-License-Identifier: Apache-2.0
package import Wire

/// How a server treats its connections.
package struct ServerSettings: Sendable {
    /// What one connection may cost.
    package var limits = HTTPLimits()
    /// Connections at one time. One more is closed as soon as it is accepted: an answer would cost
    /// what the limit is there to save.
    package var maximumConnections = 20_000
    /// Queued bytes at which a reply's producer is told to stop.
    package var highWaterBytes = 64 * 1024
    /// Queued bytes at which it is told to go on.
    package var lowWaterBytes = 16 * 1024
    /// Whole JSON replies of at least this size are gzipped for clients that accept it.
    package var gzipBytes = 1024

    /// The settings that suit a gateway.
    package init() {}
}
