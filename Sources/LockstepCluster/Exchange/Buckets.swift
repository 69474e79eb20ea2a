/// The buckets of an arena of gradients, in the order in which backward completes them: from the arena's end.
///
/// - Parameters:
///   - starts: where each layer's weights begin, ascending.
///   - count: elements of the arena.
///   - size: the elements that a bucket should have. Layers are joined until they have as many. Larger layers are cut
///     into buckets of about as many.
package func buckets(starts: [Int], count: Int, size: Int) -> [Range<Int>] {
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

/// Cuts a range into parts whose sizes differ by at most a cache line. All parts begin a whole number of cache lines
/// after the range's start. Some may be empty.
package func cut(_ range: Range<Int>, into parts: Int) -> [Range<Int>] {
    (0..<parts).map { cut(range, into: parts, part: $0) }
}

/// One of the parts of a cut.
package func cut(_ range: Range<Int>, into parts: Int, part: Int) -> Range<Int> {
    let line = 16
    let lines = (range.count + line - 1) / line
    let (first, last) = (lines * part / parts * line, lines * (part + 1) / parts * line)
    return range.lowerBound + min(first, range.count)..<range.lowerBound + min(last, range.count)
}

/// Cuts a range into parts of at most `size` elements.
func cut(_ range: Range<Int>, pieces size: Int) -> [Range<Int>] {
    range.isEmpty ? [] : cut(range, into: (range.count + size - 1) / size)
}

/// A part of a bucket that one rank of each node owns.
package struct Segment: Equatable {
    package let range: Range<Int>
    /// For each node, the place there of the rank that owns it.
    package let owners: [Int]
}

/// Cuts a bucket into segments. Each node cuts the bucket evenly among its ranks, and nodes may have different numbers
/// of ranks. So the segments lie between the cuts of all nodes.
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
