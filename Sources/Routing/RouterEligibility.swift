// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// Which candidates of a name may take a call at all.
///
/// Rules:
///  1. The first reason against a candidate is the one that is told.
///  2. Neither the catalogue's capabilities nor an estimate is held against a target that the client
///     wrote itself.
///  3. A retired model is passed over where another candidate is left.
///  4. The only candidate of a name is never held up: nothing would be won by that. So does nginx with
///     the only server of a group.
///  5. An estimate alone never refuses a call: where all that are left have too small a context,
///     those with the largest one are tried.
struct RouterEligibility {
    private let resolved: ResolvedModel
    private let needs: CallNeeds
    private let preferences: RoutingPreferences
    /// By place: why a candidate is passed over.
    private(set) var reasons: [RouteDecision.Reason?] = []

    init(resolved: ResolvedModel, needs: CallNeeds, preferences: RoutingPreferences) {
        self.resolved = resolved
        self.needs = needs
        self.preferences = preferences
    }

    /// Finds the reasons against all candidates. Called once, before any of them is asked for.
    mutating func judge(_ views: [CandidateView]) {
        reasons = views.indices.map { place in
            unneeded(at: place, views) ?? reason(against: views[place], at: place)
        }
        passOverRetired(views)
        passOverSmallContexts(views)
    }

    /// The reason against a candidate in itself, whatever others there are.
    func reason(against view: CandidateView, at place: Int) -> RouteDecision.Reason? {
        if !view.hasOperation { return .operation }
        if !view.isBillable { return .unpriced }
        return unwanted(view.candidate.target, at: place) ?? incapable(view, at: place)
            ?? unaffordable(view.facts) ?? unavailable(view)
    }

    /// What was passed over, in the order of the candidates.
    var exclusions: [RouteDecision.Exclusion] {
        zip(resolved.candidates, reasons).compactMap { candidate, reason in
            reason.map { RouteDecision.Exclusion(candidate: candidate, reason: $0) }
        }
    }

    // MARK: One candidate

    private func unwanted(_ target: Target, at place: Int) -> RouteDecision.Reason? {
        let provider = target.provider
        let vendor = resolved.traits[place].vendor
        func isNamed(in names: [String]) -> Bool {
            !names.isEmpty && names.contains { $0 == provider || $0 == vendor }
        }
        if isNamed(in: preferences.ignore) { return .ignored }
        if let only = preferences.only, !isNamed(in: only) { return .notAllowed }
        if !preferences.allowsFallbacks, !preferences.order.isEmpty,
            !isNamed(in: preferences.order)
        {
            return .notInOrder
        }
        return nil
    }

    private func incapable(_ view: CandidateView, at place: Int) -> RouteDecision.Reason? {
        guard let capabilities = view.facts.capabilities, !resolved.traits[place].isDirect else {
            return nil
        }
        let lacking = needs.capabilities.subtracting(capabilities)
        return lacking.isEmpty ? nil : .incapable(lacking)
    }

    private func unaffordable(_ facts: TargetFacts) -> RouteDecision.Reason? {
        func exceeds(_ price: Int128?, _ cap: Int128?) -> Bool {
            cap.map { cap in price.map { $0 > cap } ?? true } ?? false
        }
        if exceeds(facts.inputPrice, preferences.maximumInputPrice)
            || exceeds(facts.outputPrice, preferences.maximumOutputPrice)
        {
            return .tooExpensive
        }
        if preferences.deniesDataCollection && !facts.deniesDataCollection { return .collectsData }
        return nil
    }

    private func unavailable(_ view: CandidateView) -> RouteDecision.Reason? {
        if resolved.refusesRetired, let date = view.facts.retiredOn { return .retired(on: date) }
        if resolved.candidates.count == 1 { return nil }
        return view.condition.obstacle.map { .obstacle($0) }
    }

    // MARK: One beside the others

    /// A stand-in waits for the retirement of all before it.
    private func unneeded(at place: Int, _ views: [CandidateView]) -> RouteDecision.Reason? {
        let chains = resolved.traits[place].standsInFor
        for chain in chains where chain.allSatisfy({ views[$0].facts.retiredOn != nil }) {
            return nil
        }
        return chains.first?.first.map {
            .notNeeded(standsInFor: resolved.candidates[$0].target)
        }
    }

    private mutating func passOverRetired(_ views: [CandidateView]) {
        guard views.contains(where: { $0.facts.retiredOn != nil }) else { return }
        let left = views.indices.filter {
            reasons[$0] == nil && views[$0].facts.retiredOn == nil
        }
        if left.isEmpty { return }
        for place in views.indices where reasons[place] == nil {
            guard let date = views[place].facts.retiredOn else { continue }
            // What the client wrote itself makes way for its own replacement and no other.
            let isDirect = resolved.traits[place].isDirect
            if !isDirect || left.contains(where: { standsIn($0, for: place) }) {
                reasons[place] = .retired(on: date)
            }
        }
    }

    private func standsIn(_ place: Int, for other: Int) -> Bool {
        let target = resolved.candidates[other].target
        return resolved.traits[place].standsInFor.contains { chain in
            chain.contains { resolved.candidates[$0].target == target }
        }
    }

    private mutating func passOverSmallContexts(_ views: [CandidateView]) {
        guard let needed = needs.estimatedTokens else { return }
        func smallContext(at place: Int) -> Int? {
            guard reasons[place] == nil, !resolved.traits[place].isDirect,
                let tokens = views[place].facts.contextTokens, tokens < needed
            else { return nil }
            return tokens
        }
        var isAnyLeft = false
        var largest = 0
        for place in views.indices where reasons[place] == nil {
            if let tokens = smallContext(at: place) {
                largest = max(largest, tokens)
            } else {
                isAnyLeft = true
            }
        }
        for place in views.indices {
            guard let tokens = smallContext(at: place), isAnyLeft || tokens < largest else {
                continue
            }
            reasons[place] = .contextTooSmall(tokens: tokens, needed: needed)
        }
    }

    // MARK: Preferences in the order

    /// Moves what `provider.order` lists to the front, in its order.
    func putInWantedOrder(_ order: inout ArraySlice<RouterRanking.Placed>) {
        func rank(_ placed: RouterRanking.Placed) -> Int {
            let provider = resolved.candidates[placed.place].target.provider
            let vendor = resolved.traits[placed.place].vendor
            return preferences.order.firstIndex { $0 == provider || $0 == vendor } ?? .max
        }
        // Sorting is stable: within one wish, the strategies' order stays.
        order.sort { rank($0) < rank($1) }
    }

    /// Leaves the first candidate, where the call wants no other.
    mutating func keepFirst(_ order: inout [RouterRanking.Placed]) {
        let isAlone =
            preferences.forbidsFallback
            || !preferences.allowsFallbacks && preferences.order.isEmpty
        guard isAlone, order.count > 1 else { return }
        for placed in order.dropFirst() { reasons[placed.place] = .fallbackForbidden }
        order.removeLast(order.count - 1)
    }
}

extension CallNeeds {
    /// What input and output may come to, or nil where nothing is estimated.
    fileprivate var estimatedTokens: Int? {
        guard let input = estimate.input else { return nil }
        let (sum, overflow) = input.addingReportingOverflow(estimate.output ?? 0)
        return overflow ? .max : sum
    }
}
