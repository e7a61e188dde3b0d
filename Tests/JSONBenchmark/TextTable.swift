// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import JSON

/// Prints a line for each text: microseconds, MB/s and the ratio to simdjson's time.
func printTextTable() {
    guard let oracle = simdjson_oracle_make(1024) else { fatalError("simdjson has no memory") }
    defer { simdjson_oracle_free(oracle) }
    let implementation = String(cString: simdjson_oracle_implementation())
    print("µs a text (MB/s, ratio to simdjson \(implementation)); medians of 41 rounds")
    for sample in ChatSamples.all {
        let times = medians(of: sample.bytes, oracle)
        let names = ["simdjson DOM", "JSONOutline", "JSONDocument"]
        print("\(sample.name), \(sample.bytes.count) bytes")
        for (name, time) in zip(names, times) {
            let speed = Double(sample.bytes.count) / time * 1000
            print(
                "    \(name)\(String(repeating: " ", count: 14 - name.count))",
                (time / 1000).text(), speed.text(decimals: 0), (time / times[0]).text(width: 6))
        }
    }
}

private func medians(of bytes: [UInt8], _ oracle: OpaquePointer) -> [Double] {
    let padded = bytes + [UInt8](repeating: 0, count: simdjson_oracle_padding())
    var outline = JSONOutline()
    var document = JSONDocument()
    return Measurement([
        {
            let verdict = padded.withUnsafeBufferPointer {
                simdjson_oracle_parse_padded(oracle, $0.baseAddress, bytes.count)
            }
            precondition(verdict == SIMDJSON_ORACLE_ACCEPTED)
        },
        { do { try outline.scan(bytes.span) } catch { fatalError("\(error)") } },
        { do { try document.parse(bytes.span) } catch { fatalError("\(error)") } },
    ]).medians
}
