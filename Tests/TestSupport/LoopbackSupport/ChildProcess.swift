// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// A program that a test started, killed with the last reference to it or with the test process.
///
/// Foundation's `Process` is no good here: where several run at once, it learns of one's end only
/// when the others, which inherited its socket, have ended too.
package final class ChildProcess: Sendable {
    private let identifier: pid_t
    /// Those that have not been killed. The test process may end before the last reference does.
    private static let running = Mutex<Set<pid_t>>([])
    private static let killRunningAtExit: Void = {
        atexit { ChildProcess.running.withLock { $0.forEach { _ = kill($0, SIGKILL) } } }
    }()

    package struct Failure: Error {}

    /// Starts `arguments`, the first of which is a path or a name to look up. Its output is
    /// dropped.
    package init(_ arguments: [String]) throws {
        _ = Self.killRunningAtExit
        let identifier = try Self.spawn(arguments)
        Self.running.withLock { _ = $0.insert(identifier) }
        self.identifier = identifier
    }

    deinit {
        _ = Self.running.withLock { $0.remove(identifier) }
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    /// Runs a program to its end; whether it succeeded.
    package static func run(_ arguments: [String]) throws -> Bool {
        var status: Int32 = -1
        waitpid(try spawn(arguments), &status, 0)
        return status == 0
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var texts = arguments.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var identifier: pid_t = 0
        guard posix_spawnp(&identifier, arguments[0], &actions, nil, &texts, environ) == 0
        else { throw Failure() }
        return identifier
    }

    /// Waits until somebody listens on `port` of loopback; false after five seconds.
    package static func waitForListener(port: UInt16) -> Bool {
        for _ in 0..<500 {
            if PlainSocket.connect(port: port) != nil { return true }
            usleep(10_000)
        }
        return false
    }

    /// Whether a program can be found.
    package static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }
}

/// The fake provider of `../shared/bench`, compiled for the test.
package final class FakeProvider: Sendable {
    package let port: UInt16
    private let process: ChildProcess

    private static let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../shared/bench/upstream.c").standardizedFileURL.path
    /// The compiled program, or nil where it could not be made. Made once a process.
    private static let program: String? = {
        let output = FileManager.default.temporaryDirectory
            .appending(path: "martlet-upstream-\(getpid())").path
        let arguments = ["cc", "-O2", "-o", output, source]
        guard (try? ChildProcess.run(arguments)) == true else { return nil }
        atexit { if let program = FakeProvider.program { unlink(program) } }
        return output
    }()

    /// Whether its source is there; tests that need it are skipped where it is not.
    package static var isAvailable: Bool { FileManager.default.fileExists(atPath: source) }

    package struct Unavailable: Error {}

    package init() throws {
        guard let program = Self.program else { throw Unavailable() }
        port = PlainSocket.freePort()
        process = try ChildProcess([program, "--port", "\(port)"])
        guard ChildProcess.waitForListener(port: port) else { throw Unavailable() }
    }

    package var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    /// A counter of `/__stats`, or -1.
    package func count(_ name: String) -> Int {
        guard let connection = PlainSocket.connect(port: port) else { return -1 }
        connection.write("GET /__stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        let text = connection.readText(until: "}")
        guard let range = text.range(of: "\"\(name)\":") else { return -1 }
        return Int(text[range.upperBound...].prefix { $0.isNumber }) ?? -1
    }

    /// The last request as it came in.
    package func lastRequest() -> String {
        guard let connection = PlainSocket.connect(port: port) else { return "" }
        connection.write("GET /__last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return String(decoding: connection.readAll(), as: UTF8.self)
    }

    /// Waits until `condition` holds for a counter; false after five seconds.
    package func wait(for name: String, until condition: (Int) -> Bool) -> Bool {
        for _ in 0..<500 {
            if condition(count(name)) { return true }
            usleep(10_000)
        }
        return false
    }
}
