import LockstepCompute
import LockstepGraph

/// Counts of right and wrong decisions at some thresholds: an output above a threshold is positive, a target that is
/// not 0 is true.
///
/// The sums are two histograms over the thresholds that outputs exceed: of the true targets, and of the others.
struct ConfusionCounts: MetricCounts {
    /// In ascending order.
    let thresholds: [Double]
    /// Only this many largest outputs of a row can be positive; nil: all.
    var topK: Int?
    /// The only column that counts; nil: all do.
    var classId: Int?
    /// Whether each column has sums of its own.
    var isByLabel = false
    /// The weights of columns.
    var labelWeights: [Double]?

    func accepts(targets: Shape, outputs: Shape) -> Bool {
        let columns = outputs.last ?? 1
        return targets.count == outputs.count && classId ?? 0 < columns && topK ?? 1 <= columns
            && (!isByLabel || outputs.rank == 1) && labelWeights?.count ?? columns == columns
    }

    func sumCount(outputs: Shape) -> Int { width * (isByLabel ? outputs.last ?? 1 : 1) }

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

    /// What each sample adds: `[batch, sums]`.
    ///
    /// - Parameter weights: for each position; nil if all are 1.
    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
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
        if let factors = labelWeights.map({ Tensor($0.map(Float.init)) }) {
            (isTrue, isFalse) = (isTrue * factors, isFalse * factors)
        }
        if let weights {
            let weights = behind(weights, shape)
            (isTrue, isFalse) = (isTrue * weights, isFalse * weights)
        }
        let columns = shape.last ?? 1
        let flat: Shape = isByLabel ? [columns, 1] : [shape.count]
        let numbers = reshape(exceeded(outputs), flat)
        let counts = [isTrue, isFalse].map { histogram(numbers, weights: reshape($0, flat), bins: bins) }
        return reshape(concatenate(counts), [isByLabel ? columns * width : width])
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

    /// For each threshold: true and false positives, true and false negatives.
    typealias Decisions = (tp: [Double], fp: [Double], tn: [Double], fn: [Double])

    /// The decisions of one label, from its sums.
    func decisions(_ sums: ArraySlice<Double>) -> Decisions {
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

/// A share of decisions; 0 where there are none.
enum DecisionRate {
    /// `TP / (TP + FP)`.
    case precision
    /// `TP / (TP + FN)`.
    case recall
    /// `TN / (TN + FP)`.
    case specificity

    func callAsFunction(_ decisions: ConfusionCounts.Decisions, _ threshold: Int) -> Double {
        let (tp, fp, tn, fn) = (
            decisions.tp[threshold], decisions.fp[threshold], decisions.tn[threshold], decisions.fn[threshold]
        )
        return switch self {
        case .precision: quotient(tp, tp + fp)
        case .recall: quotient(tp, tp + fn)
        case .specificity: quotient(tn, tn + fp)
        }
    }
}
