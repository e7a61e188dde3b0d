// SPDX-License-Identifier: Apache-2.0

extension ArraySlice<UInt8> {
    /// The elements of a comma-separated value, white space around them and empty ones left out.
    ///
    /// Quoted strings are not known here: the lists that are read have tokens and weights only.
    /// Source: RFC 9110 §5.6.1.
    var listElements: ListElements { ListElements(rest: self) }

    /// The slice without the white space around it.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return slice
    }

    /// Cuts the slice before and after the first `separator`; without one the second is nil.
    func split(at separator: UInt8) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[(index + 1)...])
    }
}

/// Walks over a list without allocating.
struct ListElements: Sequence, IteratorProtocol {
    fileprivate var rest: ArraySlice<UInt8>?

    mutating func next() -> ArraySlice<UInt8>? {
        while let current = rest {
            let (element, remainder) = current.split(at: UInt8(ascii: ","))
            rest = remainder
            let trimmed = element.trimmed
            if !trimmed.isEmpty { return trimmed }
        }
        return nil
    }
}
