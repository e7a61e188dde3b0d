// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded exchange of embeddings, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct EmbeddingsTests {
    static let all = PublicRecording.all(with: ["embeddings"])
    static let answers = all.filter(\.isSuccess)
    static let errors = all.filter { !$0.isSuccess }
    static let rows = try? VendorTable(
        parsing: Array(
            Data(
                contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                    .appending(path: "../../Config/providers.json"))))

    static func vendor(_ recording: PublicRecording) -> Vendor {
        let dialect: DialectID =
            switch recording.dialect {
            case _ where recording.provider == "azure": .azureOpenAI
            case _ where recording.provider == "vertex": .vertex
            case "gemini": .gemini
            case "cohere-v1", "cohere-v2": .cohere
            case "bedrock-invoke": .bedrockConverse
            case "ollama": .ollama
            default: .openai
            }
        let id = recording.provider == "voyageai" ? "voyage" : recording.provider
        var vendor = Vendor(id: id, name: id, baseURL: "http://x.invalid", dialect: dialect)
        if isOpenAI(vendor) { vendor.quirks = rows?[id]?.quirks ?? Quirks() }
        return vendor
    }

    static func isOpenAI(_ vendor: Vendor) -> Bool {
        vendor.dialect == .openai || vendor.dialect == .azureOpenAI
    }

    /// A recorded answer read by itself; Perplexity's texts are signed bytes.
    static func reading(_ recording: PublicRecording) -> EmbeddingsReading {
        EmbeddingsReading(recording.body, isInt8: recording.provider == "perplexity")
    }

    /// The form that was asked for, where that was recorded.
    static func format(_ recording: PublicRecording) -> String? {
        let request = recording.request.flatMap { PublicRecording.json(Data($0)) }
        return request?["encoding_format"] as? String
    }

    /// A call with as many texts as the recorded answer has vectors.
    ///
    /// - Parameter format: what to ask for instead of what was asked for as it was recorded.
    static func call(
        _ recording: PublicRecording, format: String? = nil, pieces: [[UInt8]]? = nil,
        end: TransferEnd = .complete, more: String = ""
    ) -> OneCall {
        let vendor = vendor(recording)
        let count = max(1, EmbeddingsReading(recording.body).vectors.count)
        let isNamed = vendor.dialect == .bedrockConverse || vendor.dialect == .vertex
        let model = isNamed ? recording.model ?? "" : "m"
        let texts = (0..<count).map { #""text \#($0)""# }.joined(separator: ",")
        let asked = format ?? Self.format(recording)
        let format = asked.map { #","encoding_format":"\#($0)""# } ?? ""
        let type = recording.id.hasSuffix("-d0da9f0c") || recording.id.hasSuffix("-7b6064a0")
        let int8 = type ? #","embedding_types":["int8"]"# : ""
        return OneCall(
            body: Array(
                #"{"model":"\#(vendor.id)/\#(model)","input":[\#(texts)]\#(format)\#(int8)\#(more)}"#
                    .utf8),
            vendor: vendor,
            steps: [RecordingsTests.head(recording)]
                + (pieces ?? [recording.body]).map { .bytes($0) } + [.end(end)],
            operation: .embeddings)
    }

    static func isInt8(_ recording: PublicRecording) -> Bool {
        String(decoding: recording.body, as: UTF8.self).contains(#""int8""#)
    }

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.all.count == 143 && Self.answers.count + Self.errors.count == 143)
        #expect(Self.all.count { Self.vendor($0).dialect == .azureOpenAI } == 7)
        #expect(Self.all.count { Self.vendor($0).dialect == .vertex } == 5)
    }

    @Test(arguments: answers)
    func `vectors and usage arrive as they were said`(recording: PublicRecording) throws {
        let call = Self.call(recording)
        let expected = Self.reading(recording)
        let got = EmbeddingsReading(call.reply.body)
        let entry = try #require(call.entries.first)
        #expect(call.reply.head?.status == 200 && entry.state == .complete, "\(call.reply.text)")
        #expect(entry.operation == "embeddings" && !entry.isStream)
        #expect(!expected.isEmpty && got.vectors == expected.vectors)
        #expect(got.texts == expected.texts)
        if let tokens = expected.tokens {
            #expect(entry.usageSource == .upstream && entry.usage.input == tokens)
            #expect(got.usage?["prompt_tokens"] as? Int == tokens)
            #expect(got.usage?["total_tokens"] as? Int == tokens)
            #expect(got.usage?["estimated"] == nil)
        } else {
            // "text 0" and the like are 6 bytes each.
            let tokens = (expected.vectors.count * 6 + 3) / 4
            #expect(entry.usageSource == .estimated && entry.usage.input == tokens)
            #expect(got.usage?["prompt_tokens"] as? Int == tokens)
            #expect(got.usage?["estimated"] as? Bool == true)
        }
        #expect(got.usage?.keys.contains("cost") == true)
        #expect(entry.usage.output == 0)
        let object = try #require(PublicRecording.json(Data(call.reply.body)))
        let items = try #require(object["data"] as? [[String: Any]])
        #expect(items.map { $0["index"] as? Int } == items.indices.map { $0 })
    }

    @Test(arguments: answers.filter { isOpenAI(vendor($0)) })
    func `bytes in OpenAI's own format stay as they are`(recording: PublicRecording) {
        let format = recording.provider == "perplexity" ? "base64_int8" : nil
        let text = Self.call(recording, format: format).reply.text
        let recorded = String(decoding: recording.body, as: UTF8.self)
        let usage = PublicRecording.json(Data(recording.body))?["usage"] as? [String: Any]
        var expected = IndependentReading.withoutAddedCost(text)
        if usage?["cost"] != nil { expected = text }
        if usage?["prompt_tokens"] == nil, let total = usage?["total_tokens"] {
            expected = expected.replacingOccurrences(of: #","prompt_tokens":\#(total)"#, with: "")
        }
        #expect(expected == recorded)
    }

    @Test(arguments: answers.filter { !isInt8($0) })
    func `vectors are base64 of little-endian floats where that is asked for`(
        recording: PublicRecording
    ) throws {
        let call = Self.call(recording, format: "base64")
        let expected = Self.reading(recording)
        let got = EmbeddingsReading(call.reply.body)
        #expect(call.reply.head?.status == 200)
        #expect(got.vectors.count == expected.vectors.count)
        for index in got.vectors.indices {
            #expect(got.texts[index] != nil)
            let floats = try #require(expected.floats(index))
            #expect(got.floats(index)?.map(\.bitPattern) == floats.map(\.bitPattern))
        }
    }

    @Test(arguments: answers)
    func `an answer that breaks off is no answer`(recording: PublicRecording) throws {
        let last = recording.body.lastIndex { $0 > 0x20 } ?? 0
        for position in [0, 1, last / 2, last] {
            let head = Array(recording.body[..<position])
            for end in [TransferEnd.complete, .failed(TransferFailure(.cut, detail: ""))] {
                let call = Self.call(recording, pieces: [head], end: end)
                let entry = try #require(call.entries.first)
                #expect(call.reply.head?.status == 502 && entry.state != .complete)
                #expect(EmbeddingsReading(call.reply.body).error?["message"] is String)
            }
        }
        let bytewise = Self.call(
            recording,
            pieces: recording.body.prefix(999).map { [$0] }
                + [Array(recording.body.dropFirst(999))])
        #expect(bytewise.reply.head?.status == 200)
    }

    @Test(arguments: answers)
    func `a mangled answer is told as a failure or as vectors, and never traps`(
        recording: PublicRecording
    ) {
        let random = SeededRandom(seed: UInt64(recording.body.count))
        let marks = Array(#"[]{},:"0e-.\ "#.utf8)
        for _ in 0..<12 {
            var body = recording.body
            // Near the ends, where the names are; numbers are alike.
            for _ in 0..<random.pick(1...3) {
                let end = random.pick(0...1) == 0
                let offset = min(random.pick(0...200), body.count - 1)
                body[end ? body.count - 1 - offset : offset] = random.choice(marks)
            }
            // As numbers they pass by their text, which Foundation cannot always read: 1e999.
            let call = Self.call(
                recording, format: Self.isInt8(recording) ? nil : "base64", pieces: [body])
            let reading = EmbeddingsReading(call.reply.body)
            let isAnswer = call.reply.head?.status == 200
            #expect(isAnswer == (call.entries.first?.state == .complete))
            #expect(isAnswer ? !reading.isEmpty : reading.error != nil)
        }
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = Self.call(recording)
        // A wrong key is a 400 at Google.
        let isKey = recording.provider == "gemini" && recording.status == 400
        let expected =
            switch recording.status {
            case 401, 402, 403: 502
            case _ where isKey: 502
            case 503, 504: recording.status
            case 500...: 502
            default: recording.status
            }
        #expect(call.reply.head?.status == expected)
        let error = try #require(EmbeddingsReading(call.reply.body).error)
        #expect((error["message"] as? String)?.isEmpty == false)
        #expect(error["type"] is String && error["code"] is String && error.keys.contains("param"))
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.first?.status == recording.status)
        #expect(entry.cost == .computed(.zero))
    }

    @Test func `Bedrock's count in the head is the usage of Cohere's models`() throws {
        var recording = try #require(
            Self.answers.first { $0.id == "bedrock-embeddings-sync-4269e48e" })
        recording.fields["x-amzn-bedrock-input-token-count"] = "5"
        let call = Self.call(recording)
        #expect(call.entries.first?.usage.input == 5)
        #expect(call.entries.first?.usageSource == .upstream)
        #expect(EmbeddingsReading(call.reply.body).usage?["estimated"] == nil)
    }

    @Test(arguments: answers)
    func `fewer vectors than texts are no answer`(recording: PublicRecording) {
        let count = EmbeddingsReading(recording.body).vectors.count
        let vendor = Self.vendor(recording)
        let texts = Array(repeating: #""t""#, count: count + 1).joined(separator: ",")
        let isSingle = ["titan", "gemini-embedding-2"].contains {
            [.vertex, .bedrockConverse].contains(vendor.dialect)
                && recording.model?.contains($0) == true
        }
        let call = OneCall(
            body: Array(
                #"{"model":"\#(vendor.id)/\#(recording.model ?? "m")","input":[\#(texts)]}"#.utf8),
            vendor: vendor,
            steps: [RecordingsTests.head(recording), .bytes(recording.body), .end(.complete)],
            operation: .embeddings)
        #expect(call.reply.head?.status == (isSingle ? 400 : 502))
        #expect(call.entries.first?.state == (isSingle ? .refused : .malformed))
    }
}
