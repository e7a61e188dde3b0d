// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// What Ollama has in `options`: what OpenAI has a name for, then what a client sends in Ollama's
/// own words, which gives way to that and is reported where it says something else.
enum OllamaOptions {
    /// Writes the member `options`, where there are any.
    ///
    /// Throws: a 400 that names a parameter of another type.
    static func write(
        _ parameters: inout ChatParameters, to writer: inout JSONWriter
    ) throws(APIError) {
        var options: [(name: String, text: String)] = []
        if let limit = try parameters.takeOutputLimit() {
            options.append(("num_predict", "\(limit)"))
        }
        let names = [
            "temperature", "top_p", "top_k", "min_p", "seed", "presence_penalty",
            "frequency_penalty", "repeat_penalty", "num_ctx",
        ]
        for name in names {
            if let text = try parameters.takeNumber(name) { options.append((name, text)) }
        }
        let stop = try parameters.takeStop()
        let own = parameters.take("options")
        if let own, own.kind != .object {
            throw .invalid("options", code: "invalid_type", "options is not an object.")
        }
        let kept = (own?.members ?? []).filter { member in
            let isSaid =
                member.key == "stop"
                ? !stop.isEmpty : options.contains { $0.name == member.key }
            if isSaid, options.first(where: { $0.name == member.key })?.text != member.value.text {
                parameters.leave("options.\(member.key)", member.value)
            }
            return !isSaid
        }
        guard !options.isEmpty || !stop.isEmpty || !kept.isEmpty else { return }
        writer.key("options")
        writer.beginObject()
        for option in options { writer.member(option.name, decimalText: option.text) }
        writer.member("stop", stop)
        for member in kept { writer.member(member.key, raw: member.value) }
        writer.endObject()
    }
}
