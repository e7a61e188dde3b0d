// SPDX-License-Identifier: Apache-2.0
import ChatAPI
package import JSON
package import Wire

extension HTTPRequest {
    /// A request for an answer, with a JSON body that `writer` holds and the target's credential.
    package static func asking(
        _ path: String, _ writer: JSONWriter, of target: DialectTarget, accepting accept: String
    ) -> HTTPRequest {
        var fields = HTTPFields()
        fields.reserve(fields: 4, bytes: 256)
        fields.append("content-type", "application/json")
        fields.append("accept", accept)
        if let credential = target.credential {
            switch target.vendor.authentication {
            case .bearer: fields.append("authorization", "Bearer \(credential.reveal())")
            case .header(let name): fields.append(name, credential.reveal())
            case .none: break
            }
        }
        return HTTPRequest(method: "POST", target: path, fields: fields, body: writer.bytes)
    }
}

extension JSONWriter {
    /// Writes a member whose value is a number, as its text has it; nothing where it is nil.
    package mutating func member(_ name: String, decimalText text: String?) {
        guard let text else { return }
        key(name)
        decimal(text)
    }

    /// Writes a member as it came; nothing where it is nil.
    package mutating func member(_ name: String, raw value: JSONValue?) {
        guard let value else { return }
        key(name)
        raw(value)
    }

    /// Writes a member whose value is an array of strings; nothing where it is empty.
    package mutating func member(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
