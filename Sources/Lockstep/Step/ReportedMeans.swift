import LockstepLayers

/// Turns sums of losses and metrics (`StepTotals.values`) into the numbers that are reported, for one step or several.
struct ReportedMeans {
    /// A reported number.
    enum Entry {
        /// The mean over samples of one sum.
        case mean(Int)
        case metric(any MetricFunction, sums: Range<Int>)
    }

    let entries: [Entry]
    /// The number of sums.
    let sums: Int

    /// The reported numbers. A mean is 0 where no position counts.
    func callAsFunction(_ sums: [Double], samples: Int) -> [Double] {
        entries.map { entry in
            switch entry {
            case .mean(let index): sums[index] / Double(max(samples, 1))
            case .metric(let function, let range): function.result(sums[range], samples: max(samples, 1))
            }
        }
    }
}
