// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// What `POST /v1/route/explain` says of calls that are not made.
@Suite struct RouteExplanationTests {
    private static let rows = [
        #"{"provider":"a","model":"m","mode":"chat","prices":{"input":"1","output":"10"}}"#,
        #"{"provider":"b","model":"able","mode":"chat","prices":{"input":"2","output":"1"},"#
            + #""capabilities":["tools"]}"#,
        #"{"provider":"b","model":"m","mode":"chat","prices":{"input":"2","output":"1"},"#
            + #""capabilities":["streaming"]}"#,
    ]

    private static func configuration() throws -> GatewayConfiguration {
        let text =
            #"{"catalogue":"models","version":"2026-01-01-x","rows":3}"# + "\n"
            + rows.map { $0 + "\n" }.joined()
        var configuration = GatewayConfiguration()
        configuration.prices = try PriceBook(Array(text.utf8))
        for id in ["a", "b"] {
            let vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid")
            configuration.providers[id] = Provider(
                id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
        }
        let targets = ["a/m", "b/m", "c/m", "b/able"].compactMap { Target($0) }
        for strategy in [Strategy.ordered, .cost] {
            configuration.routes[strategy.rawValue] = Route(
                name: strategy.rawValue, strategy: strategy, targets: targets)
        }
        configuration.routes["sole"] = Route(name: "sole", targets: [targets[0]])
        return configuration
    }

    private static func explain(
        _ model: String, _ members: String = "",
        fields: KeyValuePairs<String, String> = ["content-type": "application/json"],
        prepare: (AskedGateway) -> Void = { _ in }
    ) throws -> RecordingReply {
        let asked = AskedGateway(try configuration())
        prepare(asked)
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]\#(members)}"#
        return asked.ask("POST", "/v1/route/explain", body: body, fields: fields)
    }

    private static func list(_ reply: RecordingReply, _ name: String, _ key: String) -> [String] {
        let list = reply.json?[name] as? [[String: Any]]
        return list?.map { "\($0["target"] ?? "") \($0[key] ?? "")" } ?? []
    }

