// SPDX-License-Identifier: Apache-2.0

/// How a body is compressed. Source: RFC 9110 §8.4.1.
package enum ContentCoding: Sendable, Equatable {
    case identity, gzip

    /// Reads a `Content-Encoding` value; nil where it is another coding, or several.
    package init?(_ value: ArraySlice<UInt8>) {
        var found: ContentCoding?
        for name in value.listElements {
            guard found == nil else { return nil }
            // §8.4.1.3: a recipient should take x-gzip for gzip.
            if name.span.matches("gzip") || name.span.matches("x-gzip") {
                found = .gzip
            } else if name.span.matches("identity") {
                found = .identity
            } else {
                return nil
            }
        }
        self = found ?? .identity
    }
}

extension HTTPFields {
    /// The coding of the body, nil where it is none that is known here or there are several.
    package var contentCoding: ContentCoding? {
        var coding = ContentCoding.identity
        for index in 0..<count where isNamed(index, "content-encoding") {
            guard let next = ContentCoding(valueBytes(at: index)) else { return nil }
            guard next == .identity || coding == .identity else { return nil }
            coding = next == .gzip ? .gzip : coding
        }
        return coding
    }

    /// Whether a reply may be gzipped: `Accept-Encoding` weighs gzip above zero, and no lower than
    /// it weighs `identity`.
    ///
    /// Source: RFC 9110 §12.5.3. Units of weights: thousandths.
    package var acceptsGzip: Bool {
        var gzip: Int?
        var identity: Int?
        var any: Int?
        for index in 0..<count where isNamed(index, "accept-encoding") {
            for element in valueBytes(at: index).listElements {
                let (name, parameters) = element.split(at: UInt8(ascii: ";"))
                let weight = parameters.map(Self.weight) ?? 1000
                let coding = name.trimmed
                if coding.span.matches("gzip") || coding.span.matches("x-gzip") { gzip = weight }
                if coding.span.matches("identity") { identity = weight }
                if coding.span.matches("*") { any = weight }
            }
        }
        let weight = gzip ?? any ?? 0
        return weight > 0 && weight >= identity ?? 0
    }

    /// The weight in `q=0.5`, in thousandths; what cannot be read weighs nothing.
    ///
    /// Source: RFC 9110 §12.4.2.
    private static func weight(_ parameters: ArraySlice<UInt8>) -> Int {
        let text = parameters.trimmed
        let name = text.prefix(2)
        guard text.count >= 3, text.count <= 7, name.span.matches("q=") else { return 0 }
        var value = 0
        var scale = 1000
        for (offset, byte) in text.dropFirst(2).enumerated() {
            if offset == 1 {
                guard byte == UInt8(ascii: ".") else { return 0 }
                continue
            }
            guard byte.isDigit else { return 0 }
            value += (Int(byte) - 0x30) * scale
            scale /= 10
        }
        return value <= 1000 ? value : 0
    }
}
