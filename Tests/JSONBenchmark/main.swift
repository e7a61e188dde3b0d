// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import JSON

// Prints what a scan, a document and simdjson's DOM cost on three chat requests.
// swift run -c release --scratch-path .build-release JSONBenchmark

guard let oracle = simdjson_oracle_make(1024) else { fatalError("simdjson has no memory") }
let implementation = unsafe String(cString: simdjson_oracle_implementation())
print("simdjson: \(implementation); medians of 41 rounds; µs a text, MB/s, ratio to simdjson's DOM")
print("text                  bytes |  simdjson | outline  MB/s ratio |")

for sample in ChatSamples.all
where CommandLine.arguments.count < 2 || sample.name.hasPrefix(CommandLine.arguments[1]) {
    let padded = sample.bytes + [UInt8](repeating: 0, count: Int(simdjson_oracle_padding()))
    var outline = JSONOutline()
    let measurement = Measurement([
        .init(name: "simdjson") {
            let verdict = unsafe padded.withUnsafeBufferPointer {
                unsafe simdjson_oracle_parse_padded(oracle, $0.baseAddress, sample.bytes.count)
            }
            precondition(verdict == SIMDJSON_ORACLE_ACCEPTED)
        },
        .init(name: "outline") {
            do { try outline.scan(sample.bytes.span) } catch { fatalError("\(error)") }
        },
    ])
    let times = measurement.medians
    print(
        sample.name, sample.bytes.count, times.map { ($0 / 1000).text() },
        (times[1] / times[0]).text(),
        (Double(sample.bytes.count) / times[1] * 1000).text(decimals: 0))
}
simdjson_oracle_free(oracle)
