// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// Texts, pictures and files as content blocks.
enum AnthropicMedia {
    /// The block of a part that a user or a tool said.
    ///
    /// Throws: a 400 that names a part of a kind which the API does not take.
    static func block(
        _ part: ContentPart, losses: inout LossReport
    ) throws(APIError) -> AnthropicBlock.Kind {
        switch part.kind {
        case .text(let text), .refusal(let text): return .text(text)
        case .image(let source, let detail):
            if let detail, detail != "auto" {
                losses.add("messages[].content[].image_url.detail")
            }
            return .image(try picture(source, part))
        case .audio: throw .unsupportedPart(part, "Anthropic takes no audio")
        case .file(let source, let name): return try document(source, name, part)
        }
    }

    private static func picture(
        _ source: MediaSource, _ part: ContentPart
    ) throws(APIError) -> MediaSource {
        guard case .inline(let mediaType, let base64) = source else { return source }
        switch mediaType {
        case "image/jpeg", "image/png", "image/gif", "image/webp": return source
        case "image/jpg": return .inline(mediaType: "image/jpeg", base64: base64)
        default:
            throw .unsupportedPart(
                part, "Anthropic takes pictures as JPEG, PNG, GIF and WebP only")
        }
    }

    private static func document(
        _ source: MediaSource, _ name: String?, _ part: ContentPart
    ) throws(APIError) -> AnthropicBlock.Kind {
        guard case .inline(let mediaType, let base64) = source else {
            return .document(source, title: name)
        }
        if mediaType == "application/pdf" { return .document(source, title: name) }
        if mediaType.hasPrefix("image/") { return .image(try picture(source, part)) }
        guard mediaType.hasPrefix("text/") || mediaType == "application/json" else {
            throw .unsupportedPart(part, "Anthropic takes PDF, text and picture files only")
        }
        guard let bytes = decoded(base64), let text = String(validating: bytes, as: UTF8.self)
        else { throw .invalid(part.path, "\(part.path) is no text in UTF-8 as base64.") }
        return .plainText(text, title: name)
    }

    /// The bytes of a base64 text, or nil where it is none. Source: RFC 4648 §4.
    private static func decoded(_ base64: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(base64.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in base64.utf8 {
            let value: UInt8
            switch byte {
            case 0x41...0x5A: value = byte - 0x41
            case 0x61...0x7A: value = byte - 0x61 + 26
            case 0x30...0x39: value = byte - 0x30 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "="):
                isPadded = true
                continue
            case 0x0A, 0x0D: continue
            default: return nil
            }
            if isPadded { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFF_FFFF
            count += 1
            if count % 4 != 1 {
                let shift = UInt32(6 - 2 * ((count - 1) % 4))
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return count % 4 == 1 ? nil : bytes
    }
}
