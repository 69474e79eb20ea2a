import LockstepCompute
import LockstepGraph

/// Where the channels lie in the rows of sequences, images and volumes: `[…, channels]` or `[channels, …]`. Keras's
/// `data_format`.
public enum DataFormat: String, Sendable {
    case channelsLast = "channels_last"
    case channelsFirst = "channels_first"
}

extension DataFormat: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let format = argument.value.string.flatMap(DataFormat.init(rawValue:)) else {
            throw argument.mismatch("\"channels_last\" or \"channels_first\"")
        }
        self = format
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

// Layers compute with the channels last. With the channels first, the input is transposed before a layer, and the
// output back. A rewrite of the graph removes what two layers in a row do and undo.
extension Layer {
    /// Builds the layer for inputs with the channels as its `dataFormat` says.
    ///
    /// - Throws: `LayerError.argument` for a layer that takes no format, or whose activation is not one of each element.
    func buildInFormat(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard properties.dataFormat == .channelsFirst else { return try build(inputs, &weights) }
        guard Self.takesDataFormat else {
            throw .argument(
                layer: name, name: "dataFormat", requirement: "channelsLast: the class has no channels_first",
                received: "channelsFirst")
        }
        // Keras applies it along the last dimension, which is not that of the channels then.
        if let activation = configuration["activation"] as? ActivationFunction, !activation.isElementwise {
            throw .argument(
                layer: name, name: "activation", requirement: "elementwise with the channels first",
                received: "\(activation)")
        }
        try build(inputs.map { $0.channelsLast(Self.formattedDimensions) }, &weights)
    }

    /// Calls the layer on inputs with the channels as its `dataFormat` says.
    func callInFormat(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        guard properties.dataFormat == .channelsFirst else { return try self.call(inputs, call) }
        let count = Self.formattedDimensions
        return try self.call(inputs.map { $0.channelsLast(count) }, call).map { $0.channelsFirst(count) }
    }
}

extension TensorSpec {
    /// - Parameter count: the number of last dimensions that have an order; nil: all.
    fileprivate func channelsLast(_ count: Int?) -> TensorSpec {
        let row = shape.dimensions
        let ordered = row.suffix(count ?? row.count)
        guard ordered.count > 1, let channels = ordered.first else { return self }
        let turned = row.dropLast(ordered.count) + ordered.dropFirst() + [channels]
        return TensorSpec(Shape(Array(turned)), type: type, rowsPerSample: rowsPerSample)
    }
}

extension SymbolicTensor {
    /// The tensor with the first of the last `count` dimensions of its row, or of all, behind the others. Rows of one
    /// dimension stay.
    fileprivate func channelsLast(_ count: Int?) -> SymbolicTensor { rotated(count) { Array(1..<$0) + [0] } }

    /// The tensor with the last dimension of its row in front of the others of the last `count`, or of all. Rows of one
    /// dimension stay.
    fileprivate func channelsFirst(_ count: Int?) -> SymbolicTensor { rotated(count) { [$0 - 1] + Array(0..<$0 - 1) } }

    private func rotated(_ count: Int?, _ axes: (_ count: Int) -> [Int]) -> SymbolicTensor {
        let rank = spec.shape.rank
        let ordered = min(count ?? rank, rank)
        guard ordered > 1 else { return self }
        let front = rank - ordered
        return transpose(self, Array(0..<front) + axes(ordered).map { front + $0 }).masked(by: mask)
    }
}
