import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An array in double precision with plain loops: the oracle of operations.
struct Naive {
    let shape: [Int]
    var values: [Double]

    init(_ shape: [Int], _ value: (_ index: [Int]) -> Double) {
        self.shape = shape
        values = Naive.indices(shape).map(value)
    }

    init(_ tensor: Tensor, shape: Shape) {
        self.shape = shape.dimensions
        values = tensor.elements.map(Double.init)
    }

    /// All indices of a shape, the last dimension's first.
    static func indices(_ shape: [Int]) -> [[Int]] {
        var result: [[Int]] = [[]]
        for extent in shape { result = result.flatMap { start in (0..<extent).map { start + [$0] } } }
        return result
    }

    /// An element by NumPy's rules of broadcasting: leading indices may be too many, and a dimension of 1 takes any.
    subscript(index: [Int]) -> Double {
        var position = 0
        for (axis, extent) in shape.enumerated() {
            let here = index[index.count - shape.count + axis]
            position = position * extent + (extent == 1 ? 0 : here)
        }
        return values[position]
    }

    func map(_ function: (Double) -> Double) -> Naive { Naive(shape) { function(self[$0]) } }

    /// A function of two, with broadcasting.
    static func zip(_ a: Naive, _ b: Naive, _ function: (Double, Double) -> Double) -> Naive {
        let rank = Swift.max(a.shape.count, b.shape.count)
        let (left, right) = (ones(rank - a.shape.count) + a.shape, ones(rank - b.shape.count) + b.shape)
        return Naive(Swift.zip(left, right).map { $0 == 1 ? $1 : $0 }) { function(a[$0], b[$0]) }
    }

    private static func ones(_ count: Int) -> [Int] { [Int](repeating: 1, count: count) }

    /// What a function makes of the elements along some dimensions, which become 1 or go.
    func reduced(_ axes: [Int], keepDims: Bool = false, _ function: ([Double]) -> Double) -> Naive {
        let inside = axes.map { shape[$0] }
        let kept = shape.indices.filter { !axes.contains($0) }
        let small = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        return Naive(keepDims ? small : kept.map { shape[$0] }) { index in
            function(
                Naive.indices(inside).map { inner in
                    var whole = [Int](repeating: 0, count: shape.count)
                    for (place, axis) in axes.enumerated() { whole[axis] = inner[place] }
                    for (place, axis) in kept.enumerated() { whole[axis] = keepDims ? index[axis] : index[place] }
                    return self[whole]
                })
        }
    }

    /// Matrices times matrices over the last two dimensions.
    static func matmul(_ a: Naive, _ b: Naive) -> Naive {
        let depth = a.shape[a.shape.count - 1]
        return Naive(a.shape.dropLast() + [b.shape[b.shape.count - 1]]) { index in
            let (front, row, column) = (index.dropLast(2), index[index.count - 2], index[index.count - 1])
            return (0..<depth).reduce(0) { $0 + a[front + [row, $1]] * b[front + [$1, column]] }
        }
    }

    /// The last two dimensions exchanged.
    var turned: Naive {
        let rank = shape.count
        return Naive(shape.dropLast(2) + [shape[rank - 1], shape[rank - 2]]) {
            self[$0.dropLast(2) + [$0[rank - 1], $0[rank - 2]]]
        }
    }

    /// `e^x / Σ e^x` along the last dimension.
    var softmax: Naive {
        let powers = map { exp($0) }
        return Naive.zip(powers, powers.reduced([shape.count - 1], keepDims: true) { $0.reduce(0, +) }, /)
    }
}
