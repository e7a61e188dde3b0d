// SPDX-License-Identifier: Apache-2.0
import JSON
import Wire

/// Prints nanoseconds an event of an OpenAI stream: found, parsed, read and written again.
func printStreamTable() {
    let event = #"""
        data: {"id":"chatcmpl-9xK2","object":"chat.completion.chunk","created":1732450000,"model":\#
        "gpt-4o-2024-08-06","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":\#
        " word"},"logprobs":null,"finish_reason":null}]}


        """#
    let bytes = Array(event.utf8)
    let halves = [Array(bytes[..<100]), Array(bytes[100...])]
    var parser = ServerSentEventParser()
    var document = JSONDocument()
    var output: [UInt8] = []
    let times = Measurement([
        { receive(bytes, &parser) { _ in } },
        { for half in halves { receive(half, &parser) { _ in } } },
        {
            receive(bytes, &parser) { event in
                do { try document.parse(event.data) } catch { fatalError("\(error)") }
                let choice = document.element(0, of: document.member("choices", of: document.root))
                let delta = document.member("delta", of: choice)
                precondition(document.member("content", of: delta) != nil)
            }
        },
        {
            output.removeAll(keepingCapacity: true)
            receive(bytes, &parser) { ServerSentEventSerializer.append(data: $0.data, to: &output) }
        },
    ]).medians
    let names = ["found", "found in two halves", "found, parsed, read", "found, written"]
    print("ns an event of \(bytes.count) bytes, one event a call")
    for (name, time) in zip(names, times) {
        print(
            "    \(name)\(String(repeating: " ", count: 22 - name.count))", time.text(decimals: 0))
    }
}

private func receive(
    _ bytes: [UInt8], _ parser: inout ServerSentEventParser,
    _ handler: (borrowing ServerSentEvent) -> Void
) {
    do { try parser.receive(bytes.span, handler) } catch { fatalError("\(error)") }
}
