// SPDX-License-Identifier: Apache-2.0
import martlet
import Testing

/// What `martlet route explain` prints.
@Suite struct ExplanationTableTests {
    private static let answer =
        #"{"model":"fast","route":"fast","strategy":"latency","sort":null,"needs":{},"candidates":["#
        + #"{"target":"a/b","credential":1,"score":"320 ms","explores":false,"#
        + #""estimated_cost":"0.00021","calls_in_flight":2,"first_token_ms":320},"#
        + #"{"target":"a/b","credential":2,"score":"not measured yet","explores":true,"#
        + #""estimated_cost":null,"calls_in_flight":0,"first_token_ms":null}],"excluded":["#
        + #"{"target":"c/d","credential":1,"reason":"breaker_open","message":"5 calls failed.","#
        + #""until_seconds":4}],"dropped":["provider.quantizations"]}"#

    @Test func `candidates have places, the others reasons`() throws {
        let text = try ExplanationTable(Array(Self.answer.utf8)).text
        #expect(
            text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") } == [
                "fast: route fast, latency",
                "target score estimated USD state",
                "1 a/b 320 ms 0.00021 2 in flight, 320 ms to a token",
                "2 a/b#2 not measured yet unknown tried to learn of it",
                "- c/d 5 calls failed. (4 s)",
                "dropped: provider.quantizations",
            ])
    }

    @Test func `a sort comes before the strategy, and a target has none`() throws {
        let sorted = Self.answer.replacing(#""sort":null"#, with: #""sort":"price""#)
        #expect(
            try ExplanationTable(Array(sorted.utf8)).text.contains(
                "fast: route fast, sorted by price\n"))
        let direct = Self.answer.replacing(#""route":"fast""#, with: #""route":null"#)
        #expect(try ExplanationTable(Array(direct.utf8)).text.contains("fast: a target itself\n"))
    }
}
