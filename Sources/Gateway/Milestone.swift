// SPDX-License-Identifier: Apache-2.0

/// A place where one task waits for one value that a callback brings.
///
/// The first value wins; later ones are dropped. Isolation: the shard, on both sides.
final class Milestone<Value: Sendable> {
    /// Safe: a continuation is resumed once, when its state is left.
    @safe private enum State {
        case open
        case awaited(UnsafeContinuation<Value, Never>)
        case reached(Value)
        case over
    }

    private var state: State = .open

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
        // Asked inside the closure and not before it: the way there may be a suspension, in which
        // the value comes.
        await unsafe withUnsafeContinuation { continuation in
            if case .reached(let value) = state {
                state = .over
                unsafe continuation.resume(returning: value)
            } else {
                state = unsafe .awaited(continuation)
            }
        }
    }
}
