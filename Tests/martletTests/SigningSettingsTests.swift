// SPDX-License-Identifier: Apache-2.0
import Gateway
import martlet
import Providers
import Testing
import Wire

/// AWS's credentials, as the environment has them.
@Suite struct SigningSettingsTests {
    static let vendors = VendorTable([
        Vendor(
            id: "bedrock", name: "Amazon Bedrock",
            baseURL: "https://bedrock-runtime.{region}.amazonaws.com",
            placeholders: ["region": "AWS_REGION"], keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
            dialect: .bedrockConverse)
    ])
    static let keys = [
        "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    ]

    static func provider(_ text: String, _ variables: [String: String]) -> Provider? {
        let surroundings = Surroundings(variables: variables) { _ throws(FileFailure) in
            throw FileFailure(reason: "No such file or directory", isMissing: true)
        }
        let loader = SettingsLoader(vendors: vendors, surroundings: surroundings)
        return loader.read(text, file: "martlet.yaml").settings?.gateway.providers["bedrock"]
    }

    @Test(arguments: ["", "providers:\n  bedrock: {}\n"])
    func `credentials of the environment sign`(text: String) throws {
        let provider = try #require(Self.provider(text, Self.keys))
        #expect(provider.credential == nil)
        #expect(
            provider.signing
                == RequestSigning(
                    region: "eu-west-1", service: "bedrock", accessKeyID: "AKID",
                    secretAccessKey: "secret", sessionToken: "token"))
    }

    @Test func `the region of the address goes before that of the environment`() throws {
        let provider = try #require(
            Self.provider("providers:\n  bedrock:\n    region: us-west-2\n", Self.keys))
        #expect(provider.signing?.region == "us-west-2")
    }

    @Test func `a bearer key goes before signing, and half a credential signs nothing`() throws {
        let key = Self.keys.merging(["AWS_BEARER_TOKEN_BEDROCK": "key"]) { first, _ in first }
        let provider = try #require(Self.provider("", key))
        #expect(provider.signing == nil && provider.credential == Secret("key"))
        var half = Self.keys
        half["AWS_SECRET_ACCESS_KEY"] = nil
        #expect(Self.provider("", half) == nil)
    }
}
