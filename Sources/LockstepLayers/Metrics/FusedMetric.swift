import LockstepCompute
import LockstepGraph

/// A mean with a kernel that computes the sum over rows in one pass.
package protocol FusedMetric: MeanMetric {
    /// Nil if the kernel does not take the arguments.
    var kernel: MetricKernel? { get }
}

/// The kernels of metrics.
package enum MetricKernel: Sendable {
    case accuracy(AccuracyKernel)
    case error(LossKernel)

    /// The sum over a rank's rows, from which the mean is computed.
    ///
    /// - Parameter mask: 0 for rows that do not count; nil if all rows count.
    package func sum(outputs: Tensor, targets: Tensor, mask: Tensor? = nil, on crew: Crew) -> Double {
        guard let mask else { return sumOfAll(outputs: outputs, targets: targets, on: crew) }
        let rows = mask.count
        func some(_ x: Tensor, _ range: Range<Int>) -> Tensor {
            let width = x.count / max(rows, 1)
            return x.part(at: range.lowerBound * width, shape: [range.count, width])
        }
        var (sum, first) = (0.0, 0)
        // Adjacent rows that count are summed in one call.
        while first < rows {
            var last = first
            while last < rows, mask[last] != 0 { last += 1 }
            if last > first {
                sum += sumOfAll(outputs: some(outputs, first..<last), targets: some(targets, first..<last), on: crew)
            }
            first = last + 1
        }
        return sum
    }

    private func sumOfAll(outputs: Tensor, targets: Tensor, on crew: Crew) -> Double {
        switch self {
        case .accuracy(let kernel): kernel.sum(outputs: outputs, targets: targets, on: crew)
        case .error(let kernel): kernel.sum(outputs: outputs, targets: targets, gradient: nil, on: crew)
        }
    }
}
