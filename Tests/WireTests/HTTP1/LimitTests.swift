// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

@Suite struct LimitTests {
    static func post(_ fields: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"
    }

    @Test func `a request line at the limit is served and one byte more is 414`() {
        let fixed = "GET / HTTP/1.1\r\n".utf8.count
        func line(_ total: Int) -> String {
            "GET /\(String(repeating: "a", count: total - fixed)) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        #expect(MachineHarness.tell(line(8192)).count == 1)
        #expect(
            MachineHarness.tell(line(8193)) == [.violation(.requestLineTooLong(limit: 8192))])
        // It is said before the line has ended.
        let endless = String(repeating: "a", count: 8192)
        #expect(MachineHarness.tell(endless) == [.violation(.requestLineTooLong(limit: 8192))])
    }

    @Test func `fields at the limit are served and one byte more is 431`() {
        func head(_ total: Int) -> String {
            let value = String(repeating: "a", count: total - "Host: a\r\nX: \r\n\r\n".utf8.count)
            return "GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n"
        }
        guard case .request = MachineHarness.tell(head(32768)).first else {
            Issue.record("refused at the limit")
            return
        }
        #expect(MachineHarness.tell(head(32769)) == [.violation(.fieldsTooLarge(limit: 32768))])
    }

    @Test func `ten megabytes of one field are refused after 32 kB of it`() {
        var harness = MachineHarness()
        harness.feed("GET / HTTP/1.1\r\nHost: a\r\nX: ")
        let piece = [UInt8](repeating: 0x61, count: 1024)
        var fed = 0
        while harness.told.isEmpty, fed < 10_000_000 {
            harness.feed(piece)
            fed += piece.count
        }
        #expect(fed <= 33 * 1024)
        let told = harness.told
        #expect(told == [.violation(.fieldsTooLarge(limit: 32768))])
    }

    @Test(arguments: [(99, true), (100, false)])
    func `a hundred fields are enough`(extra: Int, isServed: Bool) {
        let fields = (0..<extra).map { "X-\($0): y\r\n" }.joined()
        let told = MachineHarness.tell("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        if isServed {
            #expect(told.count == 1)
            #expect(told != [.violation(.tooManyFields(limit: 100))])
        } else {
            #expect(told == [.violation(.tooManyFields(limit: 100))])
        }
    }

    @Test func `a claimed body of 300 MB is refused before any of it, and without 100 Continue`() {
        let told = MachineHarness.tell(
            Self.post("Content-Length: 314572800\r\nExpect: 100-continue"))
        #expect(told == [.violation(.bodyTooLarge(limit: 67_108_864))])
    }

    @Test func `a chunked body is refused as soon as a size line passes the limit`() {
        var limits = HTTPLimits()
        limits.bodyBytes = 10
        let head = Self.post("Transfer-Encoding: chunked")
        let told = MachineHarness.tell(head + "5\r\nhello\r\n6", limits: limits)
        #expect(told == [.violation(.bodyTooLarge(limit: 10))])
        guard
            case .request(let request) = MachineHarness.tell(
                head + "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", limits: limits
            ).first
        else {
            Issue.record("refused at the limit")
            return
        }
        #expect(request.body.count == 10)
    }

    @Test func `many one-byte chunks are honest, as some clients write them`() {
        let body = String(repeating: "1\r\na\r\n", count: 5000) + "0\r\n\r\n"
        let told = MachineHarness.tell(Self.post("Transfer-Encoding: chunked") + body)
        guard case .request(let request) = told.first else {
            Issue.record("told \(told)")
            return
        }
        #expect(request.body.count == 5000)
    }

    @Test func `an idle connection closes silently after its time`() {
        var harness = MachineHarness()
        let deadline = harness.deadline
        #expect(deadline == Instant(nanoseconds: 75_000_000_000))
        let before = harness.passTime(to: Instant(nanoseconds: 74_999_999_999))
        #expect(before == .notLate)
        let after = harness.passTime(to: deadline)
        #expect(after == .closeSilently)
        harness.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let told = harness.told
        #expect(told.isEmpty)
    }

    @Test func `a slow head is 408 ten seconds after its first byte, whatever drips in`() {
        var harness = MachineHarness()
        harness.now = Instant(nanoseconds: 5_000_000_000)
        harness.feed("G")
        for second in 6..<15 {
            let lateness = harness.passTime(to: Instant(nanoseconds: Int64(second) * 1_000_000_000))
            #expect(lateness == .notLate)
            harness.feed(second == 6 ? "ET / HTTP/1.1\r\nX: " : "a")
        }
        let lateness = harness.passTime(to: Instant(nanoseconds: 15_000_000_000))
        #expect(lateness == .violation(.headTimeout))
    }

    @Test func `a body may pause, but not for 30 seconds`() {
        var harness = MachineHarness()
        harness.feed(Self.post("Content-Length: 100000"))
        harness.now = Instant(nanoseconds: 20_000_000_000)
        harness.feed([UInt8](repeating: 0x61, count: 90_000))
        let deadline = harness.deadline
        #expect(deadline == Instant(nanoseconds: 50_000_000_000))
        let lateness = harness.passTime(to: deadline)
        #expect(lateness == .violation(.bodyTimeout))
    }

    @Test func `a body that drips below the least speed is 408`() {
        var harness = MachineHarness()
        harness.feed(Self.post("Content-Length: 100000"))
        for second in 1..<30 {
            harness.now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
            harness.feed("a")
        }
        let deadline = harness.deadline
        #expect(deadline == Instant(nanoseconds: 30_000_000_000))
        let lateness = harness.passTime(to: deadline)
        #expect(lateness == .violation(.bodyTimeout))
    }

    @Test func `draining closes the idle at once and the busy after their reply`() {
        var idle = ConnectionMachine(limits: HTTPLimits(), now: Instant(nanoseconds: 0))
        let idleCloses = idle.beginDraining()
        #expect(idleCloses)
        var harness = MachineHarness()
        harness.answers = false
        harness.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let framing = harness.machine.beginReply(status: 200, body: .pieces)
        #expect(framing.persists)
        let busyCloses = harness.machine.beginDraining()
        #expect(!busyCloses)
        let after = harness.machine.endReply(now: harness.now)
        #expect(after == .close)
        harness.run()
        let told = harness.told
        #expect(told.count == 1)
    }
}
