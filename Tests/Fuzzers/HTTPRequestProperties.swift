// SPDX-License-Identifier: Apache-2.0
import Wire

/// The bytes of a connection: the same requests and the same violation however they are cut, and
/// no request whose end another server could see elsewhere.
enum HTTPRequestProperties {
    enum Told: Equatable {
        case continueWanted
        case request(HTTPRequest)
        case violation(HTTPViolation)
    }

    static func check(_ input: FuzzInput) {
        let limits = limits(input.setting)
        let whole = tell([input.payload[...]], limits)
        let cut = tell(input.pieces(of: input.payload), limits)
        require(whole == cut, "it depends on the cut: \(whole) against \(cut)")
        for case .request(let request) in whole { check(request, limits) }
    }

    private static func limits(_ setting: UInt8) -> HTTPLimits {
        var limits = HTTPLimits()
        guard setting >= 128 else { return limits }
        limits.requestLineBytes = 40
        limits.fieldBytes = 120
        limits.fieldCount = 5
        limits.bodyBytes = Int(setting & 31)
        limits.chunkLineBytes = 12
        limits.chunkOverheadBytes = 40
        limits.trailerBytes = 20
        return limits
    }

    /// Feeds a machine as a driver does, and answers each request at once.
    private static func tell(_ pieces: [ArraySlice<UInt8>], _ limits: HTTPLimits) -> [Told] {
        let now = Instant(nanoseconds: 0)
        var machine = ConnectionMachine(limits: limits, now: now)
        var unread: [UInt8] = []
        var told: [Told] = []
        var isClosed = false
        for piece in pieces {
            unread += piece
            while true {
                let step = machine.receive(unread.span, now: now)
                require(!isClosed || step.consumed == 0, "it consumes after the close")
                unread.removeFirst(step.consumed)
                switch step.event {
                case .needsBytes: break
                case .continueWanted:
                    told.append(.continueWanted)
                    continue
                case .violation(let violation):
                    require(!isClosed, "a violation after the close")
                    told.append(.violation(violation))
                    isClosed = true
                case .request(let request):
                    require(!isClosed, "a request after the close")
                    told.append(.request(request))
                    _ = machine.beginReply(status: 200, body: .whole(count: 2))
                    isClosed = machine.endReply(now: now) == .close
                    continue
                }
                break
            }
            // A line is consumed whole, and none is longer than the longest limit.
            let longest = max(limits.requestLineBytes, limits.fieldBytes, limits.chunkLineBytes)
            require(isClosed || unread.count <= longest, "it waits for a line that is too long")
        }
        return told
    }

    private static func check(_ request: HTTPRequest, _ limits: HTTPLimits) {
        require(!request.method.isEmpty && request.method.utf8.allSatisfy(isToken), "the method")
        require(request.target.first == "/", "the target")
        require(request.target.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "the target")
        require(request.body.count <= limits.bodyBytes, "the body is too long")
        require(request.fields.count <= limits.fieldCount, "too many fields")
        for index in 0..<request.fields.count {
            let name = request.fields[index].name
            require(!name.isEmpty && name.utf8.allSatisfy(isToken), "the name of a field")
            let value = request.fields.valueBytes(at: index)
            require(value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 }, "a field's value")
            require(value.first != 0x20 && value.last != 0x20, "space around a field's value")
        }
        let lengths = request.fields.all("content-length")
        let codings = request.fields.all("transfer-encoding")
        require(lengths.count <= 1 && codings.count <= 1, "two lengths, or two codings")
        require(lengths.isEmpty || codings.isEmpty, "a length and a coding")
        require(request.fields.all("host").count <= 1, "two hosts")
        if let length = lengths.first {
            require(
                length.utf8.allSatisfy { (0x30...0x39).contains($0) }, "the length is no number")
            require(Int(length) == request.body.count, "the body is not as long as it says")
        }
        if let coding = codings.first { require(coding.lowercased() == "chunked", "the coding") }
        let hasBody = !lengths.isEmpty || !codings.isEmpty
        require(hasBody || request.body.isEmpty, "a body without a length")
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
