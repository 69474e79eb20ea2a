import LockstepCompute
import LockstepGraph

/// One of Keras's operations, made of the operations here.
package struct KerasOperation: Sendable {
    /// Keras's class, such as `"TrueDivide"`.
    package let name: String
    /// The module of the class below `keras.src.ops`.
    let module: String
    /// The names of the arguments of a call, in order.
    package let parameters: [String]
    /// The options of the class, with their defaults.
    let options: [String: ConfigurationValue]
    /// The number of outputs with some options; nil if it depends on the input.
    let outputCount: @Sendable ([String: ConfigurationValue]) -> Int?
    let apply: @Sendable (OperationCall) throws(LayerError) -> [SymbolicTensor]

    /// An operation with one output.
    init(
        _ name: String, _ module: String = "numpy", _ parameters: [String] = ["x"],
        _ options: [String: ConfigurationValue] = [:],
        _ apply: @escaping @Sendable (OperationCall) throws(LayerError) -> SymbolicTensor
    ) {
        self.init(
            name, module, parameters, options, outputs: { _ in 1 },
            apply: { call throws(LayerError) in [try apply(call)] })
    }

    /// An operation with several outputs.
    init(
        _ name: String, _ module: String = "numpy", _ parameters: [String] = ["x"],
        _ options: [String: ConfigurationValue] = [:],
        outputs: @escaping @Sendable ([String: ConfigurationValue]) -> Int?,
        apply: @escaping @Sendable (OperationCall) throws(LayerError) -> [SymbolicTensor]
    ) {
        (self.name, self.module, self.parameters, self.options) = (name, module, parameters, options)
        (outputCount, self.apply) = (outputs, apply)
    }

    /// By their names.
    package static let all: [String: KerasOperation] = Dictionary(
        uniqueKeysWithValues: (arithmetic + comparisons + functions + activations + reductions + products + shapes
            + choices).map { ($0.name, $0) })

    /// An array of numbers, the same for each row of the batch.
    static func array(_ values: [Float], _ shape: Shape) -> Tensor { try! Tensor(values, shape: shape) }

    /// The operation of a name.
    ///
    /// - Throws: `LayerError.unknownName`, which lists the known ones.
    package static func named(_ name: String) throws(LayerError) -> KerasOperation {
        guard let operation = all[name] else {
            throw .unknownName(kind: "operation", known: all.keys.sorted(), received: name)
        }
        return operation
    }
}
