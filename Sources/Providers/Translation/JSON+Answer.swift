// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

extension JSONValue {
    /// The body of an answer. Throws: `malformed` where it is no JSON.
    init(answer body: [UInt8], of provider: String) throws(UpstreamFailure) {
        do throws(JSONError) {
            try self.init(parsing: body)
        } catch {
            throw .unreadable(error, provider: provider)
        }
    }
}

extension JSONDocument {
    /// Reads a frame of an answer into the storage of the last one. Throws: as above.
    mutating func parse(
        answer frame: Span<UInt8>, of provider: String
    ) throws(UpstreamFailure) {
        do throws(JSONError) {
            try parse(frame)
        } catch {
            throw .unreadable(error, provider: provider)
        }
    }
}
