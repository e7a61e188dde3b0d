// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the settings are read from besides their file: a value, so that tests need no environment.
package struct Surroundings: Sendable {
    /// The environment.
    package var variables: [String: String]
    /// The text of a file; throws where it cannot be read or is not UTF-8.
    package var readFile: @Sendable (String) throws(FileFailure) -> String
    /// The day, which tells what models are retired. Units: days since 1970-01-01, UTC.
    package var today: Int64

    package init(
        variables: [String: String], today: Int64 = 0,
        readFile: @escaping @Sendable (String) throws(FileFailure) -> String
    ) {
        self.variables = variables
        self.today = today
        self.readFile = readFile
    }

    /// A variable's value, where it is set and not empty.
    package func variable(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }
}

/// Why a file could not be read.
package struct FileFailure: Error, Equatable {
    /// The system's words: `No such file or directory`.
    package var reason: String
    /// Whether the file is just not there.
    package var isMissing: Bool

    package init(reason: String, isMissing: Bool) {
        self.reason = reason
        self.isMissing = isMissing
    }
}

extension Surroundings {
    /// Those of this process.
    static var process: Surroundings {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return Surroundings(
            variables: variables, today: Int64(time(nil)) / 86_400, readFile: readTextFile)
    }
}

/// The text of a file of at most 16 MB.
func readTextFile(_ path: String) throws(FileFailure) -> String {
    let bytes = try readFileBytes(path, limit: 16 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FileFailure(reason: "is not UTF-8", isMissing: false)
    }
    return text
}

private func readFileBytes(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(systemError: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw FileFailure(systemError: errno) }
        guard count > 0 else { return bytes }
        bytes += chunk[..<count]
        guard bytes.count <= limit else {
            throw FileFailure(reason: "is longer than \(limit) bytes", isMissing: false)
        }
    }
}

extension FileFailure {
    init(systemError code: CInt) {
        self.init(reason: String(cString: strerror(code)), isMissing: code == ENOENT)
    }
}
