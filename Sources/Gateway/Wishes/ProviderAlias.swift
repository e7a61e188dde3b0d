// SPDX-License-Identifier: Apache-2.0

/// OpenRouter's names of providers.
///
/// Source: OpenRouter's public OpenAPI description, `ProviderName`, and the slugs of its docs.
enum ProviderAlias {
    /// By OpenRouter's slug: the vendor of `Config/providers.json` that is the same.
    private static let vendors = [
        "alibaba": "dashscope", "amazon-bedrock": "bedrock", "google": "vertex",
        "google-ai-studio": "gemini", "google-vertex": "vertex", "meta": "meta-llama",
        "moonshot-ai": "moonshot", "moonshotai": "moonshot", "voyageai-by-mongodb": "voyage",
        "z-ai": "zai", "z.ai": "zai",
    ]

    /// Our name for the provider that `text` names, by its slug or by its name for people.
    static func name(for text: String) -> String {
        let slug = text.lowercased().replacing(" ", with: "-")
        return vendors[slug] ?? slug
    }
}
