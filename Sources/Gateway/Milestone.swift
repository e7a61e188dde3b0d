// SPDX-License-Identifier: Apache-2.0

/// A place where one task waits for one value that a callback brings.
///
/// The first value wins; later ones are dropped. Isolation: the shard, on both sides.
final class Milestone<Value: Sendable> {
    private enum State {
        case open
        case awaited(UnsafeContinuation<Value, Never>)
        case reached(Value)
        case over
    }

    private var state: State = .open

    /// Whether a value has come.
    var isReached: Bool {
        switch state {
        case .open, .awaited: false
        case .reached, .over: true
        }
    }

    /// Brings the value.
    func reach(_ value: Value) {
        switch state {
        case .open:
            state = .reached(value)
        case .awaited(let continuation):
            state = .over
            unsafe continuation.resume(returning: value)
        case .reached, .over:
            break
        }
    }

    /// The value, once it has come. Called once.
    func value() async -> Value {
        if case .reached(let value) = state {
            state = .over
            return value
        }
        return await unsafe withUnsafeContinuation { continuation in
            state = unsafe .awaited(continuation)
        }
    }
}
