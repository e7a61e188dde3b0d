// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import JSON

extension ChatToolCall {
    /// The arguments as the JSON object that they are meant to be; `{}` for none.
    ///
    /// Throws: a 400 that names the call whose arguments are no JSON object.
    package func argumentsObject() throws(APIError) -> JSONValue {
        let text = arguments.utf8.allSatisfy { $0 <= 0x20 } ? "{}" : arguments
        guard let value = try? JSONValue(parsing: Array(text.utf8)), value.kind == .object else {
            throw .invalid(
                "\(path).function.arguments",
                "\(path).function.arguments is no JSON object, which this target wants.")
        }
        return value
    }
}

extension ReplyContext {
    /// The id of a tool call for which the provider has none: the same however often it is made.
    package func toolCallID(_ index: Int, choice: Int = 0) -> String {
        let name = callID.hasPrefix("req_") ? String(callID.dropFirst(4)) : callID
        return choice == 0 ? "call_\(name)_\(index)" : "call_\(name)_\(choice)_\(index)"
    }
}

extension JSONWriter {
    /// Writes a value as it came, as the next value.
    package mutating func raw(_ value: JSONValue) { raw(value.document.bytes(of: value.node)) }
}
