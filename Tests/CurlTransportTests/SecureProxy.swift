// SPDX-License-Identifier: Apache-2.0
import Foundation
import LoopbackSupport

/// `nghttpx` with a certificate of its own: HTTP/2 over TLS in front of a plain server.
final class SecureProxy: Sendable {
    let port: UInt16
    /// The certificate, which is its own authority.
    let certificate: String
    private let folder: URL
    private let process: ChildProcess

    static var isAvailable: Bool {
        ChildProcess.isInstalled("nghttpx") && ChildProcess.isInstalled("openssl")
    }

    struct Failure: Error {}

    /// - Parameter backend: The port of the plain server.
    init(backend: UInt16) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "certificate.pem").path
        let key = folder.appending(path: "key.pem").path
        let made = try ChildProcess.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", key, "-out", certificate,
        ])
        guard made else { throw Failure() }
        port = PlainSocket.freePort()
        process = try ChildProcess([
            "nghttpx", "--conf=/dev/null", "--single-process", "--workers=1", "--no-ocsp",
            "-f127.0.0.1,\(port)", "-b127.0.0.1,\(backend)", key, certificate,
        ])
        guard ChildProcess.waitForListener(port: port) else { throw Failure() }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var baseURL: String { "https://localhost:\(port)/v1" }
}
