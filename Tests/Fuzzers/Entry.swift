// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The parser that the environment names: libFuzzer keeps the arguments to itself.
private let target: FuzzTarget = {
    let name = getenv("MARTLET_FUZZER").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("set MARTLET_FUZZER to one of \(names)")
    }
    return target
}()

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(UnsafeBufferPointer(start: start, count: count)) { target.run(input) }
    return 0
}
