// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

/// Bodies that are events or JSON, and what frames they are cut into.
@Suite struct JSONSequenceFramesTests {
    /// The frames of a body that comes in pieces of `size`, and whether it ended well.
    private static func frames(_ text: String, size: Int) -> (frames: [String], isGood: Bool) {
        var parser = EventOrJSONFrames()
        var frames: [String] = []
        let bytes = Array(text.utf8)
        do throws(FramingError) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = Array(bytes[start..<min(start + size, bytes.count)])
                try parser.receive(piece.span) { _, data in
                    frames.append(String(decoding: Array(span: data), as: UTF8.self))
                }
            }
            try parser.finish { _, data in
                frames.append(String(decoding: Array(span: data), as: UTF8.self))
            }
            return (frames, true)
        } catch {
            return (frames, false)
        }
    }

    @Test(
        arguments: [
            ("data: {\"a\":1}\r\n\r\ndata: {}\r\n\r\n", ["{\"a\":1}", "{}"], true),
            (
                " \n[{\"a\":[1,{}]},\r\n{\"b\":\"}]\\\"{\"}]\n",
                ["{\"a\":[1,{}]}", "{\"b\":\"}]\\\"{\"}"], true
            ),
            ("{\"a\":1}\n{\"b\":2}", ["{\"a\":1}", "{\"b\":2}"], true),
            ("[]", [], true),
            ("", [], true),
            ("[{\"a\":1},{\"b\":", ["{\"a\":1}"], false),
            ("[{\"a\":1}", ["{\"a\":1}"], false),
            ("[{\"a\":1}] x", ["{\"a\":1}"], false),
            ("[1]", [], false),
        ] as [(String, [String], Bool)], [1, 2, 3, 7, 1_000])
    func `a body in any pieces has the same frames`(
        row: (text: String, frames: [String], isGood: Bool), size: Int
    ) {
        let got = Self.frames(row.text, size: size)
        #expect(got.frames == row.frames && got.isGood == row.isGood)
    }
}

extension Array<UInt8> {
    fileprivate init(span: Span<UInt8>) {
        self.init()
        for index in 0..<span.count { append(span[index]) }
    }
}
