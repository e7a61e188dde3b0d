// SPDX-License-Identifier: Apache-2.0

/// What a JSON value is, told by its first byte.
package enum JSONKind: UInt8, Sendable, Equatable {
    case object
    case array
    case string
    case number
    case `true`
    case `false`
    case null
}
