// SPDX-License-Identifier: Apache-2.0
// What the shard and the transport cost by themselves: CPU time of this process, in one thread.
//
//   TransferBenchmark tasks
//   TransferBenchmark timers
//   TransferBenchmark calls PORT COUNT CONCURRENCY [blocking]
//   TransferBenchmark streams PORT COUNT CHUNKS DELAY_MS [blocking]
import CurlTransport
import Glibc
import Shard
import Synchronization
import Wire

func processorMicroseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

func residentKilobytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
}

/// Counts what comes and goes on.
final class Counter: TransferReceiver {
    var byteCount = 0
    var pieceCount = 0
    var onHead: () -> Void = {}
    var onEnd: (TransferEnd) -> Void = { _ in }

    func transferDidReceive(head: HTTPReplyHead) { onHead() }
    func transferDidReceive(_ bytes: Span<UInt8>) {
        byteCount += bytes.count
        pieceCount += 1
    }
    func transferDidEnd(_ end: TransferEnd) { onEnd(end) }
}

/// A chat request as a gateway sends it.
func chatRequest(port: String, model: String, streams: Bool) -> TransferRequest {
    let text = String(repeating: "some words of a prompt ", count: 16)
    let body = #"{"model":"\#(model)","stream":\#(streams),"messages":[{"role":"user","content":"\#(text)"}]}"#
    return TransferRequest(
        endpoint: Endpoint(baseURL: "http://127.0.0.1:\(port)/v1"),
        message: HTTPRequest(
            method: "POST", target: "/chat/completions",
            fields: HTTPFields([
                "content-type": "application/json", "authorization": "Bearer sk-upstream-0123456789",
            ]), body: Array(body.utf8)),
        limits: TransferLimits())
}

/// Starts a shard, runs `body` on it, and waits for its report.
func report(
    _ driver: any ShardDriver,
    _ body: @escaping @Sendable (isolated Shard, @escaping @Sendable (String) -> Void) -> Void
) async throws {
    let shard = try Shard(name: "benchmark", driver: driver)
    shard.start()
    let text = await withCheckedContinuation { continuation in
        shard.post { shard in body(shard) { continuation.resume(returning: $0) } }
    }
    print(text)
    await shard.shutdown()
}

/// Resumes a task at the end of a batch.
final class Resumer: Flushable {
    var waiting: UnsafeContinuation<Void, Never>?
    func flush() { waiting?.resume() }
}

func tasks(on shard: isolated Shard, _ done: @escaping @Sendable (String) -> Void) {
    let count = 1_000_000
    let starter = shard.tasks
    let clock = shard.clock
    let flushes = shard.flushes
    let resumer = Resumer()
    let start = clock.now
    var ended = 0
    func next() {
        starter.start {
            ended += 1
            if ended < count { return next() }
            let each = start.duration(to: clock.now).wholeNanoseconds / Int64(count)
            let begin = clock.now
            for _ in 0..<count {
                await withUnsafeContinuation { continuation in
                    resumer.waiting = continuation
                    flushes.scheduleFlush(resumer)
                }
            }
            let resumed = begin.duration(to: clock.now).wholeNanoseconds / Int64(count)
            done("a task started and ended: \(each) ns; suspended and resumed: \(resumed) ns")
        }
    }
    next()
}

func timers(on shard: isolated Shard, _ done: @escaping @Sendable (String) -> Void) {
    let clock = shard.clock
    let count = 1_000_000
    let far = clock.now.advanced(by: .seconds(600))
    for offset in 0..<2_000 { _ = clock.schedule(at: far.advanced(by: .microseconds(offset))) {} }
    let start = clock.now
    for offset in 0..<count {
        clock.cancel(clock.schedule(at: far.advanced(by: .nanoseconds(offset))) {})
    }
    let each = start.duration(to: clock.now).wholeNanoseconds / Int64(count)
    done("a timer scheduled and cancelled among 2,000: \(each) ns")
}

func calls(
    on shard: isolated Shard, port: String, count: Int, concurrency: Int,
    _ done: @escaping @Sendable (String) -> Void
) {
    let transport = CurlTransport(loop: shard.loop, userAgent: "martlet/benchmark")
    let clock = shard.clock
    let request = chatRequest(port: port, model: "mock", streams: false)
    var started = 0
    var ended = 0
    var failed = 0
    var begin = clock.now
    var processor = processorMicroseconds()
    func next() {
        started += 1
        // The first tenth warms up.
        if started == count / 10 { (begin, processor) = (clock.now, processorMicroseconds()) }
        let counter = Counter()
        counter.onEnd = { end in
            ended += 1
            if end != .complete { failed += 1 }
            if started < count { return next() }
            guard ended == count else { return }
            let measured = Double(count - count / 10)
            let seconds = Double(begin.duration(to: clock.now).wholeNanoseconds) / 1e9
            let each = (processorMicroseconds() - processor) / measured
            transport.close()
            done("\(Int(measured / seconds)) requests/s, \(each) us CPU each, \(failed) failed")
        }
        _ = transport.start(request, receiver: counter)
    }
    for _ in 0..<concurrency { next() }
}

func streams(
    on shard: isolated Shard, port: String, count: Int, model: String,
    _ done: @escaping @Sendable (String) -> Void
) {
    let transport = CurlTransport(loop: shard.loop, userAgent: "martlet/benchmark")
    let clock = shard.clock
    let request = chatRequest(port: port, model: model, streams: true)
    let memory = residentKilobytes()
    var peak = 0
    var heads = 0
    var ended = 0
    var failed = 0
    var pieces = 0
    let begin = clock.now
    let processor = processorMicroseconds()
    for _ in 0..<count {
        let counter = Counter()
        counter.onHead = {
            heads += 1
            if heads == count { peak = residentKilobytes() }
        }
        counter.onEnd = { end in
            ended += 1
            pieces += counter.pieceCount
            if end != .complete { failed += 1 }
            guard ended == count else { return }
            peak = max(peak, residentKilobytes())
            let seconds = Double(begin.duration(to: clock.now).wholeNanoseconds) / 1e9
            let each = (processorMicroseconds() - processor) / Double(max(pieces, 1))
            transport.close()
            done(
                "\(Int(Double(pieces) / seconds)) pieces/s, \(each) us CPU each, \(failed) failed, "
                    + "\(memory) kB before, \(peak) kB with \(count) streams")
        }
        _ = transport.start(request, receiver: counter)
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
let driver: any ShardDriver =
    arguments.last == "blocking" ? BlockingDriver() : DispatchSourceDriver()
switch (arguments.first, arguments.count) {
case ("tasks", _): try await report(driver) { tasks(on: $0, $1) }
case ("timers", _): try await report(driver) { timers(on: $0, $1) }
case ("calls", 4...):
    let port = arguments[1]
    let count = Int(arguments[2]) ?? 100_000
    let concurrency = Int(arguments[3]) ?? 32
    try await report(driver) {
        calls(on: $0, port: port, count: count, concurrency: concurrency, $1)
    }
case ("streams", 5...):
    let port = arguments[1]
    let count = Int(arguments[2]) ?? 1_000
    let model = "mock-stream-\(arguments[3])-\(arguments[4])"
    try await report(driver) { streams(on: $0, port: port, count: count, model: model, $1) }
default: print("see the head of main.swift")
}