    @Test func `the order, what each would cost, and who is left out`() throws {
        let reply = try Self.explain("ordered", #","max_tokens":1000"#)
        #expect(reply.head?.status == 200)
        #expect(reply.head?.fields.first("content-type") == "application/json")
        #expect(
            Self.list(reply, "candidates", "score")
                == ["a/m place 1", "b/m place 2", "b/able place 3"])
        // Two tokens of input: 6 bytes of strings. 2 × 0.000001 + 1000 × 0.00001.
        #expect(
            Self.list(reply, "candidates", "estimated_cost")
                == ["a/m 0.010002", "b/m 0.001004", "b/able 0.001004"])
        #expect(Self.list(reply, "excluded", "reason") == ["c/m not_configured"])
        #expect(reply.json?["route"] as? String == "ordered")
        #expect(reply.json?["strategy"] as? String == "ordered")
        let needs = reply.json?["needs"] as? [String: Any]
        #expect(needs?["estimated_output_tokens"] as? Int == 1000)
    }

    @Test func `a strategy and a wish change the order`() throws {
        let byCost = try Self.explain("cost")
        #expect(Self.list(byCost, "candidates", "credential").map { $0.prefix(3) }.first == "b/m")
        let sorted = try Self.explain("ordered:floor")
        #expect(Self.list(sorted, "candidates", "target").first?.hasPrefix("b/") == true)
        #expect(sorted.json?["sort"] as? String == "price")
        let wished = try Self.explain("ordered", #","provider":{"sort":"price","only":["a"]}"#)
        #expect(Self.list(wished, "candidates", "credential") == ["a/m 1"])
        #expect(
            Self.list(wished, "excluded", "reason")
                == ["c/m not_configured", "b/m not_in_only", "b/able not_in_only"])
        #expect(wished.json?["sort"] as? String == "price")
    }

    @Test func `what a call needs leaves out who lacks it`() throws {
        let reply = try Self.explain(
            "ordered", #","tools":[{"type":"function","function":{"name":"f"}}]"#)
        #expect(Self.list(reply, "candidates", "explores") == ["a/m 0", "b/able 0"])
        #expect(Self.list(reply, "excluded", "reason") == ["c/m not_configured", "b/m incapable"])
        let needs = reply.json?["needs"] as? [String: Any]
        #expect(needs?["capabilities"] as? [String] == ["tools"])
    }

    @Test func `a target itself has no strategy, and what it would cost`() throws {
        for name in ["a/m", "sole"] {
            let reply = try Self.explain(name, #","max_tokens":1000"#)
            #expect(Self.list(reply, "candidates", "estimated_cost") == ["a/m 0.010002"])
        }
        #expect(try Self.explain("b/new").text.contains(#""route":null,"strategy":null"#))
        #expect(try Self.explain("b/new").text.contains(#""estimated_cost":null"#))
    }

    @Test func `who is held up is left out, with the time`() throws {
        let reply = try Self.explain("ordered") { asked in
            let slot = asked.fleet.slot(for: Candidate(Target(provider: "a", model: "m")))
            for _ in 0..<5 {
                guard case .permitted(let permit) = slot.begin(at: .zero) else { return }
                let failure = AttemptOutcome.Failure(.unreachable)
                slot.end(permit, AttemptOutcome(.failed(failure)), at: .zero)
            }
        }
        #expect(Self.list(reply, "candidates", "credential").first == "b/m 1")
        #expect(
            Self.list(reply, "excluded", "reason") == ["c/m not_configured", "a/m breaker_open"])
        let excluded = reply.json?["excluded"] as? [[String: Any]]
        #expect(excluded?.last?["until_seconds"] as? Int ?? 0 > 0)
    }

    @Test func `errors are those of the call`() throws {
        let unknown = try Self.explain("nowhere")
        #expect(unknown.head?.status == 404 && unknown.text.contains("model_not_found"))
        let wrong = try Self.explain("ordered", #","provider":{"sort":"speed"}"#)
        #expect(wrong.head?.status == 400 && wrong.text.contains(#""param":"provider.sort""#))
        let field = try Self.explain(
            "ordered",
            fields: ["content-type": "application/json", "x-martlet-retries": "many"])
        #expect(field.head?.status == 400)
        let none = try Self.explain("ordered", #","provider":{"only":["nobody"]}"#)
        #expect(none.head?.status == 400 && none.text.contains("no_allowed_target"))
        let dropped = try Self.explain("ordered", #","provider":{"quantizations":["fp8"]}"#)
        #expect(dropped.json?["dropped"] as? [String] == ["provider.quantizations"])
    }

    @Test func `it wants JSON, as calls do`() throws {
        let asked = AskedGateway(try Self.configuration())
        let reply = asked.ask("POST", "/v1/route/explain", body: "{}", fields: [:])
        #expect(reply.head?.status == 415)
    }
}

/// What `GET /v1/targets` says of how targets do.
@Suite struct FleetListingTests {
    @Test func `the targets of routes are there before they are called, and others after`() throws {
        var configuration = GatewayConfiguration()
        let vendor = Vendor(id: "a", name: "A", baseURL: "http://a.invalid")
        let provider = Provider(id: "a", vendor: vendor, endpoint: Endpoint(baseURL: "http://a"))
        configuration.providers["a"] = provider
        configuration.spares["a"] = [provider]
        configuration.routes["r"] = Route(
            name: "r",
            targets: [Target(provider: "a", model: "m"), Target(provider: "z", model: "m")])
        let asked = AskedGateway(configuration)
        let slot = asked.fleet.slot(for: Candidate(Target(provider: "a", model: "called")))
        guard case .permitted(let permit) = slot.begin(at: .zero) else { return }
        slot.end(permit, AttemptOutcome(.success), at: .zero)
        _ = slot.begin(at: .zero)
        let reply = asked.ask("GET", "/v1/targets")
        #expect(reply.head?.status == 200)
        let data = try #require(reply.json?["data"] as? [[String: Any]])
        #expect(
            data.map { "\($0["target"] ?? "")#\($0["credential"] ?? "")" }
                == ["a/called#1", "a/m#1", "a/m#2"])
        #expect(data[0]["calls_in_flight"] as? Int == 1)
        #expect((data[0]["calls"] as? [String: Any])?["succeeded"] as? Int == 1)
        #expect(data[1]["breaker"] as? String == "closed" && data[1]["obstacle"] is NSNull)
    }
}
