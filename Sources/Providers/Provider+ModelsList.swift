// SPDX-License-Identifier: Apache-2.0
package import Wire

extension Provider {
    /// The request for the list of its models, which costs nothing and calls none of them.
    ///
    /// Nil where there is no such list under its address, or where it takes an access token or a
    /// signature.
    package var modelsListRequest: HTTPRequest? {
        guard grant == nil, signing == nil, let path = modelsListPath else { return nil }
        var fields = requestFields.whole
        fields.remove("content-type")
        return HTTPRequest(method: "GET", target: path, fields: fields)
    }

    /// Path and query below the base URL.
    ///
    /// Source: the OpenAPI descriptions of OpenAI, OpenRouter, Mistral, Cohere and Ollama; the API
    /// references of Anthropic, the Gemini API and Azure OpenAI (Models: list).
    private var modelsListPath: String? {
        switch vendor.dialect {
        case .openai: return "/models"
        case .anthropic, .cohere: return "/v1/models"
        case .gemini: return "/v1beta/models"
        case .ollama: return "/api/tags"
        case .azureOpenAI:
            guard let version = options["api_version"] else { return "/openai/v1/models" }
            let isDated = version.first?.isNumber == true
            return "/openai\(isDated ? "" : "/v1")/models?api-version=\(version)"
        case .bedrockConverse, .vertex, .watsonx, .replicate: return nil
        }
    }
}
