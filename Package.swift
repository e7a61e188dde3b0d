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
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A target of values and protocols: no effects, and every unsafe expression is marked.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

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
        .target(name: "CCatalogue"),

        // The functional core.
        .target(name: "Wire", swiftSettings: pure),
        .target(name: "JSON", swiftSettings: pure),
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
            name: "LedgerStore", dependencies: ["Accounting", "JSON", "CLinux", "CZlibShim"],
            swiftSettings: strict),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Wire", "JSON", "ChatAPI", "Providers", "Routing", "Accounting", "Gateway",
                "Shard", "HTTPServer", "CurlTransport", "LedgerStore", "CCatalogue", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),

        // Loopback servers and clients for tests of the shell.
        .target(
            name: "LoopbackSupport", dependencies: ["CLinux"],
            path: "Tests/TestSupport/LoopbackSupport", swiftSettings: strict),
        .executableTarget(
            name: "TransferBenchmark", dependencies: ["CurlTransport", "Shard", "Wire"],
            path: "Tests/TransferBenchmark", swiftSettings: strict),
        .testTarget(
            name: "ShardTests", dependencies: ["Shard", "Wire", "CLinux", "LoopbackSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: ["CurlTransport", "Shard", "Wire", "LoopbackSupport"],
            swiftSettings: strict),
    ]
)
