// SPDX-License-Identifier: Apache-2.0
import Glibc
import martlet
import Testing

@Suite struct LogTests {
    @Test func `a line has time, level, event and pairs`() {
        let time = timespec(tv_sec: 1_764_000_000, tv_nsec: 45_000_000)
        let line = Log.line(at: time, .info, "listening", ["address": "a:1", "note": "two words"])
        #expect(
            line == "2025-11-24T16:00:00.045Z info    listening address=a:1 note=\"two words\"\n")
    }

    @Test func `no value can forge a line`() {
        let line = Log.line(at: timespec(), .error, "x", ["a": "1\n2025 info forged=\"y\""])
        #expect(line.filter(\.isNewline).count == 1)
        #expect(line.hasSuffix(#"a="1\\u{a}2025 info forged=\"y\""# + "\"\n"))
    }
}
