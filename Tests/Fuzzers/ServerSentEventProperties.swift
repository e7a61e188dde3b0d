// SPDX-License-Identifier: Apache-2.0
import Wire

/// Event streams: any cut gives the same, and a slow reading after the letter of the standard too.
enum ServerSentEventProperties {
    /// All that a parser tells.
    struct Reading: Equatable {
        struct Event: Equatable {
            var isComment: Bool
            var name: [UInt8] = []
            var data: [UInt8]
        }

        var events: [Event] = []
        var isTooLarge = false
        var lastEventID: [UInt8] = []
        var retry: Int?
    }

    static func check(_ input: FuzzInput) {
        let limit = input.setting < 128 ? 1 << 20 : Int(input.setting & 31)
        let whole = read([input.payload[...]], limit: limit)
        let cut = read(input.pieces(of: input.payload), limit: limit)
        require(whole == cut, "it depends on the cut: \(whole) against \(cut)")
        if limit == 1 << 20 {
            let slow = readSlowly(input.payload)
            require(whole == slow, "the standard says \(slow), not \(whole)")
        }
        let frames = FrameReading.read(input.payload, of: input, with: ServerSentEventFrames.self)
        require(frames.problem == nil, "a short stream has a problem")
        _ = FrameReading.read(input.payload, of: input, with: EventOrJSONFrames.self)
    }

    private static func read(_ pieces: [ArraySlice<UInt8>], limit: Int) -> Reading {
        var parser = ServerSentEventParser(maximumBytes: limit)
        var reading = Reading()
        for piece in pieces {
            do throws(ServerSentEventError) {
                try parser.receive(piece.span) { event in
                    reading.events.append(
                        Reading.Event(
                            isComment: event.kind == .comment, name: event.name.copy,
                            data: event.data.copy))
                }
                require(!reading.isTooLarge, "it goes on after a failure")
            } catch {
                reading.isTooLarge = true
            }
        }
        guard !reading.isTooLarge else { return reading }
        reading.lastEventID = parser.lastEventID
        reading.retry = parser.retryMilliseconds
        return reading
    }

    /// Line by line, as the standard describes it. An unknown field is ignored, and so is what no
    /// line end has ended.
    private static func readSlowly(_ bytes: [UInt8]) -> Reading {
        var reading = Reading()
        var name: [UInt8] = []
        var data: [UInt8]?
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        for line in lines(of: bytes.starts(with: mark) ? Array(bytes[3...]) : bytes) {
            guard !line.isEmpty else {
                if let data {
                    reading.events.append(.init(isComment: false, name: name, data: data))
                }
                name = []
                data = nil
                continue
            }
            let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
            var value = line[min(colon + 1, line.endIndex)...]
            if value.first == 0x20 { value = value.dropFirst() }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "": reading.events.append(.init(isComment: true, data: Array(value)))
            case "data": data = data.map { $0 + [0x0A] + value } ?? Array(value)
            case "event": name = Array(value)
            case "id" where !value.contains(0): reading.lastEventID = Array(value)
            case "retry" where value.allSatisfy({ (0x30...0x39).contains($0) }):
                reading.retry = Int(String(decoding: value, as: UTF8.self)) ?? reading.retry
            default: break
            }
        }
        return reading
    }

    /// The lines that have ended.
    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A || byte == 0x0D {
                lines.append(bytes[start..<index])
                if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
                start = index + 1
            }
            index += 1
        }
        return lines
    }
}
