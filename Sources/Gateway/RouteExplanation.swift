// SPDX-License-Identifier: Apache-2.0
import Accounting
package import ChatAPI
import JSON
import Providers
import Routing
package import Wire

/// Where a call would go, and why.
///
/// Shape: `{"model", "route", "strategy", "sort", "needs": {…}, "candidates": [{"target", "score",
/// "estimated_cost", …}], "excluded": [{"target", "reason", "message", "until_seconds"}],
/// "dropped": […]}`; null for what is not known.
/// Units: costs are USD as decimal texts, `until_seconds` counts from now.
package struct RouteExplanation {
    private let chat: ChatRequest
    private let wishes: ClientWishes
    private let strategy: Strategy?
    private let reasoned: CallRouter.Reasoned
    private let now: Duration

    /// Explains a request for chat as a configuration and a fleet would decide it now.
    ///
    /// Throws: what the call itself would be answered.
    package init(
        of request: HTTPRequest, in configuration: GatewayConfiguration, fleet: Fleet,
        clock: any Timekeeper, random: any RandomSource
    ) throws(APIError) {
        let router = CallRouter(configuration, prices: PriceCache(configuration), fleet: fleet)
        try self.init(of: request, in: configuration, router, clock: clock, random: random)
    }

    init(
        of request: HTTPRequest, in configuration: GatewayConfiguration, _ router: CallRouter,
        clock: any Timekeeper, random: any RandomSource
    ) throws(APIError) {
        chat = try ChatRequest(body: request.body)
        wishes = try ClientWishes(of: chat, fields: request.fields, in: configuration)
        let moment = CallRouter.Moment(clock)
        now = moment.now
        reasoned = try router.explain(
            chat, wishes, fields: request.fields, at: moment, random: random)
        strategy = reasoned.decision.strategy
    }

    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("model", string: chat.model)
        writer.key("route")
        writer.string(orNull: reasoned.decision.route)
        writer.key("strategy")
        writer.string(orNull: strategy?.rawValue)
        writer.key("sort")
        writer.string(orNull: (wishes.routing.sort ?? reasoned.decision.sort)?.rawValue)
        writer.key("needs")
        write(reasoned.needs, to: &writer)
        writer.key("candidates")
        writer.beginArray()
        for ranked in reasoned.decision.ranked { write(ranked, to: &writer) }
        writer.endArray()
        writer.key("excluded")
        writer.beginArray()
        for exclusion in reasoned.decision.excluded { write(exclusion, to: &writer) }
        writer.endArray()
        writer.key("dropped")
        writer.beginArray()
        for name in wishes.unheeded { writer.string(name) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    private func write(_ needs: CallNeeds, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("capabilities")
        writer.beginArray()
        for name in needs.capabilities.names { writer.string(name) }
        writer.endArray()
        writer.key("stream")
        writer.bool(needs.isStream)
        writer.key("estimated_input_tokens")
        writer.integer(orNull: needs.estimate.input)
        writer.key("estimated_output_tokens")
        writer.integer(orNull: needs.estimate.output)
        writer.endObject()
    }

    private func write(_ ranked: RouteDecision.Ranked, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member(ranked.candidate)
        writer.member("score", string: "\(ranked.score)")
        writer.key("explores")
        writer.bool(ranked.isExploration)
        writer.key("estimated_cost")
        writer.string(
            orNull: ranked.estimatedCost.map { Picodollars(rawValue: $0).decimalText })
        if let view = reasoned.views.first(where: { $0.candidate == ranked.candidate }) {
            writer.members(of: view.condition, now: now)
        }
        writer.endObject()
    }

    private func write(_ exclusion: RouteDecision.Exclusion, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member(exclusion.candidate)
        writer.member("reason", string: exclusion.reason.code)
        writer.member("message", string: "\(exclusion.reason)")
        writer.key("until_seconds")
        writer.integer(orNull: exclusion.until.map { $0.wholeSeconds(from: now) })
        writer.endObject()
    }
}
