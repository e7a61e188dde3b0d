// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A member of a request that speaks of its routing: no model has a parameter of that name.
///
/// Source: OpenRouter's public OpenAPI description, `ChatRequest`.
package enum RoutingMember: String, Sendable, CaseIterable {
    case models
    case provider
    /// OpenRouter's older word for `provider.sort.partition`.
    case route
    case sessionID = "session_id"

    /// Which member this is; nil where it does not speak of routing.
    package init?(_ member: JSONOutline.Member, of outline: JSONOutline, in bytes: Span<UInt8>) {
        for name in Self.allCases {
            // Nearly all keys are told apart by their length.
            guard member.keyHasEscapes || member.keyRange.count == name.rawValue.utf8.count + 2,
                outline.isKey(member, name.rawValue, in: bytes)
            else { continue }
            self = name
            return
        }
        return nil
    }

    /// The places in an outline of the members that speak of routing; most requests have none.
    ///
    /// Complexity: one pass over the members, without allocation where there are none.
    static func places(in outline: JSONOutline, _ bytes: Span<UInt8>) -> [Int] {
        var places: [Int] = []
        for (index, member) in outline.members.enumerated()
        where RoutingMember(member, of: outline, in: bytes) != nil {
            places.append(index)
        }
        return places
    }
}

extension ChatRequest {
    /// The first name of `models`, which stands for a `model` that is absent.
    ///
    /// Throws: a 400 that names `models` where that is no array that begins with a name.
    static func firstModel(_ outline: JSONOutline, _ body: [UInt8]) throws(APIError) -> String? {
        guard let member = outline["models", in: body.span], member.kind != .null,
            let value = try? JSONValue(parsing: Array(body[member.valueRange]))
        else { return nil }
        guard value.kind == .array, let first = value[0]?.string else {
            throw .invalid(
                "models", code: "invalid_type",
                "There is no model, and models is not an array of names.")
        }
        return first
    }
}
