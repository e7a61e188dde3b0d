// SPDX-License-Identifier: Apache-2.0
import Providers
import Wire

extension Surroundings {
    /// The variable that tells whether requests to AWS are to be signed.
    static let accessKeyVariable = "AWS_ACCESS_KEY_ID"

    /// How requests to a vendor are signed with AWS's credentials of the environment; nil where the
    /// vendor is not AWS, or they are not all there.
    ///
    /// The region is the one in the vendor's address, else that of the environment.
    func signing(for vendor: Vendor) -> RequestSigning? {
        guard vendor.dialect == .bedrockConverse, vendor.authentication == .bearer,
            let id = variable(Self.accessKeyVariable),
            let secret = variable("AWS_SECRET_ACCESS_KEY"),
            let region = Self.region(of: vendor.baseURL) ?? variable("AWS_REGION"),
            Secret(checking: id) != nil, Secret(checking: secret) != nil,
            region.utf8.allSatisfy({ $0 != UInt8(ascii: ":") })
        else { return nil }
        return RequestSigning(
            region: region, service: "bedrock", accessKeyID: id, secretAccessKey: secret,
            sessionToken: variable("AWS_SESSION_TOKEN"))
    }

    /// Shape: `https://bedrock-runtime.eu-west-1.amazonaws.com`, with anything before it.
    private static func region(of baseURL: String) -> String? {
        let labels = baseURL.split { $0 == "." || $0 == "/" }
        guard let place = labels.firstIndex(where: { $0.hasPrefix("bedrock-runtime") }),
            place + 1 < labels.count, !labels[place + 1].contains("{")
        else { return nil }
        return String(labels[place + 1])
    }
}
