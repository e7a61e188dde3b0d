// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Our own recordings of every dialect and vendor: `Tests/TestSupport/Recordings`.
///
/// `RECORD=1 swift test --filter GoldenTests` writes what the gateway makes of them, and fails.
@Suite struct GoldenTests {
    @Test(arguments: Golden.all)
    func `a recorded call is sent, answered and written down as before`(golden: Golden) throws {
        for (file, bytes) in Golden.outputs(of: golden.call()) {
            let place = golden.folder.appending(path: file)
            if Golden.isRecording {
                try Data(bytes).write(to: place)
                continue
            }
            let expected = try Array(Data(contentsOf: place))
            guard bytes != expected else { continue }
            let (now, before) = (
                String(decoding: bytes, as: UTF8.self), String(decoding: expected, as: UTF8.self)
            )
            Issue.record("\(file) is\n\(now)\nand was\n\(before)")
        }
    }

    @Test func `a run that records is never green`() {
        #expect(!Golden.isRecording, "the recordings were written: read what changed")
    }

    @Test(.enabled(if: !Golden.isRecording), arguments: Golden.all)
    func `a reply that comes in other pieces is answered the same`(golden: Golden) {
        let whole = golden.call()
        let bytewise = golden.call(pieces: golden.reply.map { [$0] })
        #expect(bytewise.reply.body == whole.reply.body)
        guard golden.isStream else { return }
        for position in golden.cuts {
            let halves = [Array(golden.reply[..<position]), Array(golden.reply[position...])]
            if golden.call(pieces: halves).reply.body != whole.reply.body {
                Issue.record("it differs where it is cut at \(position)")
            }
        }
    }

    @Test(
        .enabled(if: !Golden.isRecording),
        arguments: Golden.all.filter { $0.isStream && !$0.isCut && $0.head.status == 200 })
    func `a stream that ends early is never told as whole`(golden: Golden) throws {
        let whole = golden.call()
        for position in golden.cuts {
            let call = golden.call(pieces: [Array(golden.reply[..<position])])
            let entry = try #require(call.entries.first)
            if call.sawDone != (entry.state == .complete) {
                Issue.record("at \(position), ledger and client disagree")
            }
            // Only what follows the reason of the end may be missing.
            if call.sawDone, call.reading.finishReason != whole.reading.finishReason {
                Issue.record("at \(position), it ends as if it were whole")
            }
        }
    }

    @Test(arguments: Golden.all)
    func `no credential is told to clients or written down`(golden: Golden) {
        let call = golden.call()
        for (file, bytes) in Golden.outputs(of: call) where file != "upstream-request.http" {
            #expect(!String(decoding: bytes, as: UTF8.self).contains("test-key"), "\(file)")
        }
    }

    @Test func `every vendor whose dialect is spoken has a recording of its own`() {
        let recorded = Set(Golden.all.map { "\($0.vendor.id) \($0.vendor.dialect.rawValue)" })
        for vendor in Golden.vendors.vendors where vendor.dialect.isImplemented {
            let isRecorded = recorded.contains("\(vendor.id) \(vendor.dialect.rawValue)")
            #expect(isRecorded, "\(vendor.id)")
        }
    }
}
