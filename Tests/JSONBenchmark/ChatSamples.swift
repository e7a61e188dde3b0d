// SPDX-License-Identifier: Apache-2.0

/// The chat requests that are measured: the sizes of a question, a conversation and an image.
enum ChatSamples {
    struct Sample {
        var name: String
        var bytes: [UInt8]
    }

    static var all: [Sample] {
        [
            Sample(name: "1 kB question", bytes: question),
            Sample(name: "20 kB conversation", bytes: conversation),
            Sample(name: "1 MB image", bytes: image),
        ]
    }

    /// One question with the usual parameters and a tool.
    private static var question: [UInt8] {
        Array(
            #"""
            {"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are a careful assis\#
            tant that answers questions about the city's public transport. Answer in the language \#
            of the question, name the line and the stop, and say so when you are not sure. Do not \#
            make up departures."},{"role":"user","content":"How do I get from the main station to \#
            the botanical garden on a Sunday morning?\nI have a bicycle with me."}],"temperature":\#
            0.7,"top_p":0.95,"max_tokens":512,"stream":true,"stream_options":{"include_usage":true\#
            },"tools":[{"type":"function","function":{"name":"departures","description":"The next \#
            departures from a stop","parameters":{"type":"object","properties":{"stop":{"type":"st\#
            ring","description":"Name of the stop"},"after":{"type":"string","format":"date-time"}\#
            ,"lines":{"type":"array","items":{"type":"string"}}},"required":["stop"],"additionalPr\#
            operties":false}}}],"tool_choice":"auto","user":"visitor-1284","seed":42,"n":1}
            """#.utf8)
    }

    /// Forty turns about code: line feeds and quotes in every one, some accents and an emoji.
    private static var conversation: [UInt8] {
        let user = #"""
            {"role":"user","content":"Why does this fail?\n\n```python\ndef total(rows):\n    return\#
             sum(r[\"price\"] for r in rows)\n```\n\nIt says: \"KeyError: 'price'\". The file comes\#
             from the caf\u00e9's till (Zürich, größere Filiale), and the first row has headings, \#
            I think. I already tried to skip it, without luck so far."}
            """#
        let assistant = #"""
            {"role":"assistant","content":"The first row is a heading, so it has no key called \"p\#
            rice\" 🙂.\n\nTwo ways out:\n\n1. Skip it: `rows = rows[1:]`.\n2. Read the file with `\#
            csv.DictReader`, which takes the headings as keys:\n\n```python\nimport csv\n\nwith op\#
            en(path, newline=\"\", encoding=\"utf-8\") as file:\n    rows = list(csv.DictReader(fi\#
            le))\n```\n\nIn both cases the prices are strings; `Decimal(r[\"price\"])` is the type\#
             for money. Should I show how to handle a missing value too?"}
            """#
        let turns = (0..<20).flatMap { _ in [user, assistant] }.joined(separator: ",")
        return Array(
            #"{"model":"gpt-4o","stream":true,"temperature":0.2,"messages":[\#(turns)]}"#.utf8)
    }

    /// A question about a picture that comes as a data URL.
    private static var image: [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        let picture = (0..<1_000_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return alphabet[Int(state >> 58)]
        }
        let head = #"""
            {"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"What is \#
            in this picture?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,
            """#
        return Array(head.utf8) + picture + Array(#""}}]}],"max_tokens":300}"#.utf8)
    }
}
