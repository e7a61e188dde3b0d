// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// What a key may be used for.
package struct KeyScopes: Sendable, Equatable {
    /// The names, as clients write them, that it may ask for; nil is any, and an empty list none.
    package var models: [NameGlob]?
    /// nil is any.
    package var operations: Set<CallOperation>?
    /// From this moment on it is refused. Units: microseconds since 1970.
    package var expiresAt: Int64?

    package init(
        models: [NameGlob]? = nil, operations: Set<CallOperation>? = nil, expiresAt: Int64? = nil
    ) {
        self.models = models
        self.operations = operations
        self.expiresAt = expiresAt
    }

    /// Whether a name may be asked for, and listed.
    package func allowsModel(_ name: String) -> Bool {
        models.map { $0.contains { $0.matches(name) } } ?? true
    }
}

/// What the operator has written beside a key, a team or an organisation.
package struct KeyLabels: Sendable, Equatable {
    package var metadata: [String: String]
    /// Sorted, each once.
    package private(set) var tags: [String]

    package init(metadata: [String: String] = [:], tags: [String] = []) {
        self.metadata = metadata
        self.tags = Set(tags).sorted()
    }

    /// These and those of what they belong to: of metadata the nearer counts, tags add up.
    func adding(_ outer: KeyLabels) -> KeyLabels {
        KeyLabels(
            metadata: metadata.merging(outer.metadata) { nearer, _ in nearer },
            tags: tags + outer.tags)
    }
}

/// One client's key, without the key.
package struct ClientKey: Sendable {
    /// Never changes, and is no secret.
    package var id: String
    package var name: String
    package var hash: KeyHash
    /// What is shown of it: `mk-AbC…`.
    package var shownPrefix: String
    package var teamID: String?
    /// Where it belongs to no team; a team's key belongs to the team's organisation.
    package var organisationID: String?
    package var scopes = KeyScopes()
    package var isDisabled = false
    package var labels = KeyLabels()

    package init(id: String, name: String, hash: KeyHash, shownPrefix: String) {
        self.id = id
        self.name = name
        self.hash = hash
        self.shownPrefix = shownPrefix
    }
}

/// Who shares budgets and limits.
package struct Team: Sendable, Equatable {
    package var id: String
    package var name: String
    package var organisationID: String?
    package var isDisabled = false
    package var labels = KeyLabels()

    package init(id: String, name: String, organisationID: String? = nil) {
        self.id = id
        self.name = name
        self.organisationID = organisationID
    }
}

/// Whom teams belong to.
package struct Organisation: Sendable, Equatable {
    package var id: String
    package var name: String
    package var isDisabled = false
    package var labels = KeyLabels()

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}
