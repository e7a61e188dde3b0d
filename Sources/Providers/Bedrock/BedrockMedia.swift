// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Pictures, documents, videos and sounds as blocks of Converse.
struct BedrockMedia {
    /// The names of documents so far: each has to differ.
    private var documentNames: Set<String> = []

    private static let imageFormats = [
        "image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif",
        "image/webp": "webp",
    ]

    private static let documentFormats = [
        "application/pdf": "pdf", "text/csv": "csv", "application/csv": "csv",
        "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "text/html": "html", "text/plain": "txt", "text/markdown": "md",
    ]

    private static let videoFormats = [
        "video/x-matroska": "mkv", "video/quicktime": "mov", "video/mp4": "mp4",
        "video/webm": "webm", "video/x-flv": "flv", "video/mpeg": "mpeg", "video/mpg": "mpg",
        "video/x-ms-wmv": "wmv", "video/3gpp": "three_gp",
    ]

    private static let audioFormats: Set<String> = [
        "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg",
        "mpga", "pcm", "webm",
    ]

    func writeImage(
        _ source: MediaSource, path: String, to writer: inout JSONWriter
    ) throws(APIError) {
        let format: String?
        switch source {
        case .inline(let type, _): format = Self.imageFormats[type]
        case .url(let url):
            try Self.checkPlace(url, path: path)
            let ending = Self.ending(url)
            format = ending == "jpg" ? "jpeg" : Self.imageFormats.values.first { $0 == ending }
        case .fileID: throw Self.noFiles(path)
        }
        guard let format else {
            throw .invalid(
                path, code: "unsupported_value",
                "\(path) is no picture that Bedrock takes: PNG, JPEG, GIF and WebP are.")
        }
        Self.write("image", format, name: nil, source, to: &writer)
    }

    func writeAudio(
        _ base64: String, _ format: String, path: String, to writer: inout JSONWriter
    ) throws(APIError) {
        guard Self.audioFormats.contains(format) else {
            throw .invalid(
                "\(path).format", code: "unsupported_value",
                "\(path).format is none that Bedrock takes.")
        }
        let source = MediaSource.inline(mediaType: "", base64: base64)
        Self.write("audio", format, name: nil, source, to: &writer)
    }

    /// A document, or a picture or a video that came as a file.
    mutating func writeFile(
        _ source: MediaSource, name: String?, path: String, to writer: inout JSONWriter
    ) throws(APIError) {
        var format: String?
        var ending = name.flatMap(Self.ending)
        switch source {
        case .inline(let type, _):
            if Self.imageFormats[type] != nil {
                return try writeImage(source, path: "\(path).file_data", to: &writer)
            }
            if let video = Self.videoFormats[type] {
                return Self.write("video", video, name: nil, source, to: &writer)
            }
            format = Self.documentFormats[type]
        case .url(let url):
            try Self.checkPlace(url, path: "\(path).file_data")
            ending = Self.ending(url) ?? ending
            if let ending, Self.videoFormats.values.contains(ending) {
                return Self.write("video", ending, name: nil, source, to: &writer)
            }
        case .fileID: throw Self.noFiles("\(path).file_id")
        }
        format = format ?? Self.documentFormats.values.first { $0 == ending }
        guard let format else {
            throw .invalid(
                "\(path).file_data", code: "unsupported_value",
                "\(path).file_data is of no type that Bedrock takes: PDF, CSV, Word, Excel, HTML, "
                    + "text, Markdown and videos are. Say its media type, or give it a filename.")
        }
        Self.write("document", format, name: documentName(name), source, to: &writer)
    }

    /// A name that Converse takes and has not seen in this request.
    ///
    /// Shape: letters, digits, single spaces, hyphens, parentheses and square brackets.
    private mutating func documentName(_ file: String?) -> String {
        var name = ""
        let stem = file.flatMap { file in file.lastIndex(of: ".").map { file[..<$0] } ?? file[...] }
        for character in stem ?? "" {
            let isKept =
                character.isASCII && (character.isLetter || character.isNumber)
                || "-()[]".contains(character)
            if isKept {
                name.append(character)
            } else if name.last != " " && !name.isEmpty {
                name.append(" ")
            }
        }
        name = String(name.prefix(180))
        while name.last == " " { name.removeLast() }
        if name.isEmpty { name = "document" }
        var unique = name
        var number = 2
        while !documentNames.insert(unique).inserted {
            unique = "\(name) \(number)"
            number += 1
        }
        return unique
    }

    private static func write(
        _ kind: String, _ format: String, name: String?, _ source: MediaSource,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key(kind)
        writer.beginObject()
        writer.member("format", format)
        if let name { writer.member("name", name) }
        writer.key("source")
        writer.beginObject()
        switch source {
        case .inline(_, let base64): writer.member("bytes", base64)
        case .url(let url):
            writer.key("s3Location")
            writer.beginObject()
            writer.member("uri", url)
            writer.endObject()
        case .fileID: break
        }
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }

    /// Only what lies in S3 can be named.
    private static func checkPlace(_ url: String, path: String) throws(APIError) {
        guard !url.hasPrefix("s3://") else { return }
        throw .invalid(
            path, code: "unsupported_value",
            "\(path) is an address: Bedrock takes data: URLs and s3:// locations, "
                + "and the gateway fetches nothing.")
    }

    private static func noFiles(_ path: String) -> APIError {
        .invalid(path, code: "unsupported_value", "\(path): Bedrock keeps no uploaded files.")
    }

    /// What stands behind the last dot, in lower case.
    private static func ending(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return name[name.index(after: dot)...].lowercased()
    }
}
