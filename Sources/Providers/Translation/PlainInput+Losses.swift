// SPDX-License-Identifier: Apache-2.0
import ChatAPI

extension PlainInput {
    /// What of the request is lost: all that was not taken. Throws: where nothing may be, a 400 that
    /// names it.
    func losses(for target: DialectTarget) throws(APIError) -> [String] {
        var losses = LossReport()
        parameters.reportUntaken(to: &losses)
        try losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        return losses.names
    }
}
