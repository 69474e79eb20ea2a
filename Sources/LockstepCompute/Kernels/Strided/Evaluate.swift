/// Elements worth handing to another thread: about 2 µs of a pass over memory in the cache.
private let grain = 16 * 1024

/// How several values of a formula become one element.
package enum Combination: Sendable {
    case sum, maximum, minimum
}

/// Overwrites elements with the values of a formula. An element with several values gets their sum, or the largest or
/// smallest.
///
/// The order in which an element's values are added depends on the loops, and on the rows of the batch if the loops go
/// over them. It never depends on the threads.
///
/// - Parameters:
///   - p: the formula's first argument; q and r are the others, if it takes them.
///   - rows: of the batch.
///   - combination: must be `sum`, except for the formula `copy`.
package func evaluate(
    _ formula: Formula, _ p: Tensor, _ q: Tensor? = nil, _ r: Tensor? = nil, over loops: Loops, rows: Range<Int>,
    combining combination: Combination = .sum, into out: Tensor, on crew: Crew
) {
    precondition(combination == .sum || formula == .copy, "the \(combination) of \(formula)")
    let start = loops.start(row: rows.lowerBound)
    let tensors = Operands(
        out: out.pointer + start.out, p: p.pointer + start.p, q: (q ?? p).pointer + (q == nil ? 0 : start.q),
        r: (r ?? p).pointer + (r == nil ? 0 : start.r))
    let count = loops.keptCount(rows: rows.count)
    if loops.isReduction {
        let terms = loops.reducedCount(rows: rows.count)
        let work = Reduction(
            formula: formula, combination: combination, operands: tensors, kept: loops.kept, reduced: loops.reduced,
            terms: terms,
            keptExtent: loops.kept.lastExtent(count: count), sumsAlong: loops.sumsAlong,
            cut: crew.cut(count, grain: max(1, grain / max(terms, 1))))
        crew.perform(work, chunks: work.cut.chunks)
    } else {
        let work = Mapping(
            formula: formula, operands: tensors, nest: loops.kept, extent: loops.kept.lastExtent(count: count),
            cut: crew.cut(count, grain: grain))
        crew.perform(work, chunks: work.cut.chunks)
    }
}

/// The memory of the four tensors.
struct Operands {
    let out: UnsafeMutablePointer<Float>
    let p, q, r: UnsafeMutablePointer<Float>

    @inline(__always)
    func value<Function: LanesFunction>(_: Function.Type, _ places: Places, _ strides: Places, count: Int) -> Lanes {
        Function.of(
            Lanes(p + places.p, stride: strides.p, count: count), Lanes(q + places.q, stride: strides.q, count: count),
            Lanes(r + places.r, stride: strides.r, count: count))
    }
}

/// One value for each element.
private struct Mapping: ChunkedWork {
    let formula: Formula
    let operands: Operands
    let nest: Nest
    /// The extent of the innermost loop.
    let extent: Int
    let cut: Cut

    func run(chunk: Int) { formula.accept(Visitor(work: self, range: cut[chunk])) }

    private struct Visitor: FormulaVisitor {
        let work: Mapping
        let range: Range<Int>

        func visit<Function: LanesFunction>(_: Function.Type) {
            let strides = work.nest.last.strides
            let isCopy = if case .copy = work.formula { strides.out == 1 && strides.p == 1 } else { false }
            var step = range.lowerBound
            while step < range.upperBound {
                var places = work.nest.places(at: step)
                let count = min(work.extent - step % work.extent, range.upperBound - step)
                step += count
                if isCopy {
                    (work.operands.out + places.out).update(from: work.operands.p + places.p, count: count)
                    continue
                }
                var rest = count
                while rest > 0 {
                    let lanes = min(rest, Lanes.width)
                    work.operands.value(Function.self, places, strides, count: lanes)
                        .store(work.operands.out + places.out, stride: strides.out, count: lanes)
                    places = places + strides * Lanes.width
                    rest -= lanes
                }
            }
        }
    }
}

/// Overwrites all elements with the only element of another tensor.
package func fill(_ out: Tensor, with value: Tensor, on crew: Crew) {
    precondition(value.count == 1, "a fill with \(value.shape)")
    let places = Places(out: 1, p: 0, q: 0, r: 0)
    let work = Mapping(
        formula: .copy, operands: Operands(out: out.pointer, p: value.pointer, q: value.pointer, r: value.pointer),
        nest: Nest([Loop(extent: 1, strides: places)]), extent: out.count, cut: crew.cut(out.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}
