// SPDX-License-Identifier: Apache-2.0
import Accounting
import Providers
import Simulator
import Testing
import Wire

@Suite struct CallIDTests {
    @Test func `a call is named by its time and by chance, as a ULID`() throws {
        let vendor = Vendor(id: "p", name: "P", baseURL: "http://p.invalid/v1")
        let call = OneCall(
            body: Array(#"{"model":"p/m","messages":[]}"#.utf8), vendor: vendor,
            steps: [.end(.complete)])
        let name = try #require(call.entries.first?.id)
        #expect(call.reply.head?.fields.first("x-request-id") == name)
        // The same source of chance, and a shift of the whole number instead of its halves.
        let random = SeededRandom(seed: 1)
        let milliseconds = UInt128(VirtualClock().wallTime.microseconds / 1_000)
        let chance = UInt128(random.next() & 0xFFFF) << 64 | UInt128(random.next())
        var bits = milliseconds << 80 | chance
        var digits: [Character] = []
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        for _ in 0..<26 {
            digits.append(alphabet[Int(bits & 31)])
            bits >>= 5
        }
        #expect(name == "req_" + String(digits.reversed()))
    }
}
