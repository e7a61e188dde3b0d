// SPDX-License-Identifier: Apache-2.0

/// What happens to calls of models that their vendor has shut down.
package enum RetiredPolicy: String, Sendable, CaseIterable {
    /// They are sent, and the answer and the log say it.
    case warn
    /// They are answered with a 404 that says it.
    case refuse
    /// They are sent to the model's replacement, and the answer and the log say it. A model without
    /// a replacement is sent as under `warn`.
    case redirect
}
