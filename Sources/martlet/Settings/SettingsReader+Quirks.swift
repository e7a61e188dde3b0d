// SPDX-License-Identifier: Apache-2.0
import Providers

extension SettingsReader {
    /// How a provider differs from its dialect: the vendor's quirks, each replaced where the settings
    /// name it. The names and values are those of `Config/providers.json`.
    mutating func readQuirks(_ node: YAMLNode, _ place: ProviderPlace, of vendor: Vendor) -> Quirks
    {
        let path = "\(place.path).quirks"
        var quirks = vendor.quirks
        if !vendor.dialect.takesQuirks {
            fail(node, "\(path) have no effect in the dialect \(vendor.dialect.rawValue)")
        }
        let members = readMembers(of: node, in: path, known: Quirks.names)
        func each(_ name: String, _ read: (YAMLNode, String) -> Void) {
            if let member = members[name] { read(member, "\(path).\(name)") }
        }
        each("request_form") { quirks.requestForm = readChoice($0, $1) ?? quirks.requestForm }
        each("stream_usage") { quirks.streamUsage = readChoice($0, $1) ?? quirks.streamUsage }
        each("may_omit_finish_reason") {
            quirks.mayOmitFinishReason = readFlag($0, $1) ?? quirks.mayOmitFinishReason
        }
        each("finish_reason_aliases") { quirks.finishReasonAliases = readAliases($0, $1) }
        each("max_tokens_field") { quirks.maxTokensField = readChoice($0, $1) }
        each("dropped_parameters") { quirks.droppedParameters = readNames($0, $1) }
        each("refused_parameters") { quirks.refusedParameters = readNames($0, $1) }
        each("reported_cost") { quirks.reportedCost = readReportedCost($0, $1) }
        each("reasoning_outside_output") {
            quirks.reasoningOutsideOutput = readFlag($0, $1) ?? quirks.reasoningOutsideOutput
        }
        each("routing_preferences") {
            quirks.routingPreferences = readChoice($0, $1) ?? quirks.routingPreferences
        }
        each("assistant_prefill") {
            quirks.assistantPrefill = readChoice($0, $1) ?? quirks.assistantPrefill
        }
        each("embeddings") {
            quirks.embeddings = readEmbeddings($0, $1, quirks.embeddings ?? EmbeddingsQuirks())
        }
        return quirks
    }

    private mutating func readEmbeddings(
        _ node: YAMLNode, _ what: String, _ vendors: EmbeddingsQuirks
    ) -> EmbeddingsQuirks {
        var quirks = vendors
        let members = readMembers(of: node, in: what, known: EmbeddingsQuirks.names)
        if let member = members["path"], let path = readText(member, "\(what).path") {
            quirks.path = path
            if !path.hasPrefix("/") { fail(member, "\(what).path does not begin with a slash") }
        }
        if let member = members["dimensions_field"] {
            quirks.dimensionsField =
                readText(member, "\(what).dimensions_field") ?? quirks.dimensionsField
        }
        if let member = members["encoding_formats"] {
            quirks.encodingFormats = readNames(member, "\(what).encoding_formats")
        }
        if let member = members["base64_numbers"] {
            quirks.base64Numbers =
                readChoice(member, "\(what).base64_numbers") ?? quirks.base64Numbers
        }
        if let member = members["dropped_parameters"] {
            quirks.droppedParameters = readNames(member, "\(what).dropped_parameters")
        }
        return quirks
    }

    private mutating func readNames(_ node: YAMLNode, _ what: String) -> Set<String> {
        Set(elements(of: node).compactMap { readText($0, what) })
    }

    private mutating func readAliases(_ node: YAMLNode, _ what: String) -> [String: String] {
        var aliases: [String: String] = [:]
        for (key, value) in readPairs(of: node, in: what) {
            aliases[key.text] = readText(value, "\(what).\(key.text)")
        }
        return aliases
    }

    private mutating func readReportedCost(_ node: YAMLNode, _ what: String) -> ReportedCost? {
        guard let text = readText(node, what) else { return nil }
        if let cost = ReportedCost(text: text) { return cost }
        fail(
            node, "\(what) cannot be \"\(text)\"",
            hint: "write a unit and a place in usage: usd:cost.total_cost")
        return nil
    }
}
