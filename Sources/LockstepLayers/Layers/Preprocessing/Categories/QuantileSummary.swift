#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A few numbers that stand for many, each with the count of those that it stands for, in ascending order. It is what
/// Keras's `Discretization` keeps of data, with the same roundings.
struct QuantileSummary {
    private var values, weights: [Double]

    /// - Parameter epsilon: one number stands for about this share of all.
    init(of numbers: [Float], epsilon: Double) {
        let sorted = numbers.sorted()
        let step = max(Double(sorted.count) * epsilon, 1)
        values = stride(from: Int(step - 1), to: sorted.count, by: Int(step)).map { Double(sorted[$0]) }
        weights = values.map { _ in Double(Float(step)) }
        compress(epsilon: epsilon)
    }

    /// The boundaries between bins that hold about equally many numbers.
    func boundaries(bins: Int) -> [Double] {
        var summary = self
        summary.compress(epsilon: 1 / Double(bins))
        return summary.values.dropLast()
    }

    /// Interpolates to numbers at equal steps of the share of all.
    private mutating func compress(epsilon: Double) {
        guard Double(values.count) * epsilon >= 1 else { return }
        var sums: [Double] = []
        for weight in weights { sums.append(Double(Float((sums.last ?? 0) + weight))) }
        let shares = sums.map { Double(Float($0) / Float(sums[sums.count - 1])) }
        let percents = (0..<Int(ceil(1 / epsilon))).map { epsilon + Double($0) * epsilon }
        let newSums = percents.map { Self.interpolated($0, shares, sums) }
        values = percents.map { Double(Float(Self.interpolated($0, shares, values))) }
        weights = newSums.indices.map { Double(Float(newSums[$0] - ($0 == 0 ? 0 : newSums[$0 - 1]))) }
    }

    /// The value at x of the line through points, constant outside.
    private static func interpolated(_ x: Double, _ xs: [Double], _ ys: [Double]) -> Double {
        guard x > xs[0] else { return ys[0] }
        guard let next = xs.firstIndex(where: { $0 > x }) else { return ys[ys.count - 1] }
        let slope = (ys[next] - ys[next - 1]) / (xs[next] - xs[next - 1])
        return slope * (x - xs[next - 1]) + ys[next - 1]
    }
}
