// SPDX-License-Identifier: Apache-2.0
import Accounting
import LedgerStore

/// The Monday on which all tests happen. Units: microseconds since 1970.
let monday: Int64 = 1_795_392_000_000_000

/// An entry whose id says which one it is.
func makeEntry(_ number: Int, model: String = "openai/gpt-4o") -> LedgerEntry {
    var entry = LedgerEntry(
        id: "call-\(number)", timeMicroseconds: monday + Int64(number),
        operation: "chat.completions")
    entry.requestedModel = model
    entry.state = .complete
    entry.status = 200
    return entry
}

/// A writer on a scripted disk at a fixed time.
func makeWriter(
    _ disk: any JournalDisk, id: String = "0", limits: SegmentLimits = SegmentLimits(),
    clock: @escaping () -> Int64 = { monday }
) -> JournalWriter {
    JournalWriter(disk: disk, writerID: id, schedule: NoSync(), limits: limits, clock: clock)
}

/// All that a journal holds: the ids of its entries, and its damage.
func readAll(_ disk: any JournalDisk) throws -> (ids: [String], damage: [JournalDamage]) {
    var reader = try JournalReader(disk: disk)
    var ids: [String] = []
    var damage: [JournalDamage] = []
    while let event = try reader.next() {
        switch event {
        case .entry(let entry): ids.append(entry.id)
        case .damage(let found): damage.append(found)
        }
    }
    return (ids, damage)
}

/// A disk with one segment of `count` entries, its name and the offset of the last frame.
func makeSegment(
    _ count: Int, model: String = "openai/gpt-4o"
) throws -> (disk: ScriptedDisk, name: String, lastFrame: Int) {
    let disk = ScriptedDisk()
    let writer = makeWriter(disk)
    var lastFrame = 0
    for number in 0..<count {
        lastFrame = disk.files.values.first?.count ?? 0
        try writer.record(makeEntry(number, model: model))
    }
    return (disk, disk.files.keys.first ?? "", lastFrame)
}
