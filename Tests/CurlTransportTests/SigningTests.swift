// SPDX-License-Identifier: Apache-2.0
import CurlTransport
import Foundation
import LoopbackSupport
import Synchronization
import Testing
import Wire

/// Requests that libcurl signs for AWS, checked by Python's `hmac`.
@Suite(.timeLimit(.minutes(2)))
struct SigningTests {
    static let signing = RequestSigning(
        region: "us-east-1", service: "bedrock", accessKeyID: "AKIDEXAMPLE",
        secretAccessKey: "wJalr/secret+key", sessionToken: "session-token==")

    /// What came to the server, one text a request.
    final class Received: Sendable {
        let texts = Mutex<[String]>([])
    }

    static func server(_ received: Received) -> LoopbackServer {
        LoopbackServer { connection, _ in
            while true {
                // The body's last byte is the only such one.
                let text = connection.readText(until: "}")
                guard text.hasSuffix("}") else { return }
                received.texts.withLock { $0.append(text) }
                connection.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            }
        }
    }

    /// The signature of a request as AWS computes it.
    static let verifier = """
        import hashlib, hmac, sys, urllib.parse
        head, body = sys.stdin.read().split("\\n\\n", 1)
        line, *rest = head.split("\\n")
        method, path, _ = line.split(" ")
        fields = {f.split(":", 1)[0].lower(): f.split(":", 1)[1].strip() for f in rest}
        parts = fields["authorization"].split(" ", 1)
        assert parts[0] == "AWS4-HMAC-SHA256", parts
        given = dict(p.strip().split("=", 1) for p in parts[1].split(","))
        scope = given["Credential"].split("/")[1:]
        assert "host" in given["SignedHeaders"] and "x-amz-date" in given["SignedHeaders"]
        sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
        canonical = "\\n".join(
            [method, urllib.parse.quote(path, safe="/-_.~"), ""]
            + [n + ":" + fields[n] for n in given["SignedHeaders"].split(";")]
            + ["", given["SignedHeaders"], sha(body)])
        key = ("AWS4" + sys.argv[1]).encode()
        for part in scope: key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = "\\n".join(
            ["AWS4-HMAC-SHA256", fields["x-amz-date"], "/".join(scope), sha(canonical)])
        print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == given["Signature"],
              "/".join(scope[1:]), given["Credential"].split("/")[0])
        """

    static func verdict(_ request: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", verifier, signing.reveal().secretAccessKey]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(request.replacing("\r\n", with: "\n").utf8))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    static func request(
        _ server: LoopbackServer, _ path: String, signing: RequestSigning?, prefix: String = ""
    ) -> TransferRequest {
        var fields = HTTPFields(["content-type": "application/json", "accept": "application/json"])
        if signing == nil { fields.append("authorization", "Bearer other") }
        var request = TransferRequest.to(
            server.baseURL + prefix, method: "POST", target: path, fields: fields,
            body: #"{"text":"ä + %41"}"#)
        request.signing = signing
        return request
    }

    @Test(arguments: [
        ("/model/plain/converse", ""), ("/model/us.x-v1%3A0/converse", ""),
        ("/model/arn%3Aaws%3Abedrock%3A%3A1%3Ap%2Fus.x~y_z/converse-stream", ""),
        ("/model/us.x-v1%3A0/converse", "/proxy/v1"),
    ])
    func `a request is signed as AWS wants it`(path: String, prefix: String) async throws {
        let received = Received()
        let server = Self.server(received)
        defer { server.stop() }
        let bench = try TransferBench()
        let outcome = await bench.fetch(
            Self.request(server, path, signing: Self.signing, prefix: prefix))
        await bench.stop()
        #expect(outcome.end == .complete)
        let request = try #require(received.texts.withLock { $0.first })
        #expect(request.hasPrefix("POST \(prefix)\(path) HTTP/1.1\r\n"))
        #expect(request.contains("x-amz-security-token: session-token==\r\n"))
        #expect(
            try await Self.verdict(request) == "True us-east-1/bedrock/aws4_request AKIDEXAMPLE")
    }

    @Test func `a handle that signed forgets it for the next provider`() async throws {
        let received = Received()
        let server = Self.server(received)
        defer { server.stop() }
        let bench = try TransferBench()
        let path = "/model/us.x-v1%3A0/converse"
        for signing in [Self.signing, nil, Self.signing, nil] {
            let outcome = await bench.fetch(Self.request(server, path, signing: signing))
            #expect(outcome.end == .complete)
        }
        await bench.stop()
        let texts = received.texts.withLock { $0 }
        try #require(texts.count == 4)
        for (index, text) in texts.enumerated() {
            #expect(text.hasPrefix("POST \(path) HTTP/1.1\r\n"))
            let fields = text.lowercased().components(separatedBy: "\r\n")
            #expect(fields.count { $0.hasPrefix("authorization:") } == 1)
            let isSigned = index % 2 == 0
            #expect(text.lowercased().contains("x-amz-") == isSigned)
            #expect(text.contains("AKIDEXAMPLE") == isSigned)
            #expect(text.contains("Bearer other") == !isSigned)
            if isSigned { #expect(try await Self.verdict(text).hasPrefix("True ")) }
        }
    }

    @Test func `a credential is not printed`() {
        var texts = ["\(Self.signing)", String(reflecting: Self.signing)]
        var dumped = ""
        dump(Self.signing, to: &dumped)
        texts.append(dumped)
        for text in texts {
            #expect(!text.contains("AKID") && !text.contains("secret") && !text.contains("token"))
        }
    }
}
