// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// What Anthropic says about a failure.
///
/// Shape: `{"type":"error","error":{"type":…,"message":…},"request_id":…}`, as a body and as an
/// event of a stream.
enum AnthropicFailure {
    /// The failure behind an answer whose status is not 2xx.
    static func reading(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        let retryAfter = head.fields.retryAfterSeconds ?? AnthropicReset.seconds(head.fields)
        guard let root = try? JSONValue(parsing: body) else {
            return .answered(
                status: head.status, ProviderWords(message: ProviderWords.plainText(body)),
                provider: provider, retryAfterSeconds: retryAfter)
        }
        return reading(
            error: root["error"] ?? root, status: head.status, provider: provider,
            retryAfterSeconds: retryAfter)
    }

    /// The failure told inside of an answer that began with 200.
    static func reading(error: JSONValue?, provider: String) -> UpstreamFailure {
        let status =
            switch error?["type"]?.string {
            case "invalid_request_error": 400
            case "authentication_error": 401
            case "billing_error": 402
            case "permission_error": 403
            case "not_found_error": 404
            case "request_too_large": 413
            case "rate_limit_error": 429
            case "timeout_error": 504
            case "overloaded_error": 529
            default: 500
            }
        return reading(error: error, status: status, provider: provider, retryAfterSeconds: nil)
    }

    private static func reading(
        error: JSONValue?, status: Int, provider: String, retryAfterSeconds: Int?
    ) -> UpstreamFailure {
        let message = error?.string ?? error?["message"]?.string
        var status = status
        if status == 400, message?.contains("credit balance is too low") == true {
            // The operator's account, told as if the request were wrong.
            status = 402
        }
        return .answered(
            status: status,
            ProviderWords(
                message: message, code: error?["type"]?.string, parameter: parameter(message)),
            provider: provider, retryAfterSeconds: retryAfterSeconds)
    }

    /// The client's parameter that a message begins with: `messages.0: …`. Places inside of it are
    /// the provider's, not the client's.
    private static func parameter(_ message: String?) -> String? {
        guard let message, let colon = message.firstIndex(of: ":") else { return nil }
        switch message[..<colon].prefix(while: { $0 != "." }) {
        case "messages", "system": return "messages"
        case "tools": return "tools"
        case "tool_choice": return "tool_choice"
        case "model": return "model"
        case "max_tokens": return "max_tokens"
        case "temperature": return "temperature"
        case "top_p": return "top_p"
        case "stop_sequences": return "stop"
        case "output_format", "output_config": return "response_format"
        case "thinking": return "reasoning_effort"
        default: return nil
        }
    }
}

/// When an exhausted rate limit is full again.
///
/// Shape: `anthropic-ratelimit-<what>-remaining: 0`, `…-reset: 2026-11-24T16:20:00Z`.
package enum AnthropicReset {
    /// Seconds from the answer's own `date` to the latest reset of a limit that is used up.
    static func seconds(_ fields: HTTPFields) -> Int? {
        guard let now = fields.first("date").flatMap(httpDate) else { return nil }
        var latest: Int?
        for what in ["requests", "tokens", "input-tokens", "output-tokens"] {
            let name = "anthropic-ratelimit-\(what)"
            guard fields.first("\(name)-remaining") == "0",
                let reset = fields.first("\(name)-reset").flatMap(timestamp), reset >= now
            else { continue }
            latest = max(latest ?? 0, reset - now)
        }
        return latest
    }

    /// The seconds since 1970 at `2026-11-24T16:20:00Z`; nil for a text that is no time in UTC.
    /// Source: RFC 3339.
    package static func timestamp(_ text: String) -> Int? {
        let parts = text.split { !$0.isASCII || !$0.isNumber }.prefix(6).map { Int($0) }
        guard text.hasSuffix("Z"), parts.count == 6 else { return nil }
        return seconds(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
    }

    /// `Tue, 24 Nov 2026 16:20:00 GMT`. Source: RFC 9110 §5.6.7.
    private static func httpDate(_ text: String) -> Int? {
        let parts = text.split { $0 == " " || $0 == ":" }
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard parts.count == 8, let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        return seconds(
            Int(parts[3]), month + 1, Int(parts[1]), Int(parts[4]), Int(parts[5]), Int(parts[6]))
    }

    /// Seconds since 1970. Days are counted in years that begin in March.
    private static func seconds(
        _ year: Int?, _ month: Int?, _ day: Int?, _ hour: Int?, _ minute: Int?, _ second: Int?
    ) -> Int? {
        guard let year, let month, let day, let hour, let minute, let second,
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let marchYear = month > 2 ? year : year - 1
        let days =
            365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400
            + (153 * ((month + 9) % 12) + 2) / 5 + day - 719_469
        return days * 86_400 + hour * 3_600 + minute * 60 + second
    }
}
