// SPDX-License-Identifier: Apache-2.0
import Gateway
import Routing
import Testing
import Wire

@Suite struct RateLimitFieldsTests {
    /// 2025-10-07T13:56:00Z: a minute before the resets of OpenRouter's recorded refusals.
    static let now = WallTime(microseconds: 1_759_845_360_000_000)

    @Test(
        arguments: [
            ("6m0s", Duration.seconds(360)), ("1s", .seconds(1)), ("20ms", .milliseconds(20)),
            ("1h2m3s", .seconds(3_723)), ("23m2.4s", .milliseconds(1_382_400)),
            ("1.5", .milliseconds(1_500)), ("19", .seconds(19)),
            ("1759845420000", .seconds(60)), ("1759845420", .seconds(60)),
            ("2025-10-07T13:57:00Z", .seconds(60)),
        ] as [(String, Duration)])
    func `every form of a reset is read`(text: String, duration: Duration) throws {
        let read = try #require(ResetTime.duration(text, at: Self.now))
        let blur = Duration.microseconds(10)
        #expect(read > duration - blur && read < duration + blur)
    }

    @Test(arguments: [
        "", "0", "0s", "-1", "soon", "1x", "m", "1m2", "nan", "inf", "1e300", "999999999999999999",
        "2025-10-07T13:55:00Z", "2025-13-07T13:55:00Z", "1759845300000",
    ])
    func `what names no time to come is none`(text: String) {
        #expect(ResetTime.duration(text, at: Self.now) == nil)
    }

    @Test func `of several allowances the one with the longest pause is told`() {
        let fields = HTTPFields([
            "anthropic-ratelimit-requests-limit": "2000",
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "2025-10-07T13:56:10Z",
            "Anthropic-Ratelimit-Input-Tokens-Remaining": "0",
            "anthropic-ratelimit-input-tokens-reset": "2025-10-07T13:56:50Z",
            "anthropic-ratelimit-tokens-remaining": "12",
            "anthropic-ratelimit-tokens-reset": "2025-10-07T13:59:00Z",
        ])
        #expect(
            fields.rateLimits(at: Self.now) == RateLimitReading(.tokens, reset: .seconds(50)))
    }

    @Test func `OpenAI's and Cerebras' names are known`() {
        let openAI = HTTPFields([
            "x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "1m0s",
        ])
        #expect(
            openAI.rateLimits(at: Self.now)
                == RateLimitReading(.requests, reset: .seconds(60), limit: 500))
        let cerebras = HTTPFields([
            "x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "14.5",
        ])
        #expect(
            cerebras.rateLimits(at: Self.now)
                == RateLimitReading(.tokens, reset: .milliseconds(14_500)))
    }

    @Test(arguments: [
        HTTPFields(["x-ratelimit-remaining-requests": "0"]),
        HTTPFields(["x-ratelimit-limit-requests": "0", "x-ratelimit-reset-requests": "0"]),
        HTTPFields(["x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "9"]),
        HTTPFields(["retry-after": "30", "x-ratelimit-remaining": "59"]),
    ])
    func `where nothing is used up, or nobody says for how long, there is no pause`(
        fields: HTTPFields
    ) {
        #expect(fields.rateLimits(at: Self.now) == nil)
    }

    @Test func `no recorded answer but refusals for their rate says that anything is used up`() {
        let all = PublicRecording.all { _ in true }
        var refusals = 0
        for recording in all {
            var fields = HTTPFields()
            for (name, value) in recording.fields { fields.append(name, value) }
            // The resets of one of them lie two months before the others'.
            let reading = fields.rateLimits(at: WallTime(microseconds: 1_754_667_600_000_000))
            guard let reading else { continue }
            #expect(recording.status == 429, "\(recording.id)")
            #expect(reading.kind == .requests && reading.limit != nil, "\(recording.id)")
            refusals += 1
        }
        #expect(refusals == (all.isEmpty ? 0 : 4))
    }
}
