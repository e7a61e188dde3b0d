// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Wire

/// The access tokens of one shard, for the providers whose key is exchanged for them.
///
/// Lives as long as the shard's gateway: a provider that a reload makes anew has a token of its own.
/// Isolation: the shard.
final class TokenCache {
    private let ports: GatewayPorts
    private var holders: [ObjectIdentifier: TokenHolder] = [:]

    init(ports: GatewayPorts) { self.ports = ports }

    /// The holder of a provider's token, made at its first use.
    func holder(of provider: Provider, _ grant: any TokenGrant) -> TokenHolder {
        // The holder keeps the provider alive, so that its identity is not another's.
        let id = ObjectIdentifier(provider)
        if let holder = holders[id] { return holder }
        let holder = TokenHolder(of: provider, grant, ports: ports)
        holders[id] = holder
        return holder
    }

    /// Forgets the tokens of providers that are not configured any more.
    func keep(only providers: some Sequence<Provider>) {
        let ids = Set(providers.map(ObjectIdentifier.init))
        holders = holders.filter { ids.contains($0.key) || $0.value.isFetching }
    }

    /// Ends what is running: nobody waits any more.
    func close() {
        for (_, holder) in holders { holder.close() }
    }
}
