// SPDX-License-Identifier: Apache-2.0

// Prints what reading a chat request costs beside simdjson's DOM parser, and what an event of a
// stream costs: swift run -c release --scratch-path .build-release JSONBenchmark
printTextTable()
printStreamTable()
