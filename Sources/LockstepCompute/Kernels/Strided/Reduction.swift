/// The most terms that are added one after another. Their sum is then added to the other sums; this is more exact than
/// one long sum.
private let blockSize = 256

/// Combines several values for each element, in the order of the loops.
struct Reduction: ChunkedWork {
    let formula: Formula
    let combination: Combination
    let operands: Operands
    let kept, reduced: Nest
    /// How many values there are for each element.
    let terms: Int
    /// The extent of the innermost kept loop.
    let keptExtent: Int
    /// Whether a vector holds terms of one element. Otherwise it holds neighbouring elements.
    let sumsAlong: Bool
    let cut: Cut

    func run(chunk: Int) {
        switch combination {
        case .sum: formula.accept(Visitor<Total>(work: self, range: cut[chunk]))
        case .maximum: Visitor<Largest>(work: self, range: cut[chunk]).visit(Identity.self)
        case .minimum: Visitor<Smallest>(work: self, range: cut[chunk]).visit(Identity.self)
        }
    }

    private struct Visitor<Combining: LanesCombination>: FormulaVisitor {
        let work: Reduction
        let range: Range<Int>

        func visit<Function: LanesFunction>(_ function: Function.Type) {
            var step = range.lowerBound
            while step < range.upperBound {
                let places = work.kept.places(at: step)
                let rest = min(work.keptExtent - step % work.keptExtent, range.upperBound - step)
                if work.sumsAlong {
                    let value = along(function, places)
                    work.operands.out[places.out] = value
                    step += 1
                } else if rest >= 4 * Lanes.width {
                    across4(function, places)
                    step += 4 * Lanes.width
                } else {
                    let lanes = min(rest, Lanes.width)
                    across(function, places, count: lanes)
                    step += lanes
                }
            }
        }

        /// Calls the body for runs of terms along the innermost reduced loop, with the start and length of each.
        @inline(__always)
        private func eachBlock(_ places: Places, size: Int, _ body: (_ places: Places, _ count: Int) -> Void) {
            let extent = work.reduced.lastExtent(count: work.terms)
            var term = 0
            while term < work.terms {
                var start = places + work.reduced.places(at: term)
                var rest = extent
                term += extent
                while rest > 0 {
                    body(start, min(rest, size))
                    start = start + work.reduced.last.strides * size
                    rest -= size
                }
            }
        }

        /// One element, whose terms lie along memory.
        @inline(__always)
        private func along<Function: LanesFunction>(_ function: Function.Type, _ places: Places) -> Float {
            let strides = work.reduced.last.strides
            var total = Lanes(repeating: Combining.neutral)
            eachBlock(places, size: blockSize * Lanes.width) { start, count in
                var (part, at, rest) = (Lanes(repeating: Combining.neutral), start, count)
                while rest > 0 {
                    let lanes = min(rest, Lanes.width)
                    part = Combining.of(
                        part,
                        work.operands.value(function, at, strides, count: lanes).first(lanes, else: Combining.neutral))
                    at = at + strides * Lanes.width
                    rest -= lanes
                }
                total = Combining.of(total, part)
            }
            // Adds the lanes in pairs: one half of the vector to the other.
            var width = Lanes.width / 2
            while width > 0 {
                var other = Lanes(repeating: Combining.neutral)
                for lane in 0..<width { other[lane] = total[lane + width] }
                total = Combining.of(total, other)
                width /= 2
            }
            return total[0]
        }

        /// Up to eight neighbouring elements.
        @inline(__always)
        private func across<Function: LanesFunction>(_ function: Function.Type, _ places: Places, count lanes: Int) {
            let (strides, step) = (work.kept.last.strides, work.reduced.last.strides)
            var total = Lanes(repeating: Combining.neutral)
            eachBlock(places, size: blockSize) { start, count in
                var (part, at) = (Lanes(repeating: Combining.neutral), start)
                for _ in 0..<count {
                    part = Combining.of(part, work.operands.value(function, at, strides, count: lanes))
                    at = at + step
                }
                total = Combining.of(total, part)
            }
            total.store(work.operands.out + places.out, stride: strides.out, count: lanes)
        }

        /// Four vectors of neighbouring elements. Their sums do not wait for one another.
        @inline(__always)
        private func across4<Function: LanesFunction>(_ function: Function.Type, _ places: Places) {
            let (strides, step) = (work.kept.last.strides, work.reduced.last.strides)
            let next = strides * Lanes.width
            let neutral = Lanes(repeating: Combining.neutral)
            var (total0, total1, total2, total3) = (neutral, neutral, neutral, neutral)
            eachBlock(places, size: blockSize) { start, count in
                var (part0, part1, part2, part3) = (neutral, neutral, neutral, neutral)
                var at = start
                for _ in 0..<count {
                    part0 = Combining.of(part0, work.operands.value(function, at, strides, count: Lanes.width))
                    part1 = Combining.of(part1, work.operands.value(function, at + next, strides, count: Lanes.width))
                    part2 = Combining.of(
                        part2, work.operands.value(function, at + next * 2, strides, count: Lanes.width))
                    part3 = Combining.of(
                        part3, work.operands.value(function, at + next * 3, strides, count: Lanes.width))
                    at = at + step
                }
                total0 = Combining.of(total0, part0)
                total1 = Combining.of(total1, part1)
                total2 = Combining.of(total2, part2)
                total3 = Combining.of(total3, part3)
            }
            let place = work.operands.out + places.out
            total0.store(place, stride: strides.out)
            total1.store(place + next.out, stride: strides.out)
            total2.store(place + 2 * next.out, stride: strides.out)
            total3.store(place + 3 * next.out, stride: strides.out)
        }
    }
}

/// A combination as a type.
private protocol LanesCombination {
    static var neutral: Float { get }
    static func of(_ a: Lanes, _ b: Lanes) -> Lanes
}

private enum Total: LanesCombination {
    static var neutral: Float { 0 }
    @inline(__always) static func of(_ a: Lanes, _ b: Lanes) -> Lanes { a + b }
}
private enum Largest: LanesCombination {
    static var neutral: Float { -.infinity }
    @inline(__always) static func of(_ a: Lanes, _ b: Lanes) -> Lanes { larger(a, b) }
}
private enum Smallest: LanesCombination {
    static var neutral: Float { .infinity }
    @inline(__always) static func of(_ a: Lanes, _ b: Lanes) -> Lanes { smaller(a, b) }
}
