/// Nested loops over the rows of a batch and over indices within a row. They go through one tensor that is written and
/// up to three that are read.
///
/// Two neighbouring loops become one if, in all tensors, the outer loop continues where the inner one ends. Loops are
/// made once; going through them allocates nothing.
package struct Loops: Sendable {
    /// Loops that move among the written elements, outermost first.
    let kept: Nest
    /// Loops that stay on a written element. It gets the sum of what they read, or the largest or smallest.
    let reduced: Nest
    /// Whether rows of the batch are among the reduced loops.
    let reducesBatch: Bool
    /// Whether what is summed lies along memory.
    let sumsAlong: Bool
    private let base, batch: Places

    /// - Parameters:
    ///   - extents: how far each index goes.
    ///   - out: the tensor that is written.
    ///   - p: the first tensor that is read; q and r are the others, if there are any.
    package init(_ extents: [Int], out: View, _ p: View, _ q: View? = nil, _ r: View? = nil) {
        let (q, r) = (q ?? .single(rank: extents.count), r ?? .single(rank: extents.count))
        precondition(
            [out, p, q, r].allSatisfy { $0.strides.count == extents.count }, "strides for \(extents.count) indices")
        base = Places(out: out.offset, p: p.offset, q: q.offset, r: r.offset)
        batch = Places(out: out.batch, p: p.batch, q: q.batch, r: r.batch)
        var loops = [Loop(extent: 1, strides: batch)]
        for (axis, extent) in extents.enumerated() where extent != 1 {
            let strides = Places(out: out.strides[axis], p: p.strides[axis], q: q.strides[axis], r: r.strides[axis])
            if loops[loops.count - 1].strides == strides * extent {
                loops[loops.count - 1] = Loop(extent: loops[loops.count - 1].extent * extent, strides: strides)
            } else {
                loops.append(Loop(extent: extent, strides: strides))
            }
        }
        kept = Nest(loops.filter { $0.strides.out != 0 })
        reduced = Nest(loops.filter { $0.strides.out == 0 })
        reducesBatch = loops[0].strides.out == 0
        let last = loops[loops.count - 1].strides
        sumsAlong = last.out == 0 && last.p == 1
    }

    /// All elements of some rows, in the same order in all tensors.
    package static func elements(of row: Shape) -> Loops {
        let view = View([row.count])
        return Loops([row.count], out: view, view, view, view)
    }

    var isReduction: Bool { reducesBatch || !reduced.loops.isEmpty }

    /// Where the loops begin if `row` is their first row.
    func start(row: Int) -> Places { base + batch * row }
    /// How many elements are written.
    func keptCount(rows: Int) -> Int { kept.count * (reducesBatch ? 1 : rows) }
    /// How many steps are summed into each element.
    func reducedCount(rows: Int) -> Int { reduced.count * (reducesBatch ? rows : 1) }
}

/// Places in the four tensors, or distances between places.
struct Places: Equatable, Sendable {
    var out, p, q, r: Int

    static func + (a: Places, b: Places) -> Places {
        Places(out: a.out &+ b.out, p: a.p &+ b.p, q: a.q &+ b.q, r: a.r &+ b.r)
    }
    static func * (a: Places, factor: Int) -> Places {
        Places(out: a.out &* factor, p: a.p &* factor, q: a.q &* factor, r: a.r &* factor)
    }
}

struct Loop: Sendable {
    let extent: Int
    let strides: Places
}

/// Loops within one another, outermost first.
struct Nest: Sendable {
    let loops: [Loop]
    /// Steps in all, for one row of the batch.
    let count: Int
    let last: Loop
    /// What the two innermost loops repeat, if they go along memory in the written tensor; nil if they do not.
    let period: Period?

    init(_ loops: [Loop]) {
        self.loops = loops
        period = loops.count > 1 ? Period(outer: loops[loops.count - 2].strides, inner: loops[loops.count - 1]) : nil
        count = loops.reduce(1) { $0 * $1.extent }
        last = loops.last ?? Loop(extent: 1, strides: Places(out: 0, p: 0, q: 0, r: 0))
    }

    /// The extent of the innermost loop if all loops make `count` steps together. A single loop makes all of them.
    func lastExtent(count: Int) -> Int { loops.count > 1 ? last.extent : count }

    /// How many steps the two innermost loops make together if all loops make `count`.
    func runExtent(count: Int) -> Int { loops.count > 2 ? last.extent * loops[loops.count - 2].extent : count }

    /// The places of a step of the nest. The step may lie beyond the outermost loop's extent: the further rows of the
    /// batch are there.
    func places(at step: Int) -> Places {
        var places = Places(out: 0, p: 0, q: 0, r: 0)
        var rest = step
        var index = loops.count - 1
        while index > 0 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: loops[index].extent)
            places = places + loops[index].strides * remainder
            rest = quotient
            index -= 1
        }
        return loops.isEmpty ? places : places + loops[0].strides * rest
    }
}

/// A short loop within another, where both go along memory in the written tensor. Each tensor that is read goes along
/// memory too, or repeats the elements of the short loop.
struct Period: Sendable {
    /// The extent of the short loop.
    let length: Int
    /// Whether a tensor repeats its elements.
    let p, q, r: Bool
    /// With longer loops the vectors that are not whole cost little.
    private static let longest = 48

    /// - Returns: nil for other loops, and for a loop of whole vectors.
    init?(outer: Places, inner: Loop) {
        let (length, strides) = (inner.extent, inner.strides)
        guard length <= Self.longest, length % Lanes.width != 0, strides.out == 1, outer.out == length else {
            return nil
        }
        for (far, near) in [(outer.p, strides.p), (outer.q, strides.q), (outer.r, strides.r)] {
            guard far == 0 || near == 1 && far == length else { return nil }
        }
        self.length = length
        (p, q, r) = (outer.p == 0, outer.q == 0, outer.r == 0)
    }
}
