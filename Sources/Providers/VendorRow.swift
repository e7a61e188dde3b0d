// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// One row of `Config/providers.json`, read strictly.
struct VendorRow {
    /// What is wrong with the row.
    struct Failure: Error {
        var problem: String
        init(_ problem: String) { self.problem = problem }
    }

    let vendor: Vendor

    init(_ value: JSONValue) throws(Failure) {
        try value.checkKeys([
            "id", "name", "base_url", "placeholders", "options", "keys", "authentication",
            "dialect",
            "quirks", "note",
        ])
        let dialectName = try value.requiredText("dialect")
        guard let dialect = DialectID(rawValue: dialectName) else {
            throw Failure("there is no dialect \"\(dialectName)\"")
        }
        let form = try value.optionalText("authentication") ?? "bearer"
        guard let authentication = Authentication(text: form) else {
            throw Failure("there is no form of authentication \"\(form)\"")
        }
        vendor = Vendor(
            id: try value.requiredText("id"), name: try value.requiredText("name"),
            baseURL: try value.requiredText("base_url"),
            placeholders: try value.textsByName("placeholders"),
            options: try value.textsByName("options"),
            keyVariables: try value.texts("keys"), authentication: authentication,
            dialect: dialect, quirks: try Self.quirks(value["quirks"]))
        try checkPlaceholders()
    }

    private static func quirks(_ value: JSONValue?) throws(Failure) -> Quirks {
        var quirks = Quirks()
        guard let value else { return quirks }
        try value.checkKeys(Set(Quirks.names))
        if let usage: StreamUsage = try value.choice("stream_usage") { quirks.streamUsage = usage }
        if let form: RequestForm = try value.choice("request_form") { quirks.requestForm = form }
        quirks.mayOmitFinishReason = try value.flag("may_omit_finish_reason")
        quirks.finishReasonAliases = try value.textsByName("finish_reason_aliases")
        quirks.maxTokensField = try value.choice("max_tokens_field")
        quirks.droppedParameters = Set(try value.texts("dropped_parameters"))
        quirks.refusedParameters = Set(try value.texts("refused_parameters"))
        quirks.reasoningOutsideOutput = try value.flag("reasoning_outside_output")
        if let form: RoutingPreferencesForm = try value.choice("routing_preferences") {
            quirks.routingPreferences = form
        }
        quirks.assistantPrefill =
            try value.choice("assistant_prefill") ?? quirks.assistantPrefill
        if let text = try value.optionalText("reported_cost") {
            guard let cost = ReportedCost(text: text) else {
                throw Failure("reported_cost is no \"unit:path\": \"\(text)\"")
            }
            quirks.reportedCost = cost
        }
        if let embeddings = value["embeddings"] {
            quirks.embeddings = try Self.embeddings(embeddings)
        }
        return quirks
    }

    private static func embeddings(_ value: JSONValue) throws(Failure) -> EmbeddingsQuirks {
        var quirks = EmbeddingsQuirks()
        try value.checkKeys(Set(EmbeddingsQuirks.names))
        quirks.path = try value.optionalText("path") ?? quirks.path
        guard quirks.path.hasPrefix("/") else { throw Failure("embeddings.path is no path") }
        quirks.dimensionsField =
            try value.optionalText("dimensions_field") ?? quirks.dimensionsField
        if value["encoding_formats"] != nil {
            quirks.encodingFormats = Set(try value.texts("encoding_formats"))
        }
        quirks.base64Numbers = try value.choice("base64_numbers") ?? quirks.base64Numbers
        quirks.droppedParameters = Set(try value.texts("dropped_parameters"))
        return quirks
    }

    /// Each placeholder is in the URL, and each one of the URL is known.
    private func checkPlaceholders() throws(Failure) {
        var rest = vendor.baseURL
        for name in vendor.placeholders.keys {
            guard rest.contains("{\(name)}") else {
                throw Failure("base_url has no {\(name)}")
            }
            rest.replace("{\(name)}", with: "x")
        }
        if rest.contains("{") { throw Failure("base_url has a placeholder that is not explained") }
        guard rest.hasPrefix("https://") || rest.hasPrefix("http://"), !rest.hasSuffix("/") else {
            throw Failure("base_url is no https://host/path")
        }
    }
}

extension ReportedCost {
    /// The place that a text names, or nil where it names none. Shape: `usd:cost.total_cost`.
    package init?(text: String) {
        guard let colon = text.firstIndex(of: ":"),
            let unit = ReportedAmount.Unit(rawValue: String(text[..<colon]))
        else { return nil }
        let path = text[text.index(after: colon)...].split(
            separator: ".", omittingEmptySubsequences: false)
        guard path.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(unit: unit, path: path.map(String.init))
    }
}

extension JSONValue {
    fileprivate func checkKeys(_ known: Set<String>) throws(VendorRow.Failure) {
        guard kind == .object else { throw .init("a row and its quirks are objects") }
        for (key, _) in members where !known.contains(key) {
            throw .init("there is no key \"\(key)\"")
        }
    }

    fileprivate func requiredText(_ key: String) throws(VendorRow.Failure) -> String {
        guard let text = try optionalText(key), !text.isEmpty else {
            throw .init("\(key) is missing")
        }
        return text
    }

    fileprivate func optionalText(_ key: String) throws(VendorRow.Failure) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.string else { throw .init("\(key) is no string") }
        return text
    }

    fileprivate func texts(_ key: String) throws(VendorRow.Failure) -> [String] {
        guard let value = self[key] else { return [] }
        let texts = value.elements.compactMap(\.string)
        guard value.kind == .array, texts.count == value.elements.count else {
            throw .init("\(key) is no array of strings")
        }
        return texts
    }

    fileprivate func textsByName(_ key: String) throws(VendorRow.Failure) -> [String: String] {
        guard let value = self[key] else { return [:] }
        guard value.kind == .object else { throw .init("\(key) is no object") }
        var texts: [String: String] = [:]
        for (name, member) in value.members {
            guard let text = member.string else { throw .init("\(key).\(name) is no string") }
            texts[name] = text
        }
        return texts
    }

    fileprivate func flag(_ key: String) throws(VendorRow.Failure) -> Bool {
        guard let value = self[key] else { return false }
        guard let flag = value.bool else { throw .init("\(key) is neither true nor false") }
        return flag
    }

    fileprivate func choice<Choice: RawRepresentable>(
        _ key: String
    ) throws(VendorRow.Failure) -> Choice? where Choice.RawValue == String {
        guard let text = try optionalText(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .init("\(key) cannot be \"\(text)\"")
        }
        return choice
    }
}
