// SPDX-License-Identifier: Apache-2.0
import Accounting
import Providers
import Simulator
import Testing
import Wire

/// What every format owes its recorded streams, wherever their bytes are cut or end.
enum RecordedStreamWalk {
    /// Expects the same bytes for the client however the provider's are cut.
    static func expectTheSame(
        _ recording: PublicRecording, as vendor: Vendor, model: String = "m",
        cutAt positions: [Int]? = nil
    ) {
        let body = recording.body
        let whole = OneCall(replaying: recording, as: vendor, model: model).reply.body
        let bytewise = OneCall(
            replaying: recording, as: vendor, model: model, pieces: body.map { [$0] })
        #expect(bytewise.reply.body == whole)
        for position in positions ?? StreamPositions.some(in: body) {
            let halves = [Array(body[..<position]), Array(body[position...])]
            let call = OneCall(
                replaying: recording, as: vendor, model: model, pieces: halves)
            if call.reply.body != whole {
                Issue.record("\(recording.id) differs when cut at \(position)")
            }
        }
    }

    /// Expects that a stream which breaks off, by a cut or by an orderly end, never ends in
    /// `[DONE]`, and that the ledger says the same.
    ///
    /// - Parameters:
    ///   - isExact: whether what is whole has to end in `[DONE]` too.
    ///   - mayBeWhole: whether what came before the position is a whole answer, by a reading of
    ///     the test's own.
    static func expectNoDone(
        _ recording: PublicRecording, as vendor: Vendor, model: String = "m",
        cutAt positions: [Int]? = nil, isExact: Bool = false,
        mayBeWhole: (_ position: Int, _ endedWell: Bool) -> Bool
    ) {
        for position in positions ?? StreamPositions.some(in: recording.body) {
            let head = Array(recording.body[..<position])
            for end in [TransferEnd.failed(TransferFailure(.cut, detail: "")), .complete] {
                let call = OneCall(
                    replaying: recording, as: vendor, model: model, pieces: [head], end: end)
                let mayBeWhole = mayBeWhole(position, end == .complete)
                if call.sawDone && !mayBeWhole {
                    Issue.record("\(recording.id) broke off at \(position) and ended in [DONE]")
                }
                if isExact && mayBeWhole && !call.sawDone {
                    Issue.record("\(recording.id) is whole at \(position) and has no [DONE]")
                }
                let endedWell = call.reply.ending == .finished && call.reply.head?.status == 200
                if !call.sawDone && endedWell {
                    Issue.record("\(recording.id) at \(position): a dead stream ended well")
                }
                if call.sawDone != (call.entries.first?.state == .complete) {
                    Issue.record("\(recording.id) at \(position): the ledger disagrees")
                }
            }
        }
    }
}

/// Where streams are cut in tests: places by chance and the ends of lines.
enum StreamPositions {
    static func some(in body: [UInt8]) -> [Int] {
        let random = SeededRandom(seed: UInt64(body.count))
        let count = body.count > 20_000 ? 8 : 30
        let lineEnds = body.indices.filter { body[$0] == 10 }
        let last = lineEnds.suffix(6).flatMap { [$0, $0 + 1] }.filter { $0 < body.count }
        let ends = (0..<count / 2).map { _ in
            lineEnds.isEmpty ? 0 : random.choice(lineEnds) + random.pick(0...1)
        }
        return (0..<count).map { _ in random.pick(0...body.count - 1) } + ends + last
    }
}
