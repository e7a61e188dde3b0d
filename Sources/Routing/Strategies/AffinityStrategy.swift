// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// The same conversation at the same target, whose prompt cache knows it.
///
/// Rules:
///  1. Rendezvous hashing: each conversation has an order of its own of all members, so one that
///     leaves moves its own conversations and no others, each to its next.
///  2. Bounded load: one with more calls in flight than 1.25 times the mean and 1 goes behind the
///     others.
///  3. One where reading from the cache is known not to be cheaper gives nothing to stay for: such
///     ones go last, by their weights.
/// Source: Thaler, Ravishankar, *Using Name-Based Mappings to Increase Hit Rates* (1998);
/// Mirrokni, Thorup, Zadimoghaddam, *Consistent Hashing with Bounded Loads* (2016).
struct AffinityStrategy: RankingStrategy {
    let conversation: UInt64

    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        let caching = contenders.partition { $0.hasCheaperCacheReads == false }
        contenders[caching...].shuffleByWeight(using: &generator)
        guard caching > 0 else { return }
        let calls = contenders[..<caching].reduce(0) { $0 + $1.callsInFlight }
        let limit = 1.25 * Double(calls) / Double(caching) + 1
        contenders[..<caching].sort { one, other in
            let isOneFull = Double(one.callsInFlight) > limit
            let isOtherFull = Double(other.callsInFlight) > limit
            guard isOneFull == isOtherFull else { return isOtherFull }
            let (hash, otherHash) = (hash(at: one), hash(at: other))
            return hash == otherHash ? one.place < other.place : hash > otherHash
        }
    }

    func score(of contender: Contender) -> RouteDecision.Score {
        if contender.hasCheaperCacheReads == false { return .weight(contender.weight) }
        return .affinity(
            Double(hash(at: contender) >> 11) / 0x1p53, callsInFlight: contender.callsInFlight)
    }

    private func hash(at contender: Contender) -> UInt64 {
        StableHash.hash(contender.identity, conversation)
    }
}
