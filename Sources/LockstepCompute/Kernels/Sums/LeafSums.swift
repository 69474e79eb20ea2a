/// Adds the sums of leaves in the order of a `SumTree`, or of a whole subtree of it.
///
/// It works like a binary counter: a new sum is added to the sum before it if that has the same number of leaves. After
/// the last leaf, all waiting sums are added.
///
/// - Parameters:
///   - count: elements of a sum.
///   - out: overwritten with the sum of all leaves; with zeros if there are none.
///   - make: overwrites a place with the sum of a leaf. It may use the crew's scratch.
func addLeaves(
    _ leaves: Int, count: Int, into out: UnsafeMutablePointer<Float>, on crew: Crew,
    _ make: (_ leaf: Int, _ place: UnsafeMutablePointer<Float>) -> Void
) {
    guard leaves > 0 else { return out.update(repeating: 0, count: count) }
    let size = FloatBuffer.aligned(count)
    // Sums that wait: one for each power of two up to the number of leaves, the first in `out`.
    let waiting = crew.partialSums((Int.bitWidth - leaves.leadingZeroBitCount - 1) * size)
    func place(_ level: Int) -> UnsafeMutablePointer<Float> { level == 0 ? out : waiting + (level - 1) * size }
    var level = 0
    for leaf in 0..<leaves {
        make(leaf, place(level))
        let isLast = leaf + 1 == leaves
        var number = leaf + 1
        while level > 0, isLast || number % 2 == 0 {
            level -= 1
            add(count, place(level), place(level + 1), into: place(level), on: crew)
            number /= 2
        }
        if !isLast { level += 1 }
    }
}

/// The sum over the leaves of a part, from sums of leaves that lie one after another.
///
/// - Parameters:
///   - sums: one row for each leaf.
///   - first: the part's first leaf among them.
package func addLeaves(_ sums: Tensor, first: Int, leaves: Int, into out: Tensor, on crew: Crew) {
    let width = out.count
    precondition(
        (first + leaves) * width <= sums.count, "leaves \(first)..<\(first + leaves) of \(sums.shape) into \(out.shape)"
    )
    addLeaves(leaves, count: width, into: out.pointer, on: crew) { leaf, place in
        place.update(from: sums.pointer + (first + leaf) * width, count: width)
    }
}

/// The sum over the micro-shards of a part. `make` computes the sum of one micro-shard from its rows.
///
/// - Parameter make: overwrites a tensor of the sum's shape with the sum over some rows. It may use the crew's scratch,
///   but must not add leaves itself.
package func addLeaves(
    of part: RowPartition.Part, into sum: Tensor, on crew: Crew, _ make: (_ rows: Range<Int>, _ sum: Tensor) -> Void
) {
    addLeaves(part.leaves, count: sum.count, into: sum.pointer, on: crew) { leaf, place in
        let isWaiting = place != sum.pointer
        make(part.bounds[leaf]..<part.bounds[leaf + 1], isWaiting ? crew.partialSum(at: place, shape: sum.shape) : sum)
    }
}

/// The sum of leaves in the order of a `SumTree`.
package func addLeaves(_ leaves: ArraySlice<Tensor>, into sum: Tensor, on crew: Crew) {
    addLeaves(leaves.count, count: sum.count, into: sum.pointer, on: crew) { leaf, place in
        place.update(from: leaves[leaves.startIndex + leaf].pointer, count: sum.count)
    }
}
