// SPDX-License-Identifier: Apache-2.0

/// What a client may say of the routing of its own call, in OpenRouter's words and in ours.
///
/// Source: openrouter.ai/docs, provider routing and model routing.
package struct RoutingPreferences: Sendable, Equatable {
    /// What `sort`, `:floor` (price) and `:nitro` (throughput) ask for.
    package enum Sort: String, Sendable, CaseIterable { case price, throughput, latency }

    /// Names to go on with after `model`, each what `model` may be. From `models`.
    package var models: [String] = []
    /// Provider ids, or vendor ids, to take first in this order.
    package var order: [String] = []
    /// Provider ids to use and no others; nil for no such wish.
    package var only: [String]?
    package var ignore: [String] = []
    /// Whether others than those of `order` may serve.
    package var allowsFallbacks = true
    package var sort: Sort?
    /// The most that a million tokens may cost. Units: 10⁻¹² USD a token.
    package var maximumInputPrice: Int128?
    package var maximumOutputPrice: Int128?
    /// Whether a target that would drop a parameter is passed over.
    package var requiresParameters = false
    package var deniesDataCollection = false
    /// `x-martlet-timeout`: the deadline of the whole call.
    package var deadline: Duration?
    /// `x-martlet-retries`.
    package var retries: Int?
    /// `x-martlet-no-fallback`: the first candidate, or its error.
    package var forbidsFallback = false
    /// `x-martlet-explain`.
    package var wantsExplanation = false

    package init() {}
}
