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

/// The life of access tokens, on virtual time.
@Suite struct AccessTokenTests {
    @Test func `many calls wait for one token, and all are sent with it`() {
        let world = TokenWorld()
        let replies = (0..<20).map { _ in world.call() }
        #expect(world.chats.isEmpty && world.tokenRequests.count == 1)
        world.pass(.seconds(1))
        #expect(replies.allSatisfy { $0.head?.status == 200 })
        #expect(world.tokenRequests.count == 1)
        #expect(world.shown == Array(repeating: "Bearer t1", count: 20))
    }

    @Test func `the key itself goes to the token endpoint and nowhere else`() {
        let world = TokenWorld()
        let reply = world.call()
        world.pass(.seconds(1))
        let form = String(decoding: world.tokenRequests[0].message.body, as: UTF8.self)
        #expect(form.hasSuffix("&apikey=very%20secret%26"))
        #expect(!"\(world.chats)\(reply.text)\(world.ledger.entries)".contains("secret"))
    }

    @Test func `a token is fetched anew ahead of its end, and no call waits for that`() {
        let world = TokenWorld()
        _ = world.call()
        world.pass(.seconds(3_290))
        _ = world.call()
        #expect(world.tokenRequests.count == 1 && world.shown.count == 2)
        world.pass(.seconds(20))
        let reply = world.call()
        #expect(world.tokenRequests.count == 2 && world.shown.last == "Bearer t1")
        world.pass(.seconds(1))
        #expect(reply.head?.status == 200)
        _ = world.call()
        #expect(world.shown.last == "Bearer t2" && world.tokenRequests.count == 2)
    }

    @Test func `a token at its end is not used`() {
        let world = TokenWorld()
        _ = world.call()
        world.pass(.seconds(3_595))
        let reply = world.call()
        #expect(world.chats.count == 1)
        world.pass(.seconds(1))
        #expect(world.shown == ["Bearer t1", "Bearer t2"] && reply.head?.status == 200)
    }

