// SPDX-License-Identifier: Apache-2.0
import Foundation
import LoopbackSupport
import OpenSSLKeys
import Testing

/// Signatures, verified by the `openssl` program.
@Suite(.enabled(if: ChildProcess.isInstalled("openssl"), "needs openssl"))
struct RSAPrivateKeyTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func makeKey(_ arguments: [String], at file: URL) throws -> String {
        try #require(try ChildProcess.run(["openssl"] + arguments + ["-out", file.path]))
        return try String(contentsOf: file, encoding: .utf8)
    }

    private static let rsa = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]

    @Test func `a signature is the one that the public key expects`() throws {
        try withFolder { folder in
            let file = folder.appending(path: "key.pem")
            let key = try #require(RSAPrivateKey(pem: try makeKey(Self.rsa, at: file)))
            let message = Array("a message".utf8)
            let signature = try #require(key.signature(of: message))
            #expect(signature.count == 256 && key.signature(of: message) == signature)
            let text = folder.appending(path: "text")
            let signed = folder.appending(path: "signed")
            let open = folder.appending(path: "public")
            try Data(message).write(to: text)
            try Data(signature).write(to: signed)
            _ = try makeKey(["pkey", "-in", file.path, "-pubout"], at: open)
            let verify = [
                "openssl", "dgst", "-sha256", "-verify", open.path, "-signature", signed.path,
            ]
            #expect(try ChildProcess.run(verify + [text.path]))
            try Data("another".utf8).write(to: text)
            #expect(try !ChildProcess.run(verify + [text.path]))
        }
    }

    @Test func `a key of another kind, or behind a password, is none`() throws {
        try withFolder { folder in
            let file = folder.appending(path: "key.pem")
            let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
            let curveText = try makeKey(curve, at: file)
            #expect(RSAPrivateKey(pem: curveText) == nil)
            let locked = Self.rsa + ["-aes-128-cbc", "-pass", "pass:x"]
            let lockedText = try makeKey(locked, at: file)
            #expect(RSAPrivateKey(pem: lockedText) == nil)
        }
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----", "\0", String(repeating: "a", count: 100_000),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ])
    func `what is no key is none`(text: String) {
        #expect(RSAPrivateKey(pem: text) == nil)
    }
}
