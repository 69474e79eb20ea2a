/// Makes what is reported of sums of loss and metrics (`StepTotals.values`), of one step or several.
struct ReportedMeans {
    /// For each reported value, the place of the sum that it is divided by: that of the positions a metric's mask
    /// leaves; nil: the samples.
    private let divisors: [Int?]
    /// The number of sums, and of what is reported of them.
    let sums: Int
    var reported: Int { divisors.count }

    /// - Parameter masked: for each reported value which of the masked objectives it is a metric of; nil for the
    ///   others.
    init(masked: [Int?]) {
        divisors = masked.map { index in index.map { masked.count + $0 } }
        sums = masked.count + ((masked.compactMap { $0 }.max()).map { $0 + 1 } ?? 0)
    }

    /// The mean of each value; 0 where a mask has left nothing.
    func callAsFunction(_ sums: [Double], samples: Int) -> [Double] {
        zip(sums, divisors).map { sum, divisor in
            let count = divisor.map { sums[$0] } ?? Double(max(samples, 1))
            return count == 0 ? 0 : sum / count
        }
    }
}
