// SPDX-License-Identifier: Apache-2.0
import Glibc
import Shard
import Testing
import Wire

@Suite(.timeLimit(.minutes(1)))
struct EventPollTests {
    private final class Recorder: PollObserver {
        var events: [PollEvents] = []
        var onReady: () -> Void = {}
        func descriptorIsReady(_ events: PollEvents) {
            self.events.append(events)
            onReady()
        }
    }

    @Test func `an event of a closed descriptor does not reach its successor`() async throws {
        let shard = try Shard(name: "test")
        let (firstCount, successorEvents) = try await withRunning(shard) { shard in
            let poll = shard.loop.poll
            // Two pipes, both readable in one batch; whichever is told first closes the other, and
            // opens a third that gets the same number.
            var ends = (0..<2).map { _ in Self.makePipe() }
            let recorders = [Recorder(), Recorder()]
            let successor = Recorder()
            var registrations: [PollRegistration] = []
            for index in 0..<2 {
                registrations.append(
                    try poll.add(ends[index].reading, .readable, observer: recorders[index]))
            }
            for index in 0..<2 {
                recorders[index].onReady = {
                    let other = 1 - index
                    poll.removeBeforeClosing(registrations[other])
                    close(ends[other].writing)
                    // Closes the old one and takes its number in one step: other tests of this
                    // process open descriptors meanwhile.
                    let fresh = Self.makePipe()
                    #expect(dup2(fresh.reading, ends[other].reading) == ends[other].reading)
                    close(fresh.reading)
                    ends[other].writing = fresh.writing
                    registrations[other] =
                        (try? poll.add(ends[other].reading, .readable, observer: successor))
                        ?? registrations[other]
                    poll.remove(registrations[index], ends[index].reading)
                }
                var byte: UInt8 = 1
                write(ends[index].writing, &byte, 1)
            }
            return (recorders, successor)
        }
        #expect(firstCount == 1)
        #expect(successorEvents == 0)
        await shard.shutdown()
    }

    private func withRunning(
        _ shard: Shard,
        _ body: @escaping @Sendable (isolated Shard) throws -> ([Recorder], Recorder)
    ) async throws -> (Int, Int) {
        shard.start()
        return await shard.wait { shard, done in
            guard let (recorders, successor) = try? body(shard) else { return done((-1, -1)) }
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(10))) {
                let told = recorders.reduce(0) { $0 + $1.events.count }
                done((told, successor.events.count))
            }
        }
    }

    private static func makePipe() -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        return (ends[0], ends[1])
    }
}
