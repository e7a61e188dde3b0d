// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Simulator
import Testing
import Wire

/// What the gateway says of itself to those who start it and send it calls.
@Suite struct HealthEndpointTests {
    private static let configuration: GatewayConfiguration = {
        var configuration = GatewayConfiguration()
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid")
        configuration.providers["v"] = Provider(
            id: "v", vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
        return configuration
    }()

    @Test(arguments: ["GET", "HEAD"])
    func `it is alive and ready once it has a provider`(method: String) {
        let asked = AskedGateway(Self.configuration)
        let live = asked.ask(method, "/health/live", fields: [:])
        #expect(live.head?.status == 200 && live.text == #"{"status":"live"}"#)
        let ready = asked.ask(method, "/health/ready?verbose", fields: [:])
        #expect(ready.head?.status == 200 && ready.text == #"{"status":"ready"}"#)
    }

    @Test func `without a provider it is alive and not ready`() {
        let asked = AskedGateway(GatewayConfiguration())
        #expect(asked.ask("GET", "/health/live").head?.status == 200)
        let ready = asked.ask("GET", "/health/ready")
        #expect(ready.head?.status == 503 && ready.text.contains(#""code":"no_providers""#))
    }

    @Test func `while it shuts down it is alive and not ready`() {
        let asked = AskedGateway(Self.configuration)
        asked.gateway.drain()
        #expect(asked.ask("GET", "/health/live").head?.status == 200)
        let ready = asked.ask("GET", "/health/ready")
        #expect(ready.head?.status == 503 && ready.text.contains(#""code":"gateway_shutdown""#))
    }

    @Test(arguments: [
        ("POST", "/health/live", 405, "GET, HEAD"), ("DELETE", "/health/ready", 405, "GET, HEAD"),
        ("GET", "/v1/route/explain", 405, "POST"), ("POST", "/v1/targets", 405, "GET, HEAD"),
        ("GET", "/health", 404, nil), ("GET", "/v1/health/live", 404, nil),
        ("GET", "/health/live/", 404, nil),
    ])
    func `other methods and paths are refused`(
        method: String, path: String, status: Int, allow: String?
    ) {
        let reply = AskedGateway(Self.configuration).ask(method, path)
        #expect(reply.head?.status == status)
        #expect(reply.head?.fields.first("allow") == allow)
    }
}
