import LockstepLayers

/// Turns sums of losses and metrics (`StepTotals.values`) into the numbers that are reported, for one step or several.
struct ReportedMeans {
    /// A reported number.
    enum Entry {
        /// The mean over samples of one sum.
        case mean(Int)
        case metric(any MetricFunction, sums: Range<Int>)
        /// The sum of ratios: of the losses of objectives, each over the samples of its own turns.
        case ratios([(sum: Int, samples: Int)])
    }

    let entries: [Entry]
    /// The number of sums.
    let sums: Int

    /// The reported numbers. A mean is 0 where no position counts.
    func callAsFunction(_ sums: [Double], samples: Int) -> [Double] {
        entries.map { entry in
            switch entry {
            case .mean(let index): sums[index] / Double(max(samples, 1))
            case .ratios(let ratios): ratios.reduce(0) { $0 + sums[$1.sum] / max(sums[$1.samples], 1) }
            case .metric(let function, let range): function.result(sums[range], samples: max(samples, 1))
            }
        }
    }
}
