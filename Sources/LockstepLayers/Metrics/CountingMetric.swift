import LockstepCompute
import LockstepGraph

/// Counts over samples from which several metrics follow.
protocol MetricCounts {
    func accepts(targets: Shape, outputs: Shape) -> Bool
    func sumCount(outputs: Shape) -> Int
    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor
}

/// A metric that follows from counts.
protocol CountingMetric: MetricFunction {
    associatedtype Counts: MetricCounts
    var counts: Counts { get }
}

extension CountingMetric {
    public func accepts(targets: Shape, outputs: Shape) -> Bool { counts.accepts(targets: targets, outputs: outputs) }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { counts.sumCount(outputs: outputs) }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        counts.sums(outputs: outputs, targets: targets, weights: weights)
    }
}
