// SPDX-License-Identifier: Apache-2.0
package import Wire

/// A `ReplyWriter` that keeps what it is told, for tests that need no connection.
package final class RecordingReply: ReplyWriter {
    package enum Ending: Sendable { case open, finished, aborted }

    package var observer: (any ReplyObserver)?
    package private(set) var isClientGone = false
    package private(set) var head: HTTPReplyHead?
    package private(set) var body: [UInt8] = []
    package private(set) var ending = Ending.open
    package private(set) var pieces: [[UInt8]] = []
    package var queuedBytes: Int { 0 }

    package init() {}

    package var text: String { String(decoding: body, as: UTF8.self) }

    package func send(_ head: HTTPReplyHead) {
        precondition(self.head == nil, "a second head")
        self.head = head
    }

    package func send(_ bytes: Span<UInt8>) {
        precondition(head != nil && ending == .open, "bytes outside a reply")
        var piece: [UInt8] = []
        for index in bytes.indices { piece.append(bytes[index]) }
        pieces.append(piece)
        body += piece
    }

    package func finish() { end(.finished) }

    package func send(_ head: HTTPReplyHead, body: [UInt8]) {
        send(head)
        self.body = body
        end(.finished)
    }

    package func abort() { end(.aborted) }

    /// The client leaves.
    package func leave() {
        isClientGone = true
        observer?.clientDidLeave()
    }

    private func end(_ value: Ending) {
        precondition(ending == .open, "a second end")
        ending = value
        observer = nil
    }
}
