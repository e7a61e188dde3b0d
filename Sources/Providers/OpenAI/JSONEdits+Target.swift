// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

extension JSONEdits {
    /// Makes a request name the target's model, and takes out what it says of routing, as far as
    /// that is not meant for the provider.
    mutating func name(_ target: DialectTarget, in call: ChatRequest) {
        let body = call.body.span
        let keepsSession = target.vendor.quirks.routingPreferences == .passed
        for index in call.routingMembers where !target.takesRouting {
            let member = RoutingMember(call.outline.members[index], of: call.outline, in: body)
            if member == .sessionID, keepsSession { continue }
            removeMember(at: index, from: call.outline.place)
        }
        guard let member = call.outline["model", in: body] else {
            var writer = JSONWriter()
            writer.string(target.model)
            return addMember("model", writer.bytes, to: call.outline.place)
        }
        if call.model != target.model || member.kind != .string {
            replace(member.valueRange, withString: target.model)
        }
    }
}
