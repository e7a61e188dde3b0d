// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Simulator
import Wire

/// What a client of OpenAI's API understands of an answer, streamed or whole, read by Foundation
/// and none of the gateway's code.
struct ClientReading: Equatable {
    struct Call: Equatable {
        var id = ""
        var name = ""
        var arguments = ""
    }

    /// Of the first choice.
    var text = ""
    var refusal = ""
    var reasoning = ""
    var reasoningDetails: [NSDictionary] = []
    var calls: [Call] = []
    var annotations: [NSDictionary] = []
    /// What the text rests on and has no address.
    var citations: [NSDictionary] = []
    var images: [String] = []
    var finishReason: String?
    var nativeFinishReason: String?
    var usage: NSDictionary?
    /// How many chunks or answers carried usage.
    var usageCount = 0
    var id: String?
    var model: String?
    var error: NSDictionary?
    var sawDone = false

    /// A whole answer.
    init(answer body: [UInt8]) { take(body, delta: "message") }

    /// The events of a stream.
    init(events: [String]) {
        for event in events {
            if event == "[DONE]" { sawDone = true } else { take(Array(event.utf8), delta: "delta") }
        }
    }

    private mutating func take(_ bytes: [UInt8], delta name: String) {
        guard let object = PublicRecording.json(Data(bytes)) else { return }
        if let error = object["error"] as? NSDictionary { self.error = error }
        id = object["id"] as? String ?? id
        model = object["model"] as? String ?? model
        if let usage = object["usage"] as? NSDictionary {
            self.usage = usage
            usageCount += 1
        }
        let choices = object["choices"] as? [[String: Any]] ?? []
        for choice in choices where choice["index"] as? Int ?? 0 == 0 {
            finishReason = choice["finish_reason"] as? String ?? finishReason
            nativeFinishReason = choice["native_finish_reason"] as? String ?? nativeFinishReason
            if let delta = choice[name] as? [String: Any] { take(delta) }
        }
    }

    private mutating func take(_ delta: [String: Any]) {
        text += delta["content"] as? String ?? ""
        refusal += delta["refusal"] as? String ?? ""
        reasoning += delta["reasoning_content"] as? String ?? ""
        reasoningDetails += delta["reasoning_details"] as? [NSDictionary] ?? []
        annotations += delta["annotations"] as? [NSDictionary] ?? []
        citations += delta["citations"] as? [NSDictionary] ?? []
        for image in delta["images"] as? [[String: Any]] ?? [] {
            images.append((image["image_url"] as? [String: Any])?["url"] as? String ?? "")
        }
        for (position, call) in (delta["tool_calls"] as? [[String: Any]] ?? []).enumerated() {
            let index = call["index"] as? Int ?? position
            while calls.count <= index { calls.append(Call()) }
            calls[index].id += call["id"] as? String ?? ""
            let function = call["function"] as? [String: Any] ?? [:]
            calls[index].name += function["name"] as? String ?? ""
            calls[index].arguments += function["arguments"] as? String ?? ""
        }
    }
}

extension OneCall {
    /// What the client understood.
    var reading: ClientReading {
        events.isEmpty ? ClientReading(answer: reply.body) : ClientReading(events: events)
    }

    /// A recorded exchange of a dialect that is not OpenAI's, replayed as the provider's answer to
    /// a plain question.
    ///
    /// - Parameters:
    ///   - model: the name of the model; only Vertex AI's format depends on it.
    ///   - pieces: how the body is cut; whole where it is nil.
    init(
        replaying recording: PublicRecording, as vendor: Vendor, model: String = "m",
        pieces: [[UInt8]]? = nil, end: TransferEnd = .complete
    ) {
        let stream =
            recording.isStream ? #","stream":true,"stream_options":{"include_usage":true}"# : ""
        let body =
            #"{"model":"\#(vendor.id)/\#(model)","messages":[{"role":"user","content":"hi"}]\#(stream)}"#
        self.init(
            body: Array(body.utf8), vendor: vendor,
            steps: [RecordingsTests.head(recording)]
                + (pieces ?? [recording.body]).map { .bytes($0) } + [.end(end)])
    }
}

extension DialectTarget {
    /// A target at a vendor that is set up for the test alone.
    init(model: String, vendor: Vendor, credential: Secret?, isStrict: Bool) {
        let provider = Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: "http://x.invalid"),
            credential: credential)
        self.init(model: model, provider: provider, isStrict: isStrict)
    }
}
