// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Testing

@Suite struct UsageTests {
    private static func usage(_ count: Int) -> Usage {
        var usage = Usage()
        usage.uncachedInput = count
        usage.cacheRead = count
        usage.cacheWrite5m = count
        usage.cacheWrite1h = count
        usage.output = count
        usage.reasoning = count
        usage.audioInput = count
        usage.audioOutput = count
        usage.inputCharacters = count
        usage.images = count
        usage.webSearches = count
        return usage
    }

    @Test func `a sum has every count of both, and no other`() {
        // A count that is new has to be set above.
        let counts = Mirror(reflecting: Self.usage(1)).children.map { $0.value as? Int }
        #expect(counts.allSatisfy { $0 == 1 })
        #expect(Self.usage(1).adding(Self.usage(2)) == Self.usage(3))
        #expect(Self.usage(1).adding(Usage()) == Self.usage(1))
        #expect(Usage().adding(Self.usage(1)) == Self.usage(1))
        #expect(Usage().adding(Usage()) == Usage())
        #expect(Self.usage(.max).adding(Self.usage(1)) == Self.usage(.max))
    }
}
