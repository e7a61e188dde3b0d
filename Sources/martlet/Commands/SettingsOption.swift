// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `--config`, and the settings that it leads to.
struct SettingsOption: ParsableArguments {
    @Option(
        name: [.customLong("config"), .customShort("c")],
        help: ArgumentHelp(
            "The settings file.",
            discussion: """
                Without it ./martlet.yaml, $XDG_CONFIG_HOME/martlet/martlet.yaml and \
                /etc/martlet/martlet.yaml are looked for, then the environment alone is used.
                """,
            valueName: "file"))
    var path: String?

    /// Reads the settings of this process.
    func load() -> SettingsReading {
        SettingsLoader(vendors: .builtIn, prices: .builtIn, surroundings: .process)
            .load(path: path)
    }

    /// The settings, after printing what is odd with them; throws where they cannot be used.
    func loadOrExit() throws -> Settings {
        let reading = load()
        for diagnostic in reading.diagnostics { printToStandardError("\(diagnostic)") }
        guard let settings = reading.settings else { throw ExitCode.failure }
        return settings
    }
}
