/// Turns sums of losses and metrics (`StepTotals.values`) into the means that are reported, for one step or several.
struct ReportedMeans {
    /// For each reported value, the index of the sum that divides it. A metric of a masked output is divided by the
    /// number of positions that count. Nil divides by the number of samples.
    private let divisors: [Int?]
    /// The number of sums: one for each reported value, and one for each masked output.
    let sums: Int
    var reported: Int { divisors.count }

    /// - Parameter masked: for each reported value, the index of its masked output; nil if it has none.
    init(masked: [Int?]) {
        divisors = masked.map { index in index.map { masked.count + $0 } }
        sums = masked.count + ((masked.compactMap { $0 }.max()).map { $0 + 1 } ?? 0)
    }

    /// The mean of each value; 0 where no position counts.
    func callAsFunction(_ sums: [Double], samples: Int) -> [Double] {
        zip(sums, divisors).map { sum, divisor in
            let count = divisor.map { sums[$0] } ?? Double(max(samples, 1))
            return count == 0 ? 0 : sum / count
        }
    }
}
