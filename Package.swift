// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// Swift 6 mode as `style.md` §8 has it, for every target of ours.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // Exclusive access is checked in debug builds, in which the simulator runs too; in a release
    // build the checks would be a twentieth of a call's instructions.
    .unsafeFlags(
        ["-cross-module-optimization", "-enforce-exclusivity=unchecked"],
        .when(configuration: .release)),
]

/// A target of values and protocols: no effects, and every unsafe expression is marked.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

/// A pure target that lends views of its bytes: methods that return a `Span` need the annotation.
let lending: [SwiftSetting] = pure + [.enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C edges: what Swift cannot import (variadic functions, packed unions, embedded files).
        .target(name: "CLinux"),
        .target(name: "CCurlShim", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CZlibShim", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "CCryptoShim", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCatalogue"),

        // The functional core.
        .target(name: "Wire", swiftSettings: lending),
        .target(name: "JSON", swiftSettings: lending),
        .target(name: "ChatAPI", dependencies: ["JSON"], swiftSettings: pure),
        .target(name: "Providers", dependencies: ["Wire", "JSON", "ChatAPI"], swiftSettings: pure),
        .target(name: "Routing", dependencies: ["ChatAPI"], swiftSettings: pure),
        .target(name: "Accounting", dependencies: ["JSON", "ChatAPI"], swiftSettings: pure),

        // The life of a request, effects through ports.
        .target(
            name: "Gateway",
            dependencies: ["Wire", "JSON", "ChatAPI", "Providers", "Routing", "Accounting"],
            swiftSettings: pure),

        // The thin shell.
        .target(name: "Shard", dependencies: ["Wire", "CLinux"], swiftSettings: strict),
        .target(
            name: "HTTPServer", dependencies: ["Wire", "CZlibShim"], swiftSettings: strict),
        .target(
            name: "CurlTransport", dependencies: ["Wire", "Shard", "CCurlShim", "CLinux"],
            swiftSettings: strict),
        .target(
            name: "LedgerStore", dependencies: ["Accounting", "CZlibShim"],
            swiftSettings: strict),
        .target(
            name: "OpenSSLKeys", dependencies: ["Wire", "CCryptoShim"], swiftSettings: strict),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Wire", "JSON", "ChatAPI", "Providers", "Routing", "Accounting", "Gateway",
                "Shard", "HTTPServer", "CurlTransport", "LedgerStore", "OpenSSLKeys", "CCatalogue",
                "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict,
            // Shared, so that libcurl and libc allocate where the binary frees.
            linkerSettings: [.linkedLibrary("mimalloc")]),

        // The simulator: the whole gateway in one thread on virtual time.
        .target(
            name: "Simulator",
            dependencies: [
                "Wire", "ChatAPI", "Providers", "Routing", "Accounting", "Gateway", "Shard",
                "HTTPServer", "LedgerStore",
            ],
            path: "Tests/TestSupport/Simulator", swiftSettings: strict),

        // Only the tests and the benchmark need simdjson.
        .target(
            name: "CSimdjson", path: "Tests/TestSupport/CSimdjson",
            linkerSettings: [.linkedLibrary("simdjson")]),
        .executableTarget(
            name: "JSONBenchmark", dependencies: ["JSON", "Wire", "CSimdjson"],
            path: "Tests/JSONBenchmark", swiftSettings: strict),

        // A suite a target.
        .testTarget(
            name: "ChatAPITests", dependencies: ["ChatAPI", "JSON"], swiftSettings: strict),
        .testTarget(
            name: "RoutingTests", dependencies: ["Routing", "ChatAPI"], swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Simulator", "Wire", "JSON", "ChatAPI", "Providers", "Routing",
                "Accounting",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AccountingTests", dependencies: ["Accounting", "ChatAPI"],
            swiftSettings: strict),
        .testTarget(
            name: "LedgerStoreTests",
            dependencies: ["LedgerStore", "Accounting", "ChatAPI", "JournalCrashWriter"],
            swiftSettings: strict),
        // Killed by LedgerStoreTests while it writes.
        .executableTarget(
            name: "JournalCrashWriter", dependencies: ["LedgerStore", "Accounting"],
            path: "Tests/TestSupport/JournalCrashWriter", swiftSettings: strict),
        .testTarget(
            name: "ProvidersTests", dependencies: ["Providers", "ChatAPI", "Wire", "JSON"],
            swiftSettings: strict),
        .testTarget(
            name: "martletTests",
            dependencies: [
                "martlet", "Wire", "ChatAPI", "Accounting", "Providers", "Routing", "Gateway",
                "Shard", "Simulator", "LoopbackSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "JSONTests", dependencies: ["JSON", "CSimdjson"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["HTTPServer", "Wire", "CZlibShim"],
            swiftSettings: strict),
        // Loopback servers and clients for tests of the shell.
        .target(
            name: "LoopbackSupport", dependencies: ["CLinux"],
            path: "Tests/TestSupport/LoopbackSupport", swiftSettings: strict),
        .executableTarget(
            name: "TransferBenchmark", dependencies: ["CurlTransport", "Shard", "Wire"],
            path: "Tests/TransferBenchmark", swiftSettings: strict),
        .testTarget(
            name: "OpenSSLKeysTests", dependencies: ["OpenSSLKeys", "LoopbackSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ShardTests", dependencies: ["Shard", "Wire", "CLinux", "LoopbackSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: ["CurlTransport", "Shard", "Wire", "LoopbackSupport"],
            swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)

// The fuzzers need libFuzzer's `main` and its instrumentation of all that they reach, so they are
// built alone, by `scripts/fuzz`.
if Context.environment["MARTLET_FUZZERS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzzers",
            dependencies: ["Wire", "JSON", "ChatAPI", "Providers", "CurlTransport"],
            path: "Tests/Fuzzers", exclude: ["Corpus"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
