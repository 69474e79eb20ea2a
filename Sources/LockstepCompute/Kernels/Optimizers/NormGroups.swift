/// Bounds of norms. Elements become `x · desired / (1e-7 + norm)` with
/// `desired = rate·clip(norm, from minimum to maximum) + (1 − rate)·norm`.
package struct NormBounds: Sendable {
    private let minimum, maximum, rate: Double

    package init(from minimum: Double = 0, to maximum: Double, rate: Double = 1) {
        (self.minimum, self.maximum, self.rate) = (minimum, maximum, rate)
    }

    /// The factor of the elements of a group with this norm.
    package func factor(norm: Double) -> Float {
        let desired = rate * min(max(norm, minimum), maximum) + (1 - rate) * norm
        return Float(desired / (1e-7 + norm))
    }
}

/// Groups of a tensor's elements; each group has a norm. The elements of a group differ only in their indices along
/// some axes.
package struct NormGroups: Sendable {
    private struct Axis {
        let count, stride: Int
    }

    /// The axes along which groups differ, and those along which a group's elements lie.
    private let kept, reduced: [Axis]
    /// How many groups there are.
    package let count: Int
    /// Elements of a group.
    private let size: Int

    /// - Parameter axes: those along which a group's elements lie, counted from 0.
    package init(_ shape: Shape, axes: Set<Int>) {
        var (kept, reduced): ([Axis], [Axis]) = ([], [])
        var stride = shape.count
        for axis in 0..<shape.rank {
            stride /= max(shape[axis], 1)
            if axes.contains(axis) {
                reduced.append(Axis(count: shape[axis], stride: stride))
            } else {
                kept.append(Axis(count: shape[axis], stride: stride))
            }
        }
        (self.kept, self.reduced) = (kept, reduced)
        count = kept.reduce(1) { $0 * $1.count }
        size = reduced.reduce(1) { $0 * $1.count }
    }

    /// Brings the norms of some groups within bounds. A group's norm is summed in the same order on every thread and
    /// rank.
    package func bound(_ x: Tensor, groups: Range<Int>, to bounds: NormBounds, on crew: Crew) {
        precondition(x.count == count * size && groups.upperBound <= count, "groups \(groups) of \(x.shape)")
        guard x.count > 0 else { return }
        let work = Work(
            groups: self, first: groups.lowerBound, bounds: bounds, x: x.pointer,
            cut: crew.cut(groups.count, grain: max(1, 16 * 1024 / size)))
        crew.perform(work, chunks: work.cut.chunks)
    }

    /// The offset of the place that an index has among all places along some axes.
    private static func offset(_ index: Int, _ axes: ArraySlice<Axis>) -> Int {
        var (rest, offset) = (index, 0)
        for axis in axes.reversed() {
            offset += rest % axis.count * axis.stride
            rest /= axis.count
        }
        return offset
    }

    private struct Work: ChunkedWork {
        let groups: NormGroups
        let first: Int
        let bounds: NormBounds
        let x: UnsafeMutablePointer<Float>
        let cut: Cut
        /// The most neighbouring groups that are processed together.
        private static let most = 64

        init(groups: NormGroups, first: Int, bounds: NormBounds, x: UnsafeMutablePointer<Float>, cut: Cut) {
            (self.groups, self.first, self.bounds, self.x, self.cut) = (groups, first, bounds, x, cut)
        }

        func run(chunk: Int) {
            withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.most) { squares in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.most) { factors in
                    var group = first + cut[chunk].lowerBound
                    let end = first + cut[chunk].upperBound
                    while group < end {
                        let count = neighbours(of: group, before: end)
                        let place = x + NormGroups.offset(group, groups.kept[...])
                        for index in 0..<count { squares[index] = 0 }
                        eachPlace { offset in
                            for index in 0..<count {
                                let value = Double(place[offset + index])
                                squares[index] += value * value
                            }
                        }
                        for index in 0..<count { factors[index] = bounds.factor(norm: squares[index].squareRoot()) }
                        eachPlace { offset in for index in 0..<count { place[offset + index] *= factors[index] } }
                        group += count
                    }
                }
            }
        }

        /// How many groups, from `group` on, have elements that lie side by side.
        private func neighbours(of group: Int, before end: Int) -> Int {
            guard let last = groups.kept.last, last.stride == 1 else { return 1 }
            return min(Self.most, end - group, last.count - group % last.count)
        }

        /// Calls the body for each place along the axes of a group.
        private func eachPlace(_ body: (_ offset: Int) -> Void) {
            guard let inner = groups.reduced.last else { return body(0) }
            let outer = groups.reduced.dropLast()
            for index in 0..<groups.size / inner.count {
                let start = NormGroups.offset(index, outer)
                for place in 0..<inner.count { body(start + place * inner.stride) }
            }
        }
    }
}
