// SPDX-License-Identifier: Apache-2.0

/// The elements of an array that is a whole text, by their place, after all of it was validated.
///
/// Keeps no bytes of the text, and no more than a range an element: what is in one is for whoever
/// reads it. Complexity: one pass over the text.
package struct JSONElements: Sendable {
    /// The elements in the order of the text, each from its first to its last byte; none where the
    /// root is no array.
    package let ranges: [Range<Int>]

    /// Throws: as `JSONOutline.scan` does, but for `rootNotAnObject`.
    package init(
        scanning bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        var events = ElementEvents()
        try JSONScanner.scan(bytes, limits: limits, into: &events)
        ranges = events.ranges
    }
}

/// Takes from the scan what lies directly in the root array.
private struct ElementEvents: JSONScanEvents {
    var ranges: [Range<Int>] = []
    private var isArray = false
    private var depth = 0
    private var start = 0

    @inline(__always)
    mutating func open(_ kind: JSONKind, at offset: Int) {
        if depth == 1 {
            start = offset
        } else if depth == 0 {
            isArray = kind == .array
        }
        depth &+= 1
    }

    @inline(__always)
    mutating func close(at end: Int) {
        depth &-= 1
        if depth == 1 { add(start, end) }
    }

    @inline(__always)
    mutating func key(_ extent: StringExtent) {}

    @inline(__always)
    mutating func string(_ extent: StringExtent) {
        if depth == 1 { add(extent.start &- 1, extent.end &+ 1) }
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ start: Int, _ end: Int) {
        if depth == 1 { add(start, end) }
    }

    @inline(never)
    private mutating func add(_ start: Int, _ end: Int) {
        if isArray { ranges.append(start..<end) }
    }
}
