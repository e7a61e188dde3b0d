// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Shard

extension ListenAddress {
    /// Whether only programs on this machine can reach it: a Unix-domain socket, `localhost`, or an
    /// address of RFC 1122 §3.2.1.3 (127/8) or RFC 4291 §2.5.3 (::1).
    package var isLocal: Bool {
        switch self {
        case .unix: return true
        case .internet("localhost", _), .internet("::1", _): return true
        case .internet(let host, _):
            // A name may begin with digits: only an address counts.
            var address = in_addr()
            return host.hasPrefix("127.") && inet_pton(AF_INET, host, &address) == 1
        }
    }

    /// The address as clients write it: `http://127.0.0.1:8080` or `unix:/run/martlet.sock`.
    var url: String {
        switch self {
        case .internet: "http://\(self)"
        case .unix: "\(self)"
        }
    }
}
