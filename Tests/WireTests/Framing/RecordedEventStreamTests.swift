// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Wire

/// Every recorded event stream, whole, byte by byte and at random cuts, against a plain reading.
@Suite struct RecordedEventStreamTests {
    static let recordings = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../shared/recordings").standardizedFileURL

    struct Recording: CustomTestStringConvertible {
        var id: String
        var body: String
        var testDescription: String { id }
    }

    static let streams: [Recording] = {
        let folders = FileManager.default.enumerator(
            at: recordings, includingPropertiesForKeys: nil)
        let files = folders?.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" } ?? []
        return files.compactMap { file in
            guard let data = try? Data(contentsOf: file),
                let record = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                let response = record["response"] as? [String: Any],
                let headers = response["headers"] as? [String: Any],
                (headers["content-type"] as? String)?.contains("text/event-stream") == true,
                response["body_encoding"] as? String == "text",
                let body = response["body"] as? String
            else { return nil }
            return Recording(id: file.lastPathComponent, body: body)
        }
    }()

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: recordings.path),
            "needs ../shared/recordings beside the repository"))
    func `recordings give the same events however they are cut`() throws {
        #expect(Self.streams.count > 600)
        var random = SystemRandomNumberGenerator()
        var total = 0
        for recording in Self.streams {
            let bytes = Array(recording.body.utf8)
            let expected = Self.plainReading(of: recording.body)
            total += expected.count
            #expect(try events(of: [bytes]) == expected, "\(recording.id)")
            #expect(try events(of: bytes.map { [$0] }) == expected, "\(recording.id)")
            for _ in 0..<3 {
                var cuts = (0..<8).map { _ in Int.random(in: 0...bytes.count, using: &random) }
                cuts = ([0, bytes.count] + cuts).sorted()
                let pieces = zip(cuts, cuts.dropFirst()).map { Array(bytes[$0..<$1]) }
                #expect(try events(of: pieces) == expected, "\(recording.id) \(cuts)")
            }
        }
        #expect(total > 25_000)
    }

    /// The events of a stream by cutting the text into lines and at blank ones.
    static func plainReading(of body: String) -> [SeenEvent] {
        let text = String(
            decoding: body.replacing("\r\n", with: "\n").replacing("\r", with: "\n").utf8,
            as: UTF8.self)
        var seen: [SeenEvent] = []
        let blocks = text.components(separatedBy: "\n\n")
        for (index, block) in blocks.enumerated() {
            let isEnded = index < blocks.count - 1
            var data: [String] = []
            var name = ""
            let lines = block.components(separatedBy: "\n")
            for line in isEnded ? lines : lines.dropLast() {
                if line.hasPrefix(":") {
                    let text = String(line.dropFirst())
                    seen.append(.comment(text.hasPrefix(" ") ? String(text.dropFirst()) : text))
                }
                if let value = value(of: "data", in: line) { data.append(value) }
                if let value = value(of: "event", in: line) { name = value }
            }
            if isEnded, !data.isEmpty {
                seen.append(.event(data.joined(separator: "\n"), name: name))
            }
        }
        return seen
    }

    private static func value(of field: String, in line: String) -> String? {
        if line == field { return "" }
        if line.hasPrefix("\(field): ") { return String(line.dropFirst(field.count + 2)) }
        return line.hasPrefix("\(field):") ? String(line.dropFirst(field.count + 1)) : nil
    }
}
