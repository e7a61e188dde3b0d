// SPDX-License-Identifier: Apache-2.0

/// What wakes one task when something has happened that it may want to look at.
///
/// It says nothing of what happened: the task looks. Rings before the task listens are not lost, and
/// several are one. A part of the object that things happen to, so that a wait allocates nothing.
struct Bell {
    /// Safe: a continuation is resumed once, when its state is left.
    @safe private enum State {
        case quiet
        case heard(UnsafeContinuation<Void, Never>)
        case rung
    }

    private var state: State = .quiet

    /// Something has happened.
    mutating func ring() {
        switch state {
        case .quiet:
            state = .rung
        case .heard(let continuation):
            state = .quiet
            unsafe continuation.resume()
        case .rung:
            break
        }
    }

    /// Wakes the task at the next ring, or at once where there was one that it has not heard.
    mutating func wake(_ continuation: UnsafeContinuation<Void, Never>) {
        if case .rung = state {
            state = .quiet
            unsafe continuation.resume()
        } else {
            state = unsafe .heard(continuation)
        }
    }
}
