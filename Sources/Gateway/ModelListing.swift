// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// What `GET /v1/models` and `GET /v1/models/{id}` answer.
///
/// Shape: OpenAI's list of `{"id","object":"model","created","owned_by"}`.
struct ModelListing {
    private let names: [String]
    private let created: Int

    /// - Parameter created: what every row says, seconds since 1970: when the catalogue was made.
    init(names: [String], created: Int) {
        self.names = names
        self.created = created
    }

    /// The whole list.
    var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("object")
        writer.string("list")
        writer.key("data")
        writer.beginArray()
        for name in names { write(name, into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// One row.
    func body(of name: String) -> [UInt8] {
        var writer = JSONWriter()
        write(name, into: &writer)
        return writer.finish()
    }

    private func write(_ name: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(name)
        writer.key("object")
        writer.string("model")
        writer.key("created")
        writer.integer(created)
        writer.key("owned_by")
        writer.string(name.firstIndex(of: "/").map { String(name[..<$0]) } ?? "martlet")
        writer.endObject()
    }
}
