// SPDX-License-Identifier: Apache-2.0

extension HTTPViolation {
    /// The violation as the body of an answer in OpenAI's shape.
    ///
    /// Shape: `{"error":{"message":…,"type":"invalid_request_error","param":null,"code":…}}`.
    package var envelope: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: #"{"error":{"message":""#.utf8)
        bytes.append(jsonEscaped: message)
        bytes.append(contentsOf: #"","type":"invalid_request_error","param":null,"code":""#.utf8)
        bytes.append(jsonEscaped: code)
        bytes.append(contentsOf: #""}}"#.utf8)
        return bytes
    }

    /// What went wrong and what to do about it, for the client's author.
    package var message: String {
        switch self {
        case .malformedRequestLine:
            "The request line is not 'METHOD target HTTP/1.1'. Send one space between its parts."
        case .invalidTarget:
            "The request target holds a byte that URLs do not allow. Percent-encode it."
        case .unsupportedTargetForm:
            "The request target must begin with '/'. Send a path such as /v1/chat/completions."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .requestLineTooLong(let limit):
            "The request line is longer than \(limit) bytes. Send parameters in the body."
        case .connectMethod: "This is not a proxy: CONNECT is not implemented."
        case .bareLineFeed: "A line ends with LF alone. End each line with CR LF."
        case .bareCarriageReturn: "A CR stands without its LF. End each line with CR LF."
        case .foldedField: "A header continues on a second line. Send each header on one line."
        case .spaceInFieldName: "White space stands before the colon of a header. Remove it."
        case .invalidFieldName: "A header name holds a byte that is not allowed in names."
        case .emptyFieldName: "A header has no name."
        case .fieldWithoutColon: "A header line has no colon."
        case .invalidFieldValue: "A header value holds a control character. Remove it."
        case .fieldsTooLarge(let limit):
            "The headers are larger than \(limit) bytes together. Send fewer or smaller ones."
        case .tooManyFields(let limit): "More than \(limit) headers were sent. Send fewer."
        default: bodyMessage
        }
    }

    private var bodyMessage: String {
        switch self {
        case .missingHost: "HTTP/1.1 requires a Host header. Send one."
        case .repeatedHost: "More than one Host header was sent. Send one."
        case .invalidHost: "The Host header is not a host name with an optional port."
        case .invalidContentLength: "Content-Length is not a plain decimal number."
        case .repeatedContentLength: "More than one Content-Length was sent. Send one."
        case .contentLengthWithTransferEncoding:
            "Content-Length and Transfer-Encoding exclude each other. Send one of them."
        case .transferEncodingInHTTP10:
            "HTTP/1.0 has no Transfer-Encoding. Send Content-Length or use HTTP/1.1."
        case .chunkedNotLast: "Transfer-Encoding must end with chunked, named once."
        case .unknownTransferCoding: "Only 'Transfer-Encoding: chunked' is implemented."
        case .lengthRequired:
            "A request of this method needs Content-Length or chunked; 0 stands for no body."
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes. Send a smaller one."
        case .invalidChunkSize: "A chunk's size line is not a hexadecimal number."
        case .chunkLineTooLong(let limit): "A chunk's size line is longer than \(limit) bytes."
        case .chunkOverhead: "The chunks hold too little data for their size lines."
        case .chunkWithoutEnd: "A chunk is longer than its size line says."
        case .trailersTooLarge(let limit):
            "The trailers are larger than \(limit) bytes together. Send none."
        case .unknownExpectation: "Only 'Expect: 100-continue' can be met. Remove the header."
        case .unsupportedContentCoding:
            "Only gzip is accepted as Content-Encoding. Send the body plain or gzipped."
        case .corruptContentCoding: "The body is not what its Content-Encoding says."
        case .expandsTooMuch(let limit):
            "The gzipped body expands beyond the limit (\(limit) bytes). Send a smaller one."
        case .headTimeout: "The request's head did not arrive in time. Send the request again."
        case .bodyTimeout: "The request's body did not arrive in time. Send the request again."
        default: "The request is malformed."
        }
    }
}

extension Array<UInt8> {
    /// Appends `text` as the inside of a JSON string. Source: RFC 8259 §7.
    mutating func append(jsonEscaped text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                append(0x5C)
                append(byte)
            case 0..<0x20:
                let digits: [UInt8] = Array("0123456789abcdef".utf8)
                append(contentsOf: #"\u00"#.utf8)
                append(digits[Int(byte >> 4)])
                append(digits[Int(byte & 0xF)])
            default: append(byte)
            }
        }
    }
}
