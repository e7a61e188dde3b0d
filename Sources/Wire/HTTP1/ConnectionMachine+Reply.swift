// SPDX-License-Identifier: Apache-2.0

extension ConnectionMachine {
    /// What follows a reply.
    package enum AfterReply: Sendable, Equatable {
        case awaitRequest
        case close
    }

    /// Whether a request was delivered whose reply has not ended.
    package var isReplying: Bool { phase == .replying }

    /// Whether bytes are wanted: false while replying and after the close.
    package var wantsBytes: Bool { phase != .replying && phase != .closed }

    /// Decides the framing of the reply to the current request, or to the violation that closed
    /// the connection.
    package mutating func beginReply(status: Int, body: ReplyBody) -> ReplyFraming {
        let length: ReplyFraming.Length
        switch body {
        case _ where status == 204 || status == 304: length = .none
        case .whole(let count): length = .contentLength(count)
        case .pieces: length = version == .http11 ? .chunked : .untilClose
        }
        if length == .untilClose, !isHead { persists = false }
        if isDraining { persists = false }
        return ReplyFraming(
            length: length, sendsBody: !isHead && length != .none, persists: persists,
            version: version)
    }

    /// Ends the current reply well.
    package mutating func endReply(now: Instant) -> AfterReply {
        guard phase == .replying, persists, !isDraining else {
            close()
            return .close
        }
        phase = .idle
        since = now
        return .awaitRequest
    }

    /// Ends the current reply badly: the connection must close.
    package mutating func abortReply() { close() }

    /// Lets no further request in; true where nothing is under way, so the connection closes now.
    package mutating func beginDraining() -> Bool {
        isDraining = true
        guard phase == .idle || phase == .closed else { return false }
        close()
        return true
    }
}

extension ConnectionMachine {
    /// What to do when a deadline passed.
    package enum Lateness: Sendable, Equatable {
        case notLate
        /// Close without a word: nothing was asked.
        case closeSilently
        /// Answer with an error, then close.
        case violation(HTTPViolation)
    }

    /// When the client is late, as things stand; `distantFuture` while replying.
    package var deadline: Instant {
        switch phase {
        case .idle: since.advanced(by: limits.keepAliveTime)
        case .head: since.advanced(by: limits.headTime)
        case .body: body?.deadline(limits) ?? .distantFuture
        case .replying, .closed: .distantFuture
        }
    }

    /// Tells the time; a client that is late is done with.
    package mutating func passTime(now: Instant) -> Lateness {
        guard now >= deadline else { return .notLate }
        let lateness: Lateness =
            switch phase {
            case .head: .violation(.headTimeout)
            case .body: .violation(.bodyTimeout)
            case .idle, .replying, .closed: .closeSilently
            }
        refuse()
        return lateness
    }
}
