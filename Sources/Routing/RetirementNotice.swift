// SPDX-License-Identifier: Apache-2.0

/// What is said where a call asks for a model that its vendor has shut down, and is served.
///
/// Shape, for `x-martlet-warning` and the log: `gemini/gemini-2.0-flash was retired on 2026-06-01`,
/// and where another model answers, `; gemini/gemini-2.5-flash is called instead` behind it.
package struct RetirementNotice: Sendable, Equatable, CustomStringConvertible {
    package var retired: Target
    /// The vendor's shutdown date: `2026-06-01`.
    package var date: String
    /// Where the call went.
    package var called: Target

    package init(_ retired: Target, on date: String, called: Target) {
        self.retired = retired
        self.date = date
        self.called = called
    }

    package var description: String {
        let notice = "\(retired) was retired on \(date)"
        return called == retired ? notice : "\(notice); \(called) is called instead"
    }
}

/// Which targets were spoken of today: the log says once a day of each that it is retired.
package struct DailyNotices: Sendable {
    private var day: Int64?
    private var given: Set<Target> = []

    package init() {}

    /// Whether this is the first notice of `target` on that day, which is noted.
    ///
    /// - Parameter day: days since 1970-01-01.
    package mutating func isFirst(of target: Target, on day: Int64) -> Bool {
        if self.day != day {
            self.day = day
            given = []
        }
        return given.insert(target).inserted
    }
}
