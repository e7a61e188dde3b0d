// SPDX-License-Identifier: Apache-2.0

/// Median times of several contestants on one input, taken in turns so that a slow moment of the
/// machine meets all of them.
struct Measurement {
    /// Nanoseconds a run, in the order of the contestants.
    var medians: [Double]

    init(_ contestants: [() -> Void], rounds: Int = 41) {
        let clock = ContinuousClock()
        let repetitions = contestants.map { contestant in
            contestant()
            let once = clock.measure(contestant).nanoseconds
            return max(1, Int(2_000_000 / max(once, 50)))
        }
        var times = contestants.map { _ in [Double]() }
        for _ in 0..<rounds {
            for (index, contestant) in contestants.enumerated() {
                let count = repetitions[index]
                let time = clock.measure { for _ in 0..<count { contestant() } }
                times[index].append(time.nanoseconds / Double(count))
            }
        }
        medians = times.map { $0.sorted()[rounds / 2] }
    }
}

extension Duration {
    var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
    }
}

extension Double {
    /// The number with a few decimals, right-aligned to `width`.
    func text(decimals: Int = 2, width: Int = 9) -> String {
        let scale = (0..<decimals).reduce(1) { result, _ in result * 10 }
        let scaled = Int(self * Double(scale) + 0.5)
        let fraction = "\(scale + scaled % scale)".dropFirst()
        let text = decimals == 0 ? "\(scaled)" : "\(scaled / scale).\(fraction)"
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
