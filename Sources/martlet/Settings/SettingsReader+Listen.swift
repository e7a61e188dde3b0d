// SPDX-License-Identifier: Apache-2.0
import Shard

extension SettingsReader {
    /// One address or a list of them; each must be local while there are no client keys.
    mutating func readListen(_ node: YAMLNode) -> [ListenAddress] {
        var addresses: [ListenAddress] = []
        for element in elements(of: node) {
            guard let text = readText(element, "listen") else { continue }
            guard let address = try? ListenAddress(text) else {
                fail(
                    element, "\"\(text)\" is no address to listen on",
                    hint: "write 127.0.0.1:8080, [::1]:8080 or unix:/run/martlet.sock")
                continue
            }
            guard address.isLocal else {
                fail(
                    element, "\(text) can be reached from other machines",
                    hint: "this version has no client keys, so it serves loopback addresses and "
                        + "unix sockets only; put a proxy that authenticates in front of it")
                continue
            }
            if addresses.contains(address) {
                fail(element, "\(text) is listed twice")
            } else {
                addresses.append(address)
            }
        }
        if addresses.isEmpty, node.list?.isEmpty == true { fail(node, "listen is empty") }
        return addresses
    }

    /// `open` says what is so; `required` cannot be kept yet, and must not be promised.
    mutating func readAuthentication(_ node: YAMLNode) {
        switch readText(node, "auth") {
        case nil, "open": break
        case "required":
            fail(
                node, "auth: required is not in this version",
                hint: "client keys come in a later one; until then write auth: open, which is "
                    + "allowed on loopback addresses and unix sockets")
        case let text?:
            fail(node, "auth cannot be \"\(text)\"", hint: "write open")
        }
    }
}
