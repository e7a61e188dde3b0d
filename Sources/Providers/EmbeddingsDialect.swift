// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// A wire format for embeddings.
protocol EmbeddingsDialect: ChatDialect {}

extension EmbeddingsDialect {
    /// Nobody asks: requests for embeddings that stream are refused as they are parsed.
    func stream(in context: ReplyContext) -> any ChatStream {
        preconditionFailure("embeddings come whole")
    }
}
