// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import JSON
import Providers
import Routing

extension ClientWishes {
    /// How many names a list may hold: each is looked up.
    private static let mostNames = 64

    /// Members of `provider` that OpenRouter knows and this gateway cannot act on.
    private static let unknowable: Set<String> = [
        "quantizations", "enforce_distillable_text", "preferred_min_throughput",
        "preferred_max_latency",
    ]

    /// Reads what the body says of routing.
    ///
    /// Source: OpenRouter's public OpenAPI description, `ProviderPreferences`.
    /// Throws: a 400 that names the member at fault.
    mutating func readMembers(
        of chat: ChatRequest, in configuration: GatewayConfiguration
    ) throws(APIError) {
        if let value = chat.routingValue(.models) {
            var seen: Set = [chat.model]
            routing.models = try Self.texts(value, "models").filter { seen.insert($0).inserted }
        }
        if let value = chat.routingValue(.provider) {
            try readProvider(value, knowing: configuration.providers.keys)
        }
        if let value = chat.routingValue(.route), value.string != "fallback" {
            unheeded.append(RoutingMember.route.rawValue)
        }
    }

    private mutating func readProvider(
        _ value: JSONValue, knowing providers: Dictionary<String, Provider>.Keys
    ) throws(APIError) {
        func names(_ value: JSONValue, _ path: String) throws(APIError) -> [String] {
            try Self.texts(value, path).map { text in
                providers.contains(text) ? text : ProviderAlias.name(for: text)
            }
        }
        guard value.kind == .object else { throw ChatParameters.wrongType("provider", "an object") }
        for (name, value) in value.members where !value.isNull {
            let path = "provider.\(name)"
            switch name {
            case "order": routing.order = try names(value, path)
            case "ignore": routing.ignore = try names(value, path)
            case "only":
                let names = try names(value, path)
                if names.isEmpty { throw .invalid(path, "\(path) is empty: no provider is left.") }
                routing.only = names
            case "allow_fallbacks": routing.allowsFallbacks = try Self.flag(value, path)
            case "require_parameters": routing.requiresParameters = try Self.flag(value, path)
            case "data_collection":
                routing.deniesDataCollection =
                    try Self.word(value, path, of: ["allow", "deny"]) == "deny"
            case "sort": try readSort(value, path)
            case "max_price": try readMaximumPrice(value, path)
            case "zdr":
                if try Self.flag(value, path) { throw Self.unkeepable(path) }
            case _ where Self.unknowable.contains(name):
                if value.bool != false, value.kind != .array || value[0] != nil {
                    unheeded.append(path)
                }
            default: throw Self.unknown(path)
            }
        }
    }

    /// Shape: `"price"`, or `{"by": "price", "partition": "model"}`.
    private mutating func readSort(_ value: JSONValue, _ path: String) throws(APIError) {
        guard value.kind == .object else { return try readOrder(value, path) }
        for (name, value) in value.members where !value.isNull {
            switch name {
            case "by": try readOrder(value, "\(path).by")
            case "partition":
                // Models are asked one after the other, each with its own order.
                let place = "\(path).partition"
                if try Self.word(value, place, of: ["model", "none"]) == "none" {
                    unheeded.append(place)
                }
            default: throw Self.unknown("\(path).\(name)")
            }
        }
    }

    private mutating func readOrder(_ value: JSONValue, _ path: String) throws(APIError) {
        let words = RoutingPreferences.Sort.allCases.map(\.rawValue)
        // OpenRouter's own measure of how well tools are called.
        let word = try Self.word(value, path, of: words + ["exacto"])
        guard let sort = RoutingPreferences.Sort(rawValue: word) else {
            return unheeded.append(path)
        }
        routing.sort = sort
    }

    private mutating func readMaximumPrice(_ value: JSONValue, _ path: String) throws(APIError) {
        guard value.kind == .object else { throw ChatParameters.wrongType(path, "an object") }
        for (name, value) in value.members where !value.isNull {
            let place = "\(path).\(name)"
            switch name {
            case "prompt": routing.maximumInputPrice = try Self.price(value, place)
            case "completion": routing.maximumOutputPrice = try Self.price(value, place)
            case "request", "image", "audio": unheeded.append(place)
            default: throw Self.unknown(place)
            }
        }
    }
}

// MARK: Values

extension ClientWishes {
    private static func texts(_ value: JSONValue, _ path: String) throws(APIError) -> [String] {
        let texts = value.elements.compactMap(\.string)
        guard value.kind == .array, texts.count == value.elements.count else {
            throw ChatParameters.wrongType(path, "an array of names")
        }
        guard texts.count <= mostNames else {
            throw .invalid(path, "\(path) has more than \(mostNames) names.")
        }
        return texts
    }

    private static func flag(_ value: JSONValue, _ path: String) throws(APIError) -> Bool {
        guard let flag = value.bool else { throw ChatParameters.wrongType(path, "true or false") }
        return flag
    }

    private static func word(
        _ value: JSONValue, _ path: String, of words: [String]
    ) throws(APIError) -> String {
        guard let word = value.string, words.contains(word) else {
            throw .invalid(path, "\(path) is none of \(words.joined(separator: ", ")).")
        }
        return word
    }

    /// USD per million tokens, as a number or as a text. Decimals below the sixth do not matter to
    /// a limit: no price has them.
    private static func price(_ value: JSONValue, _ path: String) throws(APIError) -> Int128 {
        let text = value.decimalText ?? value.string ?? ""
        let whole = text.prefix { $0 != "." }
        let decimals = text.dropFirst(whole.count)
        guard let amount = Picodollars(perMillionTokens: "\(whole)\(decimals.prefix(7))"),
            amount >= .zero, decimals.dropFirst().allSatisfy({ ("0"..."9").contains($0) })
        else {
            throw .invalid(
                path, "\(path) is no price: write USD per million tokens as a plain decimal, 0.5.")
        }
        return amount.rawValue
    }

    private static func unknown(_ path: String) -> APIError {
        .unsupported(path, "There is no \(path): nothing is routed by it.")
    }

    private static func unkeepable(_ path: String) -> APIError {
        .unsupported(
            path, "This gateway does not know who keeps nothing. Name providers in provider.only.")
    }
}

extension ChatRequest {
    /// The value of a member about routing, or nil where it is absent or null.
    fileprivate func routingValue(_ name: RoutingMember) -> JSONValue? {
        for index in routingMembers {
            let member = outline.members[index]
            guard member.kind != .null, outline.isKey(member, name.rawValue, in: body.span)
            else { continue }
            return value(of: member)
        }
        return nil
    }
}
