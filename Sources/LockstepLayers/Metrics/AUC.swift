import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The area under a curve over thresholds, by sums of strips (Keras, `AUC`).
///
/// The ROC curve is the recall `TP / (TP + FN)` over the false positive rate `FP / (FP + TN)`, the PR curve the
/// precision over the recall, and the PRGAIN curve the gains of both (Flach and Kull, 2015). Strips of the PR curve are
/// interpolated as by Davis and Goadrich (2006).
public struct AUC: CountingMetric {
    public enum Curve: String, Sendable, CaseIterable {
        case roc = "ROC"
        case pr = "PR"
        case prGain = "PRGAIN"
    }
    /// The height of a strip: from both sides, the larger, or the smaller.
    public enum Summation: String, Sendable, CaseIterable { case interpolation, majoring, minoring }

    @Configured public private(set) var numThresholds: Int
    @Configured public private(set) var curve: Curve
    @Configured public private(set) var summationMethod: Summation
    @Configured public private(set) var multiLabel: Bool
    @Configured public private(set) var labelWeights: [Double]?
    @Configured public private(set) var fromLogits: Bool
    /// Thresholds between 0 and 1; nil divides evenly.
    public private(set) var thresholds: [Double]?

    /// - Parameters:
    ///   - numThresholds: how many thresholds divide [0, 1] evenly.
    ///   - thresholds: in place of these, thresholds between 0 and 1.
    ///   - multiLabel: whether each column has an area of its own, whose mean is the metric.
    ///   - labelWeights: the weights of columns, of their areas or their samples.
    ///   - fromLogits: whether outputs go through a sigmoid first.
    public init(
        numThresholds: Int = 200, curve: Curve = .roc, summationMethod: Summation = .interpolation,
        thresholds: [Double]? = nil, multiLabel: Bool = false, labelWeights: [Double]? = nil, fromLogits: Bool = false
    ) {
        self.numThresholds = thresholds.map { $0.count + 2 } ?? numThresholds
        self.curve = curve
        self.summationMethod = summationMethod
        self.thresholds = thresholds?.sorted()
        self.multiLabel = multiLabel
        self.labelWeights = labelWeights
        self.fromLogits = fromLogits
    }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(thresholds: try arguments.optional("thresholds"))
        // The number of labels follows from the outputs.
        arguments.argument("num_labels")
    }

    /// Keras writes thresholds only if they were given.
    public var configuration: [String: any ConfigurationConvertible] {
        var arguments: [String: any ConfigurationConvertible] = [
            "num_thresholds": numThresholds, "curve": curve, "summation_method": summationMethod,
            "multi_label": multiLabel, "num_labels": ConfigurationValue.null, "label_weights": labelWeights,
            "from_logits": fromLogits,
        ]
        if let thresholds { arguments["thresholds"] = thresholds }
        return arguments
    }

    var counts: ConfusionCounts {
        let inner = thresholds ?? (1..<numThresholds - 1).map { Double($0) / Double(numThresholds - 1) }
        // Weights of labels count for their areas, or else for their samples.
        return ConfusionCounts(
            thresholds: [-1e-7] + inner + [1 + 1e-7], isByLabel: multiLabel,
            labelWeights: multiLabel ? nil : labelWeights)
    }

    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        counts.accepts(targets: targets, outputs: outputs) && labelWeights?.count ?? outputs.last == outputs.last
    }
    public func validate() throws(LayerError) {
        try check("numThresholds", numThresholds, "at least 2", numThresholds >= 2)
        let inner = thresholds ?? []
        try check("thresholds", inner, "from 0 to 1", inner.allSatisfy { (0...1).contains($0) })
    }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        counts.sums(outputs: fromLogits ? sigmoid(outputs) : outputs, targets: targets, weights: weights)
    }

    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = counts
        guard multiLabel else { return area(counts.decisions(sums)) }
        let areas = stride(from: sums.startIndex, to: sums.endIndex, by: counts.width).map {
            area(counts.decisions(sums[$0..<$0 + counts.width]))
        }
        let weights = labelWeights ?? areas.map { _ in 1 }
        return quotient(zip(areas, weights).reduce(0) { $0 + $1.0 * $1.1 }, weights.reduce(0, +))
    }

    private func area(_ decisions: ConfusionCounts.Decisions) -> Double {
        if curve == .pr, summationMethod == .interpolation { return interpolatedArea(decisions) }
        let (x, y) = points(decisions)
        return (1..<x.count).reduce(0) { area, right in
            let (a, b) = (y[right - 1], y[right])
            let height =
                switch summationMethod {
                case .interpolation: (a + b) / 2
                case .majoring: Swift.max(a, b)
                case .minoring: Swift.min(a, b)
                }
            return area + (x[right - 1] - x[right]) * height
        }
    }

    private func points(_ decisions: ConfusionCounts.Decisions) -> (x: [Double], y: [Double]) {
        let (tp, fp, tn, fn) = decisions
        let all = tp.indices
        let recall = all.map { DecisionRate.recall(decisions, $0) }
        switch curve {
        case .roc: return (all.map { quotient(fp[$0], fp[$0] + tn[$0]) }, recall)
        case .pr: return (recall, all.map { DecisionRate.precision(decisions, $0) })
        case .prGain:
            func gain(_ place: Int, _ wrong: Double, without: Double) -> Double {
                guard tp[place] != 0 else { return without }
                return 1 - quotient(tp[place] + fn[place], tn[place] + fp[place]) * wrong / tp[place]
            }
            return (
                all.map { Swift.max(gain($0, fn[$0], without: 0), 0) }, all.map { gain($0, fp[$0], without: 1) }
            )
        }
    }

    private func interpolatedArea(_ decisions: ConfusionCounts.Decisions) -> Double {
        let (tp, fp, _, fn) = decisions
        return (1..<tp.count).reduce(0) { area, right in
            let (p, next) = (tp[right - 1] + fp[right - 1], tp[right] + fp[right])
            let change = tp[right - 1] - tp[right]
            let slope = quotient(change, Swift.max(p - next, 0))
            let intercept = tp[right] - slope * next
            let ratio = p > 0 && next > 0 ? p / next : 1
            return area
                + quotient(
                    slope * (change + intercept * log(ratio)), Swift.max(tp[right] + fn[right], 0))
        }
    }
}

extension AUC.Curve: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let curve = argument.value.string.flatMap({ Self(rawValue: $0.uppercased()) }) else {
            throw argument.mismatch("\"ROC\", \"PR\" or \"PRGAIN\"")
        }
        self = curve
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension AUC.Summation: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let method = argument.value.string.flatMap({ Self(rawValue: $0.lowercased()) }) else {
            throw argument.mismatch("\"interpolation\", \"majoring\" or \"minoring\"")
        }
        self = method
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
