// SPDX-License-Identifier: Apache-2.0

extension UsageReport {
    /// The report for people: consumption and cost, then latencies, then what the sums lack.
    package var table: String {
        if total.calls == 0 { return "No calls.\n" }
        let lines = groups + [(name: "total", tally: total)]
        return consumption(lines) + "\n" + latencies(lines) + "\n" + remarks
    }

    private func consumption(_ lines: [(name: String, tally: Tally)]) -> String {
        let kinds = total.tokens.named.enumerated()
            .filter { $0.element.isAlwaysShown || $0.element.count != 0 }
        let headings = ["calls", "complete"] + kinds.map(\.element.name) + ["cost (USD)"]
        var table = TextTable(
            [(grouping.rawValue, .left)] + headings.map { ($0, .right) }
                + [("unknown cost", .right)])
        for (name, tally) in lines {
            let tokens = tally.tokens.named
            table.add(
                [name, "\(tally.calls)", "\(tally.count(of: .complete))"]
                    + kinds.map { "\(tokens[$0.offset].count)" }
                    + [
                        Self.cost(tally), "\(tally.callsWithUnknownCost)",
                    ])
        }
        return table.text
    }

    /// The sum of the known costs; `unknown` where none is.
    static func cost(_ tally: Tally) -> String {
        if tally.callsWithUnknownCost == tally.calls { return "unknown" }
        return tally.knownCost?.decimalText ?? "too large"
    }

    private func latencies(_ lines: [(name: String, tally: Tally)]) -> String {
        let columns = ["total", "first token", "overhead"].flatMap { name in
            ["p50", "p95", "p99"].map { ("\(name) \($0)", TextTable.Alignment.right) }
        }
        var table = TextTable([(text: "milliseconds", alignment: .left)] + columns)
        for (name, tally) in lines {
            let histograms = [tally.total, tally.firstToken, tally.overhead]
            table.add(
                [name]
                    + histograms.flatMap { histogram in
                        [500, 950, 990].map { Self.milliseconds(histogram.quantile(perMille: $0)) }
                    })
        }
        return table.text
    }

    /// `12.345` for 12,345 µs, `-` for none.
    static func milliseconds(_ microseconds: Int64?) -> String {
        guard let microseconds else { return "-" }
        let fraction = "\(microseconds % 1_000)"
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }

    private var remarks: String {
        let states = CallState.allCases.filter { total.count(of: $0) > 0 }
            .map { "\($0.rawValue) \(total.count(of: $0))" }
        var lines = ["States: \(states.joined(separator: ", "))."]
        let (computed, reported) = (total.computedCost, total.reportedCost)
        if reported != .zero {
            lines.append(
                "Cost: \(computed.decimalText) USD from the price book, "
                    + "\(reported.decimalText) USD as reported by providers.")
        }
        if total.callsWithUnknownCost > 0 {
            lines.append("Calls of unknown cost, not in the sums: \(total.callsWithUnknownCost).")
        }
        if total.callsWithEstimatedUsage > 0 {
            lines.append("Calls whose usage is estimated: \(total.callsWithEstimatedUsage).")
        }
        if total.callsWithoutUsage > 0 {
            lines.append("Calls without usage: \(total.callsWithoutUsage).")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
