// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import JSON
import Providers
import Simulator
import Testing
import Wire

/// One of our recordings: a client's request and a provider's reply, and all that the gateway has
/// to make of them.
///
/// Shape: a folder `<dialect or vendor>/<case>` with the files that `Golden.outputs` and
/// `Tests/TestSupport/Recordings/README.md` name.
struct Golden: Sendable, CustomTestStringConvertible {
    let folder: URL
    /// The dialect's or the vendor's folder.
    let owner: String
    let name: String
    let vendor: Vendor
    let head: HTTPReplyHead
    let reply: [UInt8]
    let request: [UInt8]
    /// Whether the connection broke behind the reply's bytes.
    let isCut: Bool
    /// As `Provider.options`.
    let options: [String: String]
    /// Chat, where `origin.json` names nothing else.
    let operation: CallOperation

    var testDescription: String { "\(owner)/\(name)" }
    var isStream: Bool { String(decoding: request, as: UTF8.self).contains(#""stream":true"#) }

    /// Where a stream is cut: everywhere, but that vendors of one dialect share its cases' work.
    var cuts: StrideTo<Int> {
        stride(from: 0, to: reply.count, by: DialectID(rawValue: owner) == nil ? 8 : 1)
    }

    /// `Tests/TestSupport/Recordings`.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../TestSupport/Recordings").standardizedFileURL

    /// Whether this run writes what it makes instead of comparing, and then fails.
    static let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"

    /// All of them, by name. One that cannot be read ends the run: it must not go unnoticed.
    static let all: [Golden] = {
        do {
            return try folders(in: root).flatMap { owner in
                try folders(in: owner).map { try Golden($0, of: vendors) }
            }
        } catch {
            fatalError("a recording cannot be read: \(error)")
        }
    }()

    static let vendors: VendorTable = {
        let file = root.appending(path: "../../../Config/providers.json").standardizedFileURL
        do {
            return try VendorTable(parsing: Array(Data(contentsOf: file)))
        } catch {
            fatalError("Config/providers.json cannot be read: \(error)")
        }
    }()

    private struct Failure: Error { var problem: String }

    private static func folders(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
            .filter { !$0.contains(".") }.map { folder.appending(path: $0) }
    }

    private init(_ folder: URL, of vendors: VendorTable) throws {
        self.folder = folder
        owner = folder.deletingLastPathComponent().lastPathComponent
        name = folder.lastPathComponent
        func read(_ file: String) throws -> [UInt8] {
            try Array(Data(contentsOf: folder.appending(path: file)))
        }
        let origin = try JSONValue(parsing: read("origin.json"))
        guard var vendor = origin["vendor"]?.string.flatMap({ vendors[$0] }),
            let dialect = origin["dialect"]?.string.flatMap(DialectID.init(rawValue:))
        else { throw Failure(problem: "\(folder.path()): no such vendor or dialect") }
        vendor.dialect = dialect
        if let address = origin["base_url"]?.string { vendor.baseURL = address }
        self.vendor = vendor
        isCut = origin["end"]?.string == "cut"
        options = Dictionary(
            uniqueKeysWithValues: (origin["options"]?.members ?? []).map {
                ($0.key, $0.value.string ?? "")
            })
        guard
            let operation = CallOperation(
                rawValue: origin["operation"]?.string ?? CallOperation.chat.rawValue)
        else { throw Failure(problem: "\(folder.path()): no such operation") }
        self.operation = operation
        request = try read("client-request.json")
        reply = try read("upstream-reply.body")
        let lines = try String(decoding: read("upstream-reply.head"), as: UTF8.self)
            .split(separator: "\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Failure(problem: "\(folder.path()): the reply's head has no status") }
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            guard parts.count == 2 else { throw Failure(problem: "\(folder.path()): \(line)") }
            fields.append(String(parts[0]), String(parts[1]))
        }
        head = HTTPReplyHead(status: status, fields: fields)
    }
}

extension Golden {
    /// The call through the whole gateway.
    ///
    /// - Parameter pieces: how the provider's reply is cut; whole where it is nil.
    func call(pieces: [[UInt8]]? = nil) -> OneCall {
        let end: TransferEnd =
            isCut ? .failed(TransferFailure(.cut, detail: "the connection was reset")) : .complete
        let bytes = (pieces ?? [reply]).map { UpstreamScript.Step.bytes($0) }
        return OneCall(
            body: request, vendor: vendor, steps: [.head(head)] + bytes + [.end(end)],
            operation: operation
        ) {
            $0.providers = [vendor.id: provider]
            if let prices { $0.prices = prices }
        }
    }

    /// The vendor as it is set up: each placeholder of its address is filled by its own name.
    private var provider: Provider {
        var address = vendor.baseURL
        for name in vendor.placeholders.keys {
            address = address.replacingOccurrences(of: "{\(name)}", with: name)
        }
        // A key that is exchanged for tokens is not sent; how they are got is no part of a golden.
        let hasKey = !vendor.keyVariables.isEmpty && !vendor.authentication.exchangesKey
        return Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: address),
            credential: hasKey ? Secret("test-key") : nil, options: options)
    }

    /// A price for the model that is asked for, so that goldens do not change with the catalogue:
    /// in USD for a million tokens, 1 of input, 0.1 read from a cache, 2 of output.
    private var prices: PriceBook? {
        guard let model = try? JSONOutline(scanning: request).string("model", in: request.span),
            let slash = model.firstIndex(of: "/")
        else { return nil }
        let book =
            #"{"catalogue":"models","version":"2026-01-01-goldens","rows":1}"# + "\n"
            + #"{"provider":"\#(vendor.id)","model":"\#(model[slash...].dropFirst())","#
            + #""mode":"chat","prices":{"input":"1","cache_read":"0.1","output":"2"}}"# + "\n"
        return try? PriceBook(Array(book.utf8))
    }

    /// What the gateway made of it, by the name of the file that it must be.
    static func outputs(of call: OneCall) -> [(file: String, bytes: [UInt8])] {
        [
            ("upstream-request.http", call.sent.flatMap(text(of:))),
            ("client-reply.head", call.reply.head.map { text(of: $0) } ?? []),
            ("client-reply.body", call.reply.body),
            ("ledger.json", call.entries.flatMap { LedgerEntryCoder.encode($0) + [0x0A] }),
        ]
    }

    private static func text(of request: TransferRequest) -> [UInt8] {
        let url = request.endpoint.baseURL + request.message.target
        let head = "\(request.message.method) \(url)\n\(lines(of: request.message.fields))\n"
        return Array(head.utf8) + request.message.body + [0x0A]
    }

    private static func text(of head: HTTPReplyHead) -> [UInt8] {
        Array("HTTP/1.1 \(head.status)\n\(lines(of: head.fields))".utf8)
    }

    private static func lines(of fields: HTTPFields) -> String {
        (0..<fields.count).map { "\(fields[$0].name): \(fields[$0].value)\n" }.joined()
    }
}
