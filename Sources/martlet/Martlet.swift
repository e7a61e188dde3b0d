// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The command line: `martlet serve | check | models | route | usage | version`.
///
/// Exit codes: 0 well, 1 failed, 64 called wrongly (`EX_USAGE`).
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "A self-hosted gateway that speaks OpenAI to any language model.",
        discussion: """
            With a provider's key in the environment no settings are needed:

              OPENAI_API_KEY=… martlet serve

            Then point a client at http://127.0.0.1:8080/v1 and name models provider/model.
            """,
        version: Version.text,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ModelsCommand.self, RouteCommand.self,
            UsageCommand.self, VersionCommand.self,
        ])
}
