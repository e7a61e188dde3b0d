// SPDX-License-Identifier: Apache-2.0
import Foundation
import Simulator
import Testing

/// Seeded runs of the whole gateway. A seed that fails replays exactly:
/// `MARTLET_SEED=1234 swift test --filter SimulatorTests`.
@Suite struct SimulatorTests {
    static let only = ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { UInt64($0) }
    /// How many seeds are run; CI runs all 2,000.
    static let count =
        ProcessInfo.processInfo.environment["MARTLET_SEEDS"].flatMap { UInt64($0) } ?? 2_000
    static let batches: [Range<UInt64>] =
        only.map { [$0..<$0 + 1] } ?? (0..<count / 50).map { $0 * 50..<($0 + 1) * 50 }

    @Test(arguments: batches)
    func `no seed violates an invariant`(seeds: Range<UInt64>) {
        for seed in seeds {
            let violations = SimulatedRun(seed: seed).violations()
            if !violations.isEmpty {
                Issue.record("seed \(seed): \(violations.joined(separator: "; "))")
            }
        }
    }

    /// What no run has, no run can find wrong.
    @Test func `some streams are gone on with by another target`() {
        let seeds: Range<UInt64> = 0..<100
        let mark = #""martlet":{"resumed""#
        #expect(seeds.contains { SimulatedRun(seed: $0).story().contains(mark) })
    }

    @Test func `the same seed gives the same run`() {
        for seed: UInt64 in 0..<20 {
            #expect(SimulatedRun(seed: seed).story() == SimulatedRun(seed: seed).story())
        }
    }
}