    @Test func `a refused key is told to every waiting call, and asked about again later`() throws {
        let world = TokenWorld()
        world.tokenEndpoint = { number in
            number == 1
                ? TokenWorld.answer(400, #"{"error":"invalid_grant","error_description":"gone"}"#)
                : TokenWorld.token("t\(number)")
        }
        let replies = [world.call(), world.call()]
        world.pass(.seconds(1))
        for reply in replies + [world.call()] {
            let error = PublicRecording.json(Data(reply.body))?["error"] as? [String: Any]
            #expect(reply.head?.status == 502)
            #expect(error?["code"] as? String == "upstream_authentication")
            #expect(!reply.text.contains("token.invalid") && !reply.text.contains("gone"))
        }
        #expect(world.tokenRequests.count == 1 && world.chats.isEmpty)
        #expect(world.reports == ["no access token for cloud: status 400: invalid_grant: gone"])
        let attempt = try #require(world.ledger.entries.first?.attempts.first)
        #expect(attempt.detail == "no access token: status 400: invalid_grant: gone")
        #expect(world.ledger.entries.allSatisfy { $0.cost == .computed(.zero) })
        world.pass(.seconds(2))
        let later = world.call()
        world.pass(.seconds(1))
        #expect(later.head?.status == 200 && world.shown == ["Bearer t2"])
    }

    static let failures: [(String, [UpstreamScript.Step])] = [
        ("silence", [.silence]),
        ("silence in the body", [.head(HTTPReplyHead(status: 200)), .silence]),
        (
            "a broken connection", [.end(.failed(TransferFailure(.connect, detail: "refused")))]
        ),
        ("no JSON", TokenWorld.answer(200, "<html>")),
        ("no token", TokenWorld.answer(200, #"{"expires_in":3600}"#)),
        ("a token that is no text", TokenWorld.answer(200, #"{"access_token":1}"#)),
        ("a token with a line end", TokenWorld.answer(200, #"{"access_token":"a\r\nx: b"}"#)),
        (
            "a token without end",
            TokenWorld.answer(200, #"{"access_token":""# + String(repeating: "a", count: 80_000))
        ),
        ("a redirect", TokenWorld.answer(302, "")),
        ("a failure of its own", TokenWorld.answer(503, "busy")),
    ]

    @Test(arguments: failures)
    func `whatever the token endpoint does, the call ends`(
        name: String, steps: [UpstreamScript.Step]
    ) {
        let world = TokenWorld()
        world.tokenEndpoint = { _ in steps }
        let reply = world.call()
        world.pass(.seconds(16))
        #expect(reply.head?.status == 502 && reply.ending == .finished, "\(name)")
        #expect(reply.text.contains("upstream_authentication"))
        #expect(world.ledger.entries.count == 1 && world.transport?.runningTransfers == 0)
    }

    @Test func `another target is tried where there is no token`() {
        let world = TokenWorld(targets: [
            Target(provider: "cloud", model: "m"), Target(provider: "plain", model: "m"),
        ])
        world.tokenEndpoint = { _ in TokenWorld.answer(401, "") }
        let reply = world.call()
        world.pass(.seconds(1))
        #expect(reply.head?.status == 200 && world.shown == ["Bearer p"])
    }

    @Test func `a failed renewal leaves the token in use, and is tried again`() {
        let world = TokenWorld()
        world.tokenEndpoint = { number in
            number == 2 ? TokenWorld.answer(503, "") : TokenWorld.token("t\(number)")
        }
        _ = world.call()
        world.pass(.seconds(3_310))
        for _ in 0..<3 {
            _ = world.call()
            world.pass(.milliseconds(500))
        }
        #expect(world.tokenRequests.count == 2)
        world.pass(.seconds(2))
        _ = world.call()
        world.pass(.seconds(1))
        _ = world.call()
        #expect(world.shown.last == "Bearer t3" && world.shown.count == 6)
        #expect(world.ledger.entries.allSatisfy { $0.state == .complete })
    }

    @Test func `a client that leaves does not take the token from the others`() {
        let world = TokenWorld()
        let leaving = world.call()
        let staying = world.call()
        world.leave(leaving)
        world.pass(.seconds(1))
        #expect(staying.head?.status == 200 && world.chats.count == 1)
        #expect(world.ledger.entries.map(\.state) == [.clientGone, .complete])
        // Nothing was sent for the one that left.
        #expect(world.ledger.entries.first?.cost == .computed(.zero))
    }

    @Test func `a token that the provider refuses is not shown twice`() {
        let world = TokenWorld()
        world.chatStatus = 401
        let refused = world.call()
        world.pass(.seconds(1))
        #expect(refused.head?.status == 502)
        world.chatStatus = 200
        let next = world.call()
        world.pass(.seconds(1))
        #expect(next.head?.status == 200 && world.shown == ["Bearer t1", "Bearer t2"])
    }

    @Test func `a reload makes no old token the new provider's`() {
        let world = TokenWorld()
        _ = world.call()
        world.pass(.seconds(1))
        world.gateway?.configuration = TokenWorld.configuration()
        _ = world.call()
        world.pass(.seconds(1))
        #expect(world.shown == ["Bearer t1", "Bearer t2"])
    }

    @Test func `a fetch that runs at the end is ended`() {
        let world = TokenWorld()
        let reply = world.call()
        world.leave(reply)
        #expect(world.transport?.runningTransfers == 1)
        world.gateway?.close()
        #expect(world.transport?.runningTransfers == 0)
    }

    @Test(arguments: [
        (3_600, 3_300, 3_590), (100, 80, 90), (10, 8, 9), (0, 0, 0), (-5, 0, 0),
        (1_000_000_000, 86_100, 86_390),
    ])
    func `a token ages by its lifetime`(lifetime: Int, refresh: Int, longest: Int) throws {
        let body = #"{"access_token":"a","expires_in":\#(lifetime)}"#
        let token = try AccessToken(head: HTTPReplyHead(status: 200), body: Array(body.utf8))
        #expect(token.refreshAge == .seconds(refresh) && token.longestAge == .seconds(longest))
    }
}
