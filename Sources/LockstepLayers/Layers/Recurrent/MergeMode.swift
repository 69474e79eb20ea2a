/// How `Bidirectional` combines the outputs of its two layers: concatenation, sum, product or mean.
public enum MergeMode: String, Sendable, ConfigurationConvertible {
    case concat, sum, mul, ave

    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(MergeMode.init(rawValue:)) else {
            throw argument.mismatch("\"concat\", \"sum\", \"mul\" or \"ave\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
