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
    let apply: @Sendable (OperationCall) throws(LayerError) -> SymbolicTensor

    init(
        _ name: String, _ module: String = "numpy", _ parameters: [String] = ["x"],
        _ options: [String: ConfigurationValue] = [:],
        _ apply: @escaping @Sendable (OperationCall) throws(LayerError) -> SymbolicTensor
    ) {
        (self.name, self.module, self.parameters, self.options, self.apply) = (name, module, parameters, options, apply)
    }

    /// By their names.
    package static let all: [String: KerasOperation] = Dictionary(
        uniqueKeysWithValues: (arithmetic + functions + activations + reductions + shapes).map { ($0.name, $0) })

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
