/// A threshold from 0 to 1. Files hold it as a number or a list of one.
public struct DecisionThreshold: Equatable, Sendable, ConfigurationConvertible {
    public let value: Double

    init(_ value: Double) { self.value = value }

    public init(_ argument: LayerArgument) throws(LayerError) {
        let values = argument.value.list == nil ? [try Double(argument)] : try [Double](argument)
        // Several thresholds would make a list of the metric.
        guard values.count == 1, (0...1).contains(values[0]) else { throw argument.mismatch("one number from 0 to 1") }
        self.init(values[0])
    }
    public var configurationValue: ConfigurationValue { value.configurationValue }
}

extension MetricFunction {
    func check(_ threshold: DecisionThreshold?) throws(LayerError) {
        guard let value = threshold?.value else { return }
        try check("threshold", value, "from 0 to 1", (0...1).contains(value))
    }
}
