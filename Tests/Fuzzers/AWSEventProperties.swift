// SPDX-License-Identifier: Apache-2.0
import Wire

/// AWS event streams: any cut gives the same, with checksums as they came and with right ones,
/// which chance would hardly find; and what was written is what is read.
enum AWSEventProperties {
    static func check(_ input: FuzzInput) {
        switch input.setting & 3 {
        case 0: _ = FrameReading.read(input.payload, of: input, with: AWSEventStreamFrames.self)
        case 1: checkWritten(input)
        default:
            let bytes = repaired(input.payload)
            _ = FrameReading.read(bytes, of: input, with: AWSEventStreamFrames.self)
        }
    }

    /// The payload as messages, each named by its first bytes.
    private static func checkWritten(_ input: FuzzInput) {
        var random = input.random
        var rest = input.payload[...]
        var bytes: [UInt8] = []
        var frames: [FrameReading.Frame] = []
        while !rest.isEmpty {
            let name = rest.prefix(random.pick(0...9)).map { $0 & 0x3F | 0x40 }
            let data = Array(rest.prefix(random.pick(1...200)))
            rest = rest.dropFirst(data.count)
            let headers =
                header(":content-type", Array("application/json".utf8))
                + header(":event-type", name)
            bytes += message(headers, data)
            frames.append(FrameReading.Frame(name: name, data: data))
        }
        let reading = FrameReading.read(bytes, of: input, with: AWSEventStreamFrames.self)
        require(reading == FrameReading(frames: frames), "\(reading) was written as \(frames)")
    }

    /// A stream whose events are the lines: a name, a space, and a payload.
    static func stream(ofLines payload: [UInt8]) -> [UInt8] {
        payload.split(separator: 0x0A).flatMap { line in
            let name = line.prefix { $0 != 0x20 }.prefix(40)
            let type = name.first == 0x21 ? ":exception-type" : ":event-type"
            let kind = name.first == 0x21 ? "exception" : "event"
            let headers =
                header(":message-type", Array(kind.utf8))
                + header(type, Array(name.drop { $0 == 0x21 }))
            return message(headers, Array(line.dropFirst(name.count + 1)))
        }
    }

    private static func header(_ name: String, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [7, 0, UInt8(value.count)] + value
    }

    private static func message(_ headers: [UInt8], _ data: [UInt8]) -> [UInt8] {
        var bytes = number(headers.count + data.count + 16) + number(headers.count)
        bytes += number(checksum(bytes[...]))
        bytes += headers + data
        return bytes + number(checksum(bytes[...]))
    }

    /// The bytes with lengths that may be, and right checksums.
    private static func repaired(_ payload: [UInt8]) -> [UInt8] {
        var bytes = payload
        var start = 0
        while bytes.count - start >= 16 {
            let rest = bytes.count - start
            bytes[start] = 0
            bytes[start + 1] = 0
            bytes[start + 2] &= 3
            let total = min(rest, Int(bytes[start + 2]) << 8 | Int(bytes[start + 3]))
            guard total >= 16 else { break }
            bytes.replaceSubrange(start..<start + 4, with: number(total))
            bytes[start + 4] = 0
            bytes[start + 5] = 0
            bytes.replaceSubrange(
                start + 8..<start + 12, with: number(checksum(bytes[start..<start + 8])))
            let end = start + total
            bytes.replaceSubrange(end - 4..<end, with: number(checksum(bytes[start..<end - 4])))
            start = end
        }
        return bytes
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return Int(~sum)
    }
}
