// SPDX-License-Identifier: Apache-2.0
import martlet
import Providers

/// A table of three vendors: a plain one, one with a placeholder, one that cannot be called yet.
let someVendors = VendorTable([
    Vendor(
        id: "openai", name: "OpenAI", baseURL: "https://api.openai.com/v1",
        keyVariables: ["OPENAI_API_KEY"]),
    Vendor(
        id: "cloudflare", name: "Cloudflare",
        baseURL: "https://api.cloudflare.com/accounts/{account_id}/ai/v1",
        placeholders: ["account_id": "CLOUDFLARE_ACCOUNT_ID"],
        keyVariables: ["CLOUDFLARE_API_TOKEN"]),
    Vendor(
        id: "replicate", name: "Replicate", baseURL: "https://api.replicate.com/v1",
        keyVariables: ["REPLICATE_API_TOKEN"], dialect: .replicate),
    Vendor(id: "vllm", name: "vLLM", baseURL: "http://127.0.0.1:8000/v1"),
])

/// Reads settings with an environment and files made of values.
func read(
    _ text: String, variables: [String: String] = ["OPENAI_API_KEY": "sk-1"],
    files: [String: String] = [:]
) -> SettingsReading {
    loader(variables: variables, files: files).read(text, file: "martlet.yaml")
}

func loader(
    variables: [String: String] = [:], files: [String: String] = [:]
) -> SettingsLoader {
    let surroundings = Surroundings(variables: variables) { path throws(FileFailure) in
        guard let text = files[path] else {
            throw FileFailure(reason: "No such file or directory", isMissing: true)
        }
        return text
    }
    return SettingsLoader(vendors: someVendors, surroundings: surroundings)
}

extension SettingsReading {
    var lines: [String] { diagnostics.map(\.description) }
}
