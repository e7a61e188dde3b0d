// SPDX-License-Identifier: Apache-2.0
import Wire

/// What a parser of frames made of a body.
struct FrameReading: Equatable {
    struct Frame: Equatable {
        var name: [UInt8]
        var data: [UInt8]
    }

    var frames: [Frame] = []
    var problem: String?

    init(frames: [Frame], problem: String? = nil) {
        self.frames = frames
        self.problem = problem
    }

    /// Reads a body in pieces; a parser that has failed must go on failing, and hand out nothing.
    init<Parser: StreamFrameParser>(_ pieces: [ArraySlice<UInt8>], with type: Parser.Type) {
        var parser = Parser()
        for piece in pieces {
            let before = frames
            let hadFailed = problem != nil
            do throws(FramingError) {
                try parser.receive(piece.span) {
                    frames.append(Frame(name: $0.copy, data: $1.copy))
                }
                require(!hadFailed, "it goes on after a failure")
            } catch {
                require(!hadFailed || error.problem == problem, "it changes its mind")
                problem = error.problem
            }
            require(!hadFailed || frames == before, "it hands out frames after a failure")
        }
        guard problem == nil else { return }
        do throws(FramingError) {
            try parser.finish { frames.append(Frame(name: $0.copy, data: $1.copy)) }
        } catch {
            problem = error.problem
        }
    }

    /// Reads a body whole and in pieces, which must be the same.
    static func read<Parser: StreamFrameParser>(
        _ bytes: [UInt8], of input: FuzzInput, with type: Parser.Type
    ) -> FrameReading {
        let whole = FrameReading([bytes[...]], with: type)
        let cut = FrameReading(input.pieces(of: bytes), with: type)
        require(whole == cut, "\(type) depends on how it is cut: \(whole) against \(cut)")
        return whole
    }
}
