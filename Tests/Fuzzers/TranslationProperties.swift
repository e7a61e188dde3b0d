// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Providers
import Wire

/// Requests of clients for chat in every dialect and in Mistral's form: no bytes trap, what is sent is JSON and goes to a path
/// that is one, and what is asked twice is the same.
enum TranslationProperties {
    static let models = ["m", "claude-opus-4-6", "gemini-2.5-flash", "../../a b?c#d\r\n%2F", ""]

    private static let providers: [Provider] = {
        var vendor = Vendor(
            id: "mistral", name: "V", baseURL: "https://x.invalid", dialect: .openai)
        vendor.quirks.requestForm = .mistral
        let mistral = Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
        return AnswerProperties.providers + [mistral]
    }()

    static func check(_ input: FuzzInput) {
        guard let chat = try? ChatRequest(body: input.payload) else { return }
        for provider in providers {
            let target = DialectTarget(
                model: models[Int(input.setting) % models.count], provider: provider,
                isStrict: input.setting >= 128)
            let first = outgoing(chat, target)
            require(first == outgoing(chat, target), "it is not the same when asked again")
            guard let first else { continue }
            require(first.target.first == "/", "the path is \(first.target)")
            let path = first.target.utf8
            require(path.allSatisfy { (0x21...0x7E).contains($0) }, "the path is \(first.target)")
            require(!first.target.contains("/../"), "the path is \(first.target)")
            require((try? JSONOutline(scanning: first.body)) != nil, "the body is no object")
        }
    }

    private static func outgoing(_ chat: ChatRequest, _ target: DialectTarget) -> HTTPRequest? {
        do throws(APIError) {
            return try target.provider.dialect.request(for: chat, to: target).message
        } catch {
            require((400..<500).contains(error.status), "a refusal is a \(error.status)")
            require((try? JSONOutline(scanning: error.body)) != nil, "an error is no object")
            return nil
        }
    }
}
