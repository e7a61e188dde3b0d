// SPDX-License-Identifier: Apache-2.0

/// All keys at one moment. A change of any makes a new ring.
package struct KeyRing: Sendable, Redacted {
    /// By a part of the hash, for which the ring is not printed either.
    private var holders: [UInt64: [KeyHolder]] = [:]
    /// How many keys it has.
    package let count: Int

    /// A ring without keys.
    package init() { count = 0 }

    /// Throws: where two have the same id, or two keys the same hash, or where a key belongs to nobody
    /// that is there: it would escape its budgets.
    package init(
        keys: [ClientKey], teams: [Team], organisations: [Organisation]
    ) throws(KeyRingError) {
        count = keys.count
        let teams = try Self.byID(teams, \.id)
        let organisations = try Self.byID(organisations, \.id)
        var ids: Set<String> = []
        for key in keys {
            guard ids.insert(key.id).inserted, find(key.hash) == nil else {
                throw .twice(id: key.id)
            }
            let team = key.teamID.flatMap { teams[$0] }
            let organisationID = key.teamID == nil ? key.organisationID : team?.organisationID
            let organisation = organisationID.flatMap { organisations[$0] }
            guard (key.teamID == nil) == (team == nil),
                (organisationID == nil) == (organisation == nil)
            else { throw .unknownOwner(key: key.id) }
            holders[key.hash.bucket, default: []].append(
                KeyHolder(key: key, team: team, organisation: organisation))
        }
    }

    private static func byID<Owner>(
        _ owners: [Owner], _ id: (Owner) -> String
    ) throws(KeyRingError) -> [String: Owner] {
        var found: [String: Owner] = [:]
        for owner in owners {
            guard found.updateValue(owner, forKey: id(owner)) == nil else {
                throw .twice(id: id(owner))
            }
        }
        return found
    }

    /// The key that has this hash, usable or not; nil where none has.
    ///
    /// Complexity: O(1). All 32 bytes are compared in constant time.
    package func find(_ hash: KeyHash) -> KeyHolder? {
        var found: KeyHolder?
        for holder in holders[hash.bucket] ?? [] where holder.key.hash.matches(hash) {
            found = holder
        }
        return found
    }
}

/// Why keys make no ring.
package enum KeyRingError: Error, Sendable, Equatable {
    case twice(id: String)
    /// Its team, or the organisation that it belongs to, is not there.
    case unknownOwner(key: String)
}
