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
            count: count, cut: crew.cut(count, grain: grain))
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
    /// Elements in all.
    let count: Int
    let cut: Cut

    func run(chunk: Int) { formula.accept(Visitor(work: self, range: cut[chunk])) }

    private struct Visitor: FormulaVisitor {
        let work: Mapping
        let range: Range<Int>

        func visit<Function: LanesFunction>(_: Function.Type) {
            if let period = work.nest.period {
                return repeated(Function.self, period, run: work.nest.runExtent(count: work.count))
            }
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

        /// Goes along memory in long runs, in which some tensors repeat a few elements. Vectors of these come from
        /// copies, which go on behind the last element with the first.
        private func repeated<Function: LanesFunction>(_: Function.Type, _ period: Period, run extent: Int) {
            let width = period.length + Lanes.width
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { copies in
                let memory = copies.baseAddress!
                /// A tensor in a run, from its first element on.
                func operand(
                    _ pointer: UnsafeMutablePointer<Float>, _ repeats: Bool, stride: Int, copy: Int
                ) -> UnsafeMutablePointer<Float> {
                    guard repeats else { return pointer }
                    let place = memory + copy * width
                    for index in 0..<width { place[index] = pointer[index % period.length * stride] }
                    return place
                }
                let strides = work.nest.last.strides
                var step = range.lowerBound
                while step < range.upperBound {
                    let within = step % extent
                    let end = min(extent, within + range.upperBound - step)
                    let places = work.nest.places(at: step - within)
                    let p = operand(work.operands.p + places.p, period.p, stride: strides.p, copy: 0)
                    let q = operand(work.operands.q + places.q, period.q, stride: strides.q, copy: 1)
                    let r = operand(work.operands.r + places.r, period.r, stride: strides.r, copy: 2)
                    let out = work.operands.out + places.out
                    var phase = within % period.length
                    for place in stride(from: within, to: end, by: Lanes.width) {
                        let lanes = min(end - place, Lanes.width)
                        Function.of(
                            Lanes(p + (period.p ? phase : place), count: lanes),
                            Lanes(q + (period.q ? phase : place), count: lanes),
                            Lanes(r + (period.r ? phase : place), count: lanes)
                        ).store(out + place, count: lanes)
                        phase += Lanes.width
                        while phase >= period.length { phase -= period.length }
                    }
                    step += end - within
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
        nest: Nest([Loop(extent: 1, strides: places)]), extent: out.count, count: out.count,
        cut: crew.cut(out.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}
