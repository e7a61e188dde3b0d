// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONFloatTests {
    private func float(_ text: String) -> Float? {
        let bytes = Array(text.utf8)
        return JSONText.float(bytes.span, 0..<bytes.count)
    }

    private func expect(_ text: String) {
        let wanted = Float(text).flatMap { $0.isFinite ? $0 : nil }
        if float(text)?.bitPattern != wanted?.bitPattern {
            Issue.record("\(text): \(String(describing: float(text)))")
        }
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0e5", "1", "-1.5", "123456789", "16777217", "16777219", "1e10",
        "1E+2", "1e-2", "0.1", "3.4028235e38", "3.4028236e38", "3.5e38", "-1e39", "1e400",
        "1e-45", "7e-46", "1.17549435e-38", "1e-400", "0.00000000000000000000000000000000000001",
        "1.00000005960464477539062", "1.00000005960464477539063", "1.0000000596046448",
        "9999999999999999999", "99999999999999999999", "-0.024419063702225685", "1e22", "1e23",
        "1e-9223372036854775808", "1e9223372036854775807", "-0e-9223372036854775808",
        "1e-9223372036854775809", "1e999", "1e-1000",
    ])
    func `a number is the nearest float`(text: String) { expect(text) }

    @Test func `numbers by chance are the nearest floats`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            let any = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
            let small = Double.random(in: -1...1, using: &random)
            if any.isFinite { expect("\(any)") }
            expect("\(small)")
            expect("\(Float(small))")
            // Midway between two floats, and next to it.
            let midway = Double(Float(small).nextUp) / 2 + Double(Float(small)) / 2
            for near in [midway, midway.nextUp, midway.nextDown] { expect("\(near)") }
        }
    }

    @Test func `what is no number is nil`() {
        let bytes = Array("12".utf8)
        #expect(JSONText.float(bytes.span, 0..<9) == nil)
        #expect(JSONText.float(bytes.span, 0..<0) == nil)
        for text in ["x", "-", "1e", ".", "1.5x", "nan", "inf", "0x1p3"] {
            _ = float(text)
        }
    }
}
