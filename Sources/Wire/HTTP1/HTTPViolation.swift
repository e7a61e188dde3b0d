// SPDX-License-Identifier: Apache-2.0

/// What a client did that HTTP, or a limit of ours, does not allow.
///
/// Each has a status, a code for programs and a message that says what to do.
package enum HTTPViolation: Error, Sendable, Equatable {
    // The request line, RFC 9112 §3
    case malformedRequestLine, invalidTarget, unsupportedTargetForm, unsupportedVersion
    case requestLineTooLong(limit: Int), connectMethod
    // Line ends and fields, RFC 9112 §2.2 and §5
    case bareLineFeed, bareCarriageReturn, foldedField, spaceInFieldName, invalidFieldName
    case emptyFieldName, fieldWithoutColon, invalidFieldValue
    case fieldsTooLarge(limit: Int), tooManyFields(limit: Int)
    case missingHost, repeatedHost, invalidHost
    // The length of the body, RFC 9112 §6
    case invalidContentLength, repeatedContentLength, contentLengthWithTransferEncoding
    case transferEncodingInHTTP10, chunkedNotLast, unknownTransferCoding, lengthRequired
    case bodyTooLarge(limit: Int)
    // Chunks, RFC 9112 §7.1
    case invalidChunkSize, chunkLineTooLong(limit: Int), chunkOverhead, chunkWithoutEnd
    case trailersTooLarge(limit: Int)
    // Meaning, RFC 9110 §8.4 and §10.1.1
    case unknownExpectation, unsupportedContentCoding, corruptContentCoding
    case expandsTooMuch(limit: Int)
    // Time
    case headTimeout, bodyTimeout
}

extension HTTPViolation {
    /// The status of the answer.
    package var status: Int {
        switch self {
        case .headTimeout, .bodyTimeout: 408
        case .lengthRequired: 411
        case .bodyTooLarge, .expandsTooMuch: 413
        case .requestLineTooLong: 414
        case .unsupportedContentCoding: 415
        case .unknownExpectation: 417
        case .fieldsTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .connectMethod, .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        default: 400
        }
    }

    /// The machine-readable code of the error envelope.
    package var code: String {
        switch self {
        case .headTimeout, .bodyTimeout: "request_timeout"
        case .lengthRequired: "length_required"
        case .bodyTooLarge, .expandsTooMuch: "request_too_large"
        case .requestLineTooLong: "uri_too_long"
        case .unsupportedContentCoding: "unsupported_content_encoding"
        case .unknownExpectation: "expectation_failed"
        case .fieldsTooLarge, .tooManyFields, .trailersTooLarge: "headers_too_large"
        case .connectMethod: "unsupported_method"
        case .unknownTransferCoding: "unsupported_transfer_encoding"
        case .unsupportedVersion: "unsupported_http_version"
        default: "malformed_request"
        }
    }
}
