// SPDX-License-Identifier: Apache-2.0
import JSON
import Wire

/// Bodies of JSON values: any cut gives the same, lines are those that a split finds, and of valid
/// JSON the frames are its objects.
enum JSONFrameProperties {
    static func check(_ input: FuzzInput) {
        let bytes = input.payload
        let lines = FrameReading.read(bytes, of: input, with: JSONLinesFrames.self)
        let expected = bytes.split(separator: 0x0A).filter { $0.contains { $0 > 0x20 } }
        require(lines.problem == nil, "a short line has a problem")
        require(lines.frames.map(\.data) == expected.map(Array.init), "a line differs")
        require(lines.frames.allSatisfy(\.name.isEmpty), "a line has a name")

        let objects = FrameReading.read(bytes, of: input, with: JSONSequenceFrames.self)
        if let elements = elements(of: bytes) {
            require(objects.problem == nil, "valid JSON has a problem: \(objects)")
            require(objects.frames.map(\.data) == elements, "an object differs: \(objects)")
        }
        for frame in objects.frames {
            require(frame.data.first == 0x7B, "a frame begins with no object")
            require(frame.data.last == 0x7D || frame.data.last == 0x5D, "a frame does not end")
        }
        _ = FrameReading.read(bytes, of: input, with: EventOrJSONFrames.self)
    }

    /// The objects that the text is one of, or an array of; nil where it is something else.
    private static func elements(of bytes: [UInt8]) -> [[UInt8]]? {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        let root = document.root
        switch document.kind(of: root) {
        case .object: return [document.bytes(of: root).copy]
        case .array:
            var objects: [[UInt8]] = []
            for element in document.children(of: root) {
                guard document.kind(of: element) == .object else { return nil }
                objects.append(document.bytes(of: element).copy)
            }
            return objects
        default: return nil
        }
    }
}
