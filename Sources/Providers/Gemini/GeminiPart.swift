// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Writes single parts of a content, each as JSON.
enum GeminiPart {
    /// A text.
    static func text(_ text: String, signature: String? = nil) -> [UInt8] {
        write { writer in
            writer.member("text", text)
            if let signature { writer.member("thoughtSignature", signature) }
        }
    }

    /// One part of a message.
    ///
    /// Throws: a 400 that names a file which the provider cannot reach.
    static func json(
        _ part: ContentPart, signature: String? = nil, losses: inout LossReport
    ) throws(APIError) -> [UInt8] {
        if part.cacheControl != nil { losses.add("messages[].content[].cache_control") }
        switch part.kind {
        case .text(let text), .refusal(let text):
            return Self.text(text, signature: signature)
        case .image, .audio, .file:
            let media = try Media(part, losses: &losses)
            return write { media.write(to: &$0) }
        }
    }

    /// A call of a function, with the signature that belongs to it.
    static func call(_ call: ChatToolCall, signature: String?) throws(APIError) -> [UInt8] {
        let arguments = try call.argumentsObject()
        return write { writer in
            writer.key("functionCall")
            writer.beginObject()
            writer.member("id", call.id)
            writer.member("name", call.name)
            writer.key("args")
            writer.raw(arguments)
            writer.endObject()
            if let signature { writer.member("thoughtSignature", signature) }
        }
    }

    /// What a function gave: a JSON object as it is, anything else as `output`.
    static func result(
        of name: String, id: String, _ message: ChatMessage, losses: inout LossReport
    ) throws(APIError) -> [UInt8] {
        var media: [Media] = []
        for part in message.content {
            if part.cacheControl != nil { losses.add("messages[].content[].cache_control") }
            switch part.kind {
            case .text, .refusal: break
            case .image, .audio, .file: media.append(try Media(part, losses: &losses))
            }
        }
        let text = message.text
        let object = (try? JSONValue(parsing: Array(text.utf8))).flatMap {
            $0.kind == .object ? $0 : nil
        }
        return write { writer in
            writer.key("functionResponse")
            writer.beginObject()
            writer.member("id", id)
            writer.member("name", name)
            writer.key("response")
            if let object {
                writer.raw(object)
            } else {
                writer.beginObject()
                writer.member("output", text)
                writer.endObject()
            }
            if !media.isEmpty {
                writer.key("parts")
                writer.beginArray()
                for item in media {
                    writer.beginObject()
                    item.write(to: &writer)
                    writer.endObject()
                }
                writer.endArray()
            }
            writer.endObject()
        }
    }

    private static func write(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return writer.bytes
    }
}

/// A picture, a recording, a document or a film.
private struct Media {
    private enum Place {
        case inline(mediaType: String, base64: String)
        case uri(String, mediaType: String?)
    }

    private let place: Place

    /// Throws: a 400 that names a file which is kept elsewhere.
    init(_ part: ContentPart, losses: inout LossReport) throws(APIError) {
        switch part.kind {
        case .text, .refusal:
            throw .invalid(part.path, "\(part.path) is text.")
        case .image(let source, let detail):
            if let detail, detail != "auto" {
                losses.add("messages[].content[].image_url.detail")
            }
            place = try Self.place(of: source, part.path)
        case .audio(let base64, let format):
            place = .inline(mediaType: "audio/\(format)", base64: base64)
        case .file(let source, let name):
            if name != nil { losses.add("messages[].content[].file.filename") }
            place = try Self.place(of: source, part.path)
        }
    }

    /// Writes the member that holds it.
    func write(to writer: inout JSONWriter) {
        switch place {
        case .inline(let mediaType, let base64):
            writer.key("inlineData")
            writer.beginObject()
            writer.member("mimeType", mediaType)
            writer.member("data", base64)
            writer.endObject()
        case .uri(let uri, let mediaType):
            writer.key("fileData")
            writer.beginObject()
            if let mediaType { writer.member("mimeType", mediaType) }
            writer.member("fileUri", uri)
            writer.endObject()
        }
    }

    private static func place(
        of source: MediaSource, _ path: String
    ) throws(APIError) -> Place {
        switch source {
        case .inline(let mediaType, let base64):
            return .inline(mediaType: mediaType, base64: base64)
        case .url(let url):
            return .uri(url, mediaType: mediaType(of: url))
        case .fileID(let id):
            if id.contains("://") { return .uri(id, mediaType: mediaType(of: id)) }
            // As Google's own file API names what was uploaded there.
            if id.hasPrefix("files/") {
                return .uri(
                    "https://generativelanguage.googleapis.com/v1beta/\(id)", mediaType: nil)
            }
            throw .invalid(
                "\(path).file.file_id", code: "unsupported_parameter",
                "\(path).file.file_id is no file of this provider: files/… or an address.")
        }
    }

    /// The type that an address's ending names; nil where it names none.
    private static func mediaType(of url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return types[path[path.index(after: dot)...].lowercased()]
    }

    private static let types = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp",
        "gif": "image/gif", "heic": "image/heic", "pdf": "application/pdf", "wav": "audio/wav",
        "mp3": "audio/mp3", "flac": "audio/flac", "ogg": "audio/ogg", "mp4": "video/mp4",
        "mov": "video/mov", "webm": "video/webm", "mpeg": "video/mpeg", "txt": "text/plain",
    ]
}
