// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Wire

/// What a request's method and path ask for.
enum Operation: Equatable {
    case call(CallOperation)
    case listModels
    case showModel(String)
    /// Where a call would go, which is not made.
    case explain
    /// How each target has been doing.
    case listTargets
    /// Whether the process answers at all.
    case showLife
    /// Whether calls are to be sent here.
    case showReadiness

    /// The prefixes under which clients of OpenAI, Groq and OpenRouter look for the same API.
    private static let prefixes = ["/v1/", "/openai/v1/", "/api/v1/"]

    /// The whole targets that nearly all requests have.
    private static let chatTargets = prefixes.map { $0 + "chat/completions" }

    /// Throws: 404 for a path that is not served, 405 with the methods that are.
    static func parse(_ request: HTTPRequest) throws(APIError) -> Operation {
        // Before anything is taken apart: 100 instructions instead of 2,000.
        if request.method == "POST", chatTargets.contains(request.target) {
            return .call(.chat)
        }
        let path = request.path
        if let health = try health(request, path) { return health }
        guard let prefix = prefixes.first(where: { path.utf8.starts(with: $0.utf8) }) else {
            throw unknown(path)
        }
        let rest = Substring(path.utf8.dropFirst(prefix.utf8.count))
        if let operation = CallOperation.allCases.first(where: { rest == $0.path.dropFirst() }) {
            try require(["POST"], of: request)
            return .call(operation)
        }
        if rest == "route/explain" {
            try require(["POST"], of: request)
            return .explain
        }
        if rest == "targets" {
            try require(["GET", "HEAD"], of: request)
            return .listTargets
        }
        if rest == "models" || rest == "models/" {
            try require(["GET", "HEAD"], of: request)
            return .listModels
        }
        if rest.hasPrefix("models/"), let name = percentDecoded(rest.dropFirst(7)) {
            try require(["GET", "HEAD"], of: request)
            return .showModel(name)
        }
        throw unknown(path)
    }

    private static func health(
        _ request: HTTPRequest, _ path: Substring
    ) throws(APIError) -> Operation? {
        guard path == "/health/live" || path == "/health/ready" else { return nil }
        try require(["GET", "HEAD"], of: request)
        return path == "/health/live" ? .showLife : .showReadiness
    }

    /// The methods of a path that was refused with 405, for `allow`.
    static func allowedMethods(for path: Substring) -> String {
        let takesPost =
            path.hasSuffix("/route/explain")
            || CallOperation.allCases.contains { path.hasSuffix($0.path) }
        return takesPost ? "POST" : "GET, HEAD"
    }

    private static func require(
        _ methods: [String], of request: HTTPRequest
    ) throws(APIError) {
        guard !methods.contains(request.method) else { return }
        throw APIError(
            status: 405, kind: .invalidRequest, code: "method_not_allowed",
            message: "\(request.path) takes \(methods.joined(separator: " or ")), "
                + "not \(request.method).")
    }

    private static func unknown(_ path: Substring) -> APIError {
        APIError(
            status: 404, kind: .invalidRequest, code: "unknown_url",
            message: "There is no \(path.prefix(200)) here. This version serves "
                + "POST /v1/chat/completions, /v1/completions, /v1/embeddings and "
                + "/v1/route/explain, GET /v1/models, /v1/models/{id}, /v1/targets, /health/live "
                + "and /health/ready.")
    }

    /// The text behind `%XX`, or nil where it is malformed or not UTF-8.
    static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue,
                let low = rest.popFirst()?.hexadecimalValue
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}
