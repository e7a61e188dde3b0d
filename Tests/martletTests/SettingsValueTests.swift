// SPDX-License-Identifier: Apache-2.0
import martlet
import Shard
import Testing

@Suite struct SettingsValueTests {
    @Test(arguments: [
        ("plain", "plain"), ("${A}", "1"), ("x${A}y${B}z", "x1y2z"), ("${C:-three}", "three"),
        ("${A:-unused}", "1"), ("${C:-}", ""), ("$$A and $5", "$A and $5"), ("${C:-a:-b}", "a:-b"),
        ("$", "$"), ("$${A}", "${A}"),
    ])
    func `variables are replaced`(source: String, text: String) throws {
        #expect(try Substitution(expanding: source) { ["A": "1", "B": "2"][$0] }.text == text)
    }

    @Test(arguments: [
        ("${C}", Substitution.Failure.unset("C")), ("${A", .unterminated),
        ("${}", .invalidName("")), ("${1}", .invalidName("1")), ("${A-b}", .invalidName("A-b")),
    ])
    func `what cannot be replaced is said`(source: String, failure: Substitution.Failure) {
        #expect(throws: failure) { try Substitution(expanding: source) { _ in nil } }
    }

    @Test(arguments: [
        ("${A}", "A"), ("${A:-x}", "A"), ("a${A}", nil), ("${A}${A}", nil), ("A", nil),
    ])
    func `a text that is one variable says which`(source: String, name: String?) throws {
        #expect(try Substitution(expanding: source) { _ in "v" }.soleVariable == name)
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("15s", .seconds(15)), ("2m", .seconds(120)),
        ("1h", .seconds(3600)), ("7d", .seconds(604_800)), ("15", nil), ("s", nil), ("-1s", nil),
        ("1.5s", nil), ("1 s", nil), ("99999999999999999999s", nil), ("9223372036854775807h", nil),
    ])
    func `a length of time has a unit`(text: String, duration: Duration?) {
        #expect(Duration(quantity: text) == duration)
    }

    @Test(arguments: [
        ("8192", 8_192), ("128k", 128_000), ("1M", 1_000_000), ("0", nil), ("8K", nil),
        ("1.5M", nil), ("1000M", 1_000_000_000), ("1001M", nil), ("-1", nil), ("", nil),
    ])
    func `a number of tokens may have a unit`(text: String, count: Int?) {
        #expect(tokenCount(quantity: text) == count)
    }

    @Test(arguments: [
        ("20%", 0.2), ("0%", 0), ("100%", 1), ("2.5%", 0.025), ("20", nil), ("%", nil),
        ("101%", nil), ("-1%", nil), (".5%", nil), ("1.%", nil), ("1.2.3%", nil), ("1e1%", nil),
        ("nan%", nil), ("0x1%", nil),
    ])
    func `a share has a percent sign`(text: String, share: Double?) {
        #expect(martlet.share(quantity: text) == share)
    }

    @Test(arguments: [
        ("4096", 4096), ("64kB", 64_000), ("64KiB", 65_536), ("32MB", 32_000_000),
        ("1GiB", 1 << 30), ("2TB", nil), ("MB", nil), ("9223372036854775807GiB", nil),
    ])
    func `a size has a unit or is in bytes`(text: String, count: Int?) {
        #expect(byteCount(quantity: text) == count)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", true), ("[::1]:1", true), ("unix:/a", true), ("localhost:1", true),
        ("0.0.0.0:80", false), ("127.example.org:80", false), ("127.1:80", false),
        ("localhost.example:1", false), ("[::]:80", false), ("10.1.2.3:1", false),
    ])
    func `an address says who can reach it`(text: String, isLocal: Bool) throws {
        #expect(try ListenAddress(text).isLocal == isLocal)
    }

    @Test(arguments: [
        ("https://a.b/v1", "https://a.b/v1"), ("https://a.b/v1//", "https://a.b/v1"),
        ("http://[::1]:80", "http://[::1]:80"), ("https://u:p@a.b", nil), ("https://a.b/?x=1", nil),
        ("https://a.b#c", nil), ("https://", nil), ("https://a b", nil), ("https://a.b:0", nil),
        ("https://a.b:x", nil), ("file:///etc/passwd", nil), ("https://a.b/../c", nil),
        ("https://a/{region}", nil),
    ])
    func `a base URL is a scheme, a host and a path`(text: String, result: String?) {
        #expect(BaseURL(text)?.text == result)
    }

    @Test(arguments: [
        ("lisen", "listen"), ("modles", "models"), ("PROVIDERS", "providers"), ("xyzzy", nil),
    ])
    func `the nearest name is suggested`(name: String, near: String?) {
        let hint = suggestion(for: name, among: ["listen", "models", "providers", "data"])
        #expect(hint == near.map { "did you mean \"\($0)\"?" })
    }

    @Test(arguments: [("", "", 0), ("abc", "", 3), ("ab", "ba", 1), ("kitten", "sitting", 3)])
    func `the distance of two names counts edits`(first: String, second: String, distance: Int) {
        #expect(editDistance(first, second) == distance)
        #expect(editDistance(second, first) == distance)
    }
}
