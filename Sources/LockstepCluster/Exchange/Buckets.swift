/// The parts in which an arena of gradients is summed, in the order in which backward completes them: from its end.
///
/// - Parameters:
///   - starts: where the parameters of each layer begin, ascending.
///   - count: elements of the arena.
///   - size: the elements a bucket should have: layers are put together until they have as many, larger ones cut into
///     about as many.
public func buckets(starts: [Int], count: Int, size: Int) -> [Range<Int>] {
    precondition(size > 0, "buckets of \(size) elements")
    var result: [Range<Int>] = []
    var end = count
    for start in starts.reversed() + [0] where end - start >= size || start == 0 {
        guard end > start else { continue }
        let parts = max(1, (end - start) / size)
        result += cut(start..<end, into: parts).filter { !$0.isEmpty }.reversed()
        end = start
    }
    return result
}

/// A range in parts whose sizes differ by at most a cache line, on which all begin that the range itself does not; some
/// may be empty.
public func cut(_ range: Range<Int>, into parts: Int) -> [Range<Int>] {
    (0..<parts).map { cut(range, into: parts, part: $0) }
}

/// One of the parts of a cut.
package func cut(_ range: Range<Int>, into parts: Int, part: Int) -> Range<Int> {
    let line = 16
    let lines = (range.count + line - 1) / line
    let (first, last) = (lines * part / parts * line, lines * (part + 1) / parts * line)
    return range.lowerBound + min(first, range.count)..<range.lowerBound + min(last, range.count)
}

/// A range in parts of at most so many elements.
func cut(_ range: Range<Int>, pieces size: Int) -> [Range<Int>] {
    range.isEmpty ? [] : cut(range, into: (range.count + size - 1) / size)
}

/// A part of a bucket that one rank of each node owns.
package struct Segment: Equatable {
    package let range: Range<Int>
    /// For each node, the place there of the rank that owns it.
    package let owners: [Int]
}

/// A bucket in segments: each node cuts it evenly among its ranks, so where nodes differ in ranks, the cuts of all
/// bound the segments.
///
/// - Parameter ranks: how many ranks each node has.
package func segments(of bucket: Range<Int>, ranks: [Int]) -> [Segment] {
    let cuts = ranks.map { cut(bucket, into: $0) }
    let bounds = Set(cuts.joined().flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
    return zip(bounds, bounds.dropFirst()).map { lower, upper in
        let owners = cuts.map { parts in parts.firstIndex { $0.lowerBound <= lower && upper <= $0.upperBound }! }
        return Segment(range: lower..<upper, owners: owners)
    }
}
