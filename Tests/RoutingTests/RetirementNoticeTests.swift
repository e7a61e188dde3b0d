// SPDX-License-Identifier: Apache-2.0
import Routing
import Testing

@Suite struct RetirementNoticeTests {
    private let old = Target(provider: "gemini", model: "gemini-2.0-flash")
    private let new = Target(provider: "gemini", model: "gemini-2.5-flash")

    @Test func `it says what was retired, when, and what is called`() {
        #expect(
            RetirementNotice(old, on: "2026-06-01", called: old).description
                == "gemini/gemini-2.0-flash was retired on 2026-06-01")
        #expect(
            RetirementNotice(old, on: "2026-06-01", called: new).description
                == "gemini/gemini-2.0-flash was retired on 2026-06-01; "
                + "gemini/gemini-2.5-flash is called instead")
    }

    @Test func `it is the first one once a day for each target`() {
        var notices = DailyNotices()
        let asked: [(Target, Int64)] = [
            (old, 1), (old, 1), (new, 1), (old, 1), (old, 2), (old, 2), (new, 2),
        ]
        let firsts = asked.map { notices.isFirst(of: $0.0, on: $0.1) }
        #expect(firsts == [true, false, true, false, true, false, true])
    }
}
