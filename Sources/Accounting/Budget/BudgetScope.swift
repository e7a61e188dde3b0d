// SPDX-License-Identifier: Apache-2.0

/// Whose money and traffic are counted. The texts are ids, which never change, not names.
package enum BudgetScope: Sendable, Hashable {
    case key(String)
    case team(String)
    case organisation(String)
    case route(String)
    /// `provider/model`.
    case target(String)
}
