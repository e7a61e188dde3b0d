// SPDX-License-Identifier: Apache-2.0
import Wire

/// The one timer of a handle, kept from transfer to transfer.
///
/// Deadlines move on with each transfer, so a timer that was set for the last one is early enough
/// for the next: it looks again when it fires. An ordinary transfer sets none and cancels none,
/// which would be 2,000 instructions.
final class HandleTimer {
    private let clock: any Timekeeper
    private let onFire: () -> Void
    private var timer: TimerID?
    /// When `timer` fires; meaningless without one.
    private var deadline = Instant.distantFuture

    init(clock: any Timekeeper, onFire: @escaping () -> Void) {
        self.clock = clock
        self.onFire = onFire
    }

    deinit { if let timer { clock.cancel(timer) } }

    /// Fires at `instant`, or earlier.
    func fire(by instant: Instant) {
        if let timer {
            if instant >= deadline { return }
            clock.cancel(timer)
        }
        deadline = instant
        timer = clock.schedule(at: instant) { [unowned self] in
            timer = nil
            onFire()
        }
    }
}
