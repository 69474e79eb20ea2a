import LockstepCompute
import LockstepGraph

/// Counts of right and wrong decisions at some thresholds: an output above a threshold is positive, a target that is not
/// 0 is true.
///
/// The sums are two histograms over the thresholds that outputs exceed: of the true targets, and of the others.
struct ConfusionCounts {
    /// In ascending order.
    let thresholds: [Double]
    var topK: Int?
    var classId: Int?

    /// The number of sums for each label.
    var width: Int { 2 * bins }
    private var bins: Int { thresholds.count + 1 }

    /// Thresholds that divide [0, 1] evenly; for one, ½.
    static func even(_ count: Int) -> [Double] {
        count == 1 ? [0.5] : (0..<count).map { Double($0) / Double(count - 1) }
    }

    /// Whether the thresholds divide [0, 1] evenly, as Keras checks it.
    private var areEven: Bool {
        thresholds.count >= 3
            && zip(thresholds, Self.even(thresholds.count)).allSatisfy { Swift.abs($0 - $1) <= 1e-7 + 1e-5 * $1 }
    }

    /// What each sample adds: `[batch, width]`.
    ///
    /// - Parameters:
    ///   - weights: for each position; nil if all are 1.
    ///   - labelWeights: for each column.
    ///   - byLabel: whether each column has sums of its own, `[batch, columns · width]`.
    func sums(
        outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?, labelWeights: Tensor? = nil,
        byLabel: Bool = false
    ) -> SymbolicTensor {
        var (outputs, targets) = (outputs, targets)
        if let topK {
            let kept = largest(topK, of: outputs)
            outputs = kept * outputs - 1e10 * (1 - kept)
        }
        if let classId {
            outputs = slice(outputs, axis: -1, classId..<classId + 1)
            targets = slice(targets, axis: -1, classId..<classId + 1)
        }
        let shape = outputs.spec.shape
        var isTrue = unequal(targets, 0)
        var isFalse = 1 - isTrue
        if let labelWeights { (isTrue, isFalse) = (isTrue * labelWeights, isFalse * labelWeights) }
        if let weights {
            let weights = behind(weights, shape)
            (isTrue, isFalse) = (isTrue * weights, isFalse * weights)
        }
        let columns = shape.last ?? 1
        let flat: Shape = byLabel ? [columns, 1] : [shape.count]
        let numbers = reshape(exceeded(outputs), flat)
        let counts = [isTrue, isFalse].map { histogram(numbers, weights: reshape($0, flat), bins: bins) }
        return reshape(concatenate(counts), [byLabel ? columns * width : width])
    }

    /// How many thresholds each output exceeds.
    private func exceeded(_ outputs: SymbolicTensor) -> SymbolicTensor {
        let last = Float(thresholds.count - 1)
        if areEven {
            // As Keras rounds. The first threshold of an AUC lies below 0, so that all outputs exceed it.
            let number = ceil(clip(outputs, to: 0...1) * last)
            return thresholds[0] < 0 ? maximum(number, 1) : number
        }
        let columns = reshape(outputs, Shape(outputs.spec.shape.dimensions + [1]))
        return sum(greater(columns, Tensor(thresholds.map(Float.init))), axes: [-1])
    }

    /// The counts for each threshold: true and false positives, true and false negatives.
    func counts(_ sums: ArraySlice<Double>) -> (tp: [Double], fp: [Double], tn: [Double], fn: [Double]) {
        let sums = Array(sums)
        func above(_ counts: ArraySlice<Double>) -> (above: [Double], rest: [Double]) {
            let total = counts.reduce(0, +)
            let above = thresholds.indices.map { counts.dropFirst($0 + 1).reduce(0, +) }
            return (above, above.map { total - $0 })
        }
        let (tp, fn) = above(sums[..<bins])
        let (fp, tn) = above(sums[bins...])
        return (tp, fp, tn, fn)
    }
}

/// `a / b`, and 0 where b is 0.
func quotient(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }
