// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Routing
import Wire

extension Settings {
    /// A short hash of what calls are served by, for logs: 12 hexadecimal digits.
    ///
    /// Secrets are left out, so that nothing about them can be learnt from it.
    var fingerprint: String {
        var text = "\(gateway.isStrict) \(gateway.keepaliveInterval) \(gateway.maximumBodyBytes) "
        text += "\(gateway.onLedgerFailure.rawValue) \(gateway.unpriced.rawValue)\n"
        text += "\(gateway.onRetired.rawValue) \(String(describing: gateway.probeInterval)) "
        text +=
            "\(gateway.defaultPolicy) \(gateway.breaker) \(gateway.deniesDataCollection.sorted())\n"
        let replacements = gateway.replacements.map { "\($0.key) \($0.value)" }
        let declarations = gateway.declarations.map { "\($0.key) \($0.value)" }
        text += "\(replacements.sorted()) \(declarations.sorted())\n"
        let ids = gateway.providers.keys.sorted()
        for provider in ids.flatMap({ gateway.callableProviders(of: $0) }) {
            text += "\(provider.id) \(provider.vendor.id) \(provider.vendor.dialect.rawValue) "
            text += "\(provider.vendor.authentication) \(provider.endpoint) \(provider.limits)"
            text += " \(provider.vendor.catalogueID ?? "-")"
            for (name, value) in provider.options.sorted(by: { $0.key < $1.key }) {
                text += " \(name)=\(value)"
            }
            text += " \(provider.vendor.quirks.fingerprint)\n"
        }
        for route in gateway.routes.values.sorted(by: { $0.name < $1.name }) {
            text += "\(route)\n"
        }
        // FNV-1a, 64 bits: names a version, protects nothing.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String((String(repeating: "0", count: 16 - digits.count) + digits).suffix(12))
    }
}

extension Quirks {
    /// All of them as one text. Sets and dictionaries have no order of their own.
    fileprivate var fingerprint: String {
        let aliases = finishReasonAliases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return
            "\(requestForm) \(streamUsage) \(mayOmitFinishReason) \(aliases) \(String(describing: maxTokensField)) "
            + "\(droppedParameters.sorted()) \(refusedParameters.sorted()) "
            + "\(String(describing: reportedCost)) \(reasoningOutsideOutput) "
            + "\(routingPreferences) \(assistantPrefill) "
            + (embeddings?.fingerprint ?? "")
    }
}

extension EmbeddingsQuirks {
    fileprivate var fingerprint: String {
        "\(path) \(dimensionsField) \(base64Numbers) \(encodingFormats.sorted()) \(droppedParameters.sorted())"
    }
}
