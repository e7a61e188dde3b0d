// SPDX-License-Identifier: Apache-2.0

/// Which build this is.
enum Version {
    /// As in `CHANGELOG.md`.
    static let number = "0.1.0"

    /// The line that `martlet version` prints.
    static var text: String { "martlet \(number) (\(architecture), \(configuration))" }

    private static var architecture: String {
        #if arch(x86_64)
            "linux x86_64"
        #elseif arch(arm64)
            "linux arm64"
        #else
            "linux"
        #endif
    }

    private static var configuration: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }
}
