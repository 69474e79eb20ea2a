/// How the losses of a batch become one number: Keras's `reduction`. With N samples of P positions each, losses v and
/// weights w:
public enum LossReduction: String, Sendable, CaseIterable {
    /// The mean `Σ w·v / N·P`. With a mask, the divisor is the number of positions that count.
    case sumOverBatchSize = "sum_over_batch_size"
    /// The sum `Σ w·v`.
    case sum
    /// The weighted mean `Σ w·v / Σ w`.
    case meanWithSampleWeight = "mean_with_sample_weight"
}

extension LossReduction: ConfigurationConvertible {
    /// Reads Keras's names; `"mean"`, Keras 2's `"auto"` and null are the mean.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if [.null, "auto", "mean"].contains(argument.value) {
            self = .sumOverBatchSize
        } else if let reduction = argument.value.string.flatMap(LossReduction.init(rawValue:)) {
            self = reduction
        } else {
            throw argument.mismatch(Self.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
        }
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
