// SPDX-License-Identifier: Apache-2.0

/// A place where one task waits for one value that a callback brings.
///
/// The first value wins; later ones are dropped. A part of the object that the value comes to, so
/// that a wait allocates nothing.
struct Milestone<Value: Sendable> {
    /// Safe: a continuation is resumed once, when its state is left.
    @safe private enum State {
        case open
        case awaited(UnsafeContinuation<Void, Never>)
        case reached(Value)
    }

    private var state: State = .open

    /// Brings the value.
    mutating func reach(_ value: consuming Value) {
        switch state {
        case .open:
            state = .reached(value)
        case .awaited(let continuation):
            state = .reached(value)
            unsafe continuation.resume()
        case .reached:
            break
        }
    }

    /// Wakes the task once the value has come. Called once.
    mutating func wake(_ continuation: UnsafeContinuation<Void, Never>) {
        if case .open = state {
            state = unsafe .awaited(continuation)
        } else {
            unsafe continuation.resume()
        }
    }

    /// The value, or nil where it has not come.
    var value: Value? {
        if case .reached(let value) = state { value } else { nil }
    }
}
