// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// A key with those whom it belongs to.
package struct KeyHolder: Sendable {
    package let key: ClientKey
    package let team: Team?
    package let organisation: Organisation?

    /// Why the key is of no use at a moment, for anything; nil where it is.
    ///
    /// Units: microseconds since 1970.
    package func refusal(at now: Int64) -> KeyRefusal? {
        if key.isDisabled { return .disabled }
        if team?.isDisabled == true { return .teamDisabled }
        if organisation?.isDisabled == true { return .organisationDisabled }
        if let end = key.scopes.expiresAt, now >= end { return .expired(at: end) }
        return nil
    }

    /// Why the key may not be used for a call; nil where it may.
    ///
    /// - Parameter model: the name as the client writes it.
    package func refusal(
        of operation: CallOperation, model: String, at now: Int64
    ) -> KeyRefusal? {
        if let refusal = refusal(at: now) { return refusal }
        if key.scopes.operations?.contains(operation) == false { return .operation(operation) }
        return key.scopes.allowsModel(model) ? nil : .model
    }

    /// Whose budgets and limits a call counts in, beside those of its route and target.
    package var scopes: [BudgetScope] {
        var scopes = [BudgetScope.key(key.id)]
        if let team { scopes.append(.team(team.id)) }
        if let organisation { scopes.append(.organisation(organisation.id)) }
        return scopes
    }

    /// What is written beside the key, its team and its organisation: of metadata the nearest counts,
    /// tags add up.
    package var labels: KeyLabels {
        key.labels.adding(team?.labels ?? KeyLabels())
            .adding(organisation?.labels ?? KeyLabels())
    }
}

/// Why a key may not be used.
package enum KeyRefusal: Error, Sendable, Equatable {
    case disabled
    case teamDisabled
    case organisationDisabled
    case expired(at: Int64)
    case operation(CallOperation)
    case model
}
