import LockstepCompute
import LockstepGraph

/// A call of one of Keras's operations, `keras.ops`, between the layers of a functional model: a layer without weights.
///
///     let x = Input([4])
///     let model = try Model(inputs: x, outputs: sqrt(square(x) * 2 + Dense(4)(x)))
///
/// Operators and functions on tensors between layers make such layers, and files of Keras hold them under the
/// operation's name. `KerasOperation.all` lists the operations.
public final class OperationLayer: Layer {
    public let properties = LayerProperties()
    let operation: KerasOperation
    /// What belongs to the operation and not to the call, by Keras's names, such as `axis`.
    private(set) var options: [String: ConfigurationValue]
    /// The arguments of the call, in Keras's order.
    let arguments: [OperationArgument]
    public let outputCount: Int

    /// - Parameters:
    ///   - options: by Keras's names; those that are not given have Keras's defaults.
    ///   - arguments: of the call.
    ///   - outputCount: how many outputs the operation has, if its options do not say.
    /// - Throws: `LayerError.argument` for an option that the operation does not have or that is not supported.
    package init(
        _ operation: KerasOperation, options: [String: ConfigurationValue] = [:], arguments: [OperationArgument],
        outputCount: Int = 1, name: String = ""
    ) throws(LayerError) {
        self.operation = operation
        self.options = operation.options.merging(options) { $1 }
        self.arguments = arguments
        self.outputCount = operation.outputCount(self.options) ?? outputCount
        self.name = name
        if let (option, value) = self.options.first(where: { operation.options[$0.key] == nil }), value != .null {
            throw .argument(
                layer: name, name: option, requirement: "left out for \(operation.name)", received: "\(value)")
        }
    }

    /// Keras's name of the operation.
    package var operationName: String { operation.name }

    public var configuration: [String: any ConfigurationConvertible] {
        options.merging(["call": .string("\(arguments)")]) { $1 }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        var rest = inputs[...]
        let operands = arguments.map { $0.operand(&rest) }
        guard rest.isEmpty else {
            throw .inputCount(layer: name, expected: inputs.count - rest.count, received: inputs.count)
        }
        // All dimensions of a row, whose number is known now.
        let rank = inputs.first?.spec.shape.rank ?? 0
        if options["axis"] == .allOfRow { options["axis"] = .list((0..<rank).map { .integer($0 + 1) }) }
        if options["axes"] == .allOfRow {
            options["axes"] = .list([0] + (0..<rank).reversed().map { .integer($0 + 1) })
        }
        return try operation.apply(OperationCall(layer: name, options: options, operands: operands))
    }

    /// The operation as Keras 3 serializes it, without its calls.
    func object(named name: String) -> [String: ConfigurationValue] {
        [
            "module": .string("keras.src.ops.\(operation.module)"), "class_name": .string(operation.name),
            "config": .object(options.merging(["name": .string(name)]) { $1 }),
            "registered_name": .string(operation.name),
        ]
    }
}

/// An argument of a call of an operation.
package indirect enum OperationArgument: Equatable {
    /// The next of the layer's inputs.
    case tensor
    case value(ConfigurationValue)
    case list([OperationArgument])

    fileprivate func operand(_ inputs: inout ArraySlice<SymbolicTensor>) -> OperationCall.Operand {
        switch self {
        case .tensor:
            guard let input = inputs.popFirst() else { return .value(.null) }
            return .tensor(input)
        case .value(let value): return .value(value)
        case .list(let arguments): return .list(arguments.map { $0.operand(&inputs) })
        }
    }

    /// The argument in a file, with the tensors in the place of the inputs.
    func file(_ tensors: inout ArraySlice<ConfigurationValue>) -> ConfigurationValue {
        switch self {
        case .tensor: tensors.popFirst() ?? .null
        case .value(let value): value
        case .list(let arguments): .list(arguments.map { $0.file(&tensors) })
        }
    }
}

extension ConfigurationValue {
    /// Stands for all dimensions of a row until their number is known.
    static let allOfRow: ConfigurationValue = "row"
}

extension Layer {
    /// Keras's class name of the layer, or of the operation that it is.
    package var kind: String { (self as? OperationLayer)?.operationName ?? Self.pythonName }
}

extension LayerCall {
    func describe(_ operation: DescribedOperation) -> SymbolicTensor? {
        guard let known = KerasOperation.all[operation.name] else { return nil }
        var inputs: [SymbolicTensor] = []
        let arguments = operation.arguments.map { $0.argument(&inputs) }
        let options = operation.options.mapValues(\.configuration)
        // The operations of this library have no options that the table does not have.
        let layer = try? OperationLayer(known, options: options, arguments: arguments)
        return layer?.outputs(of: inputs)[0]
    }
}

extension DescribedOperation.Value {
    fileprivate func argument(_ inputs: inout [SymbolicTensor]) -> OperationArgument {
        switch self {
        case .tensor(let tensor):
            inputs.append(tensor)
            return .tensor
        case .list(let values): return .list(values.map { $0.argument(&inputs) })
        default: return .value(configuration)
        }
    }

    fileprivate var configuration: ConfigurationValue {
        switch self {
        case .tensor, .none: .null
        case .number(let number): number.configurationValue
        case .constant(let array): Self.written(array)
        case .integer(let number): .integer(number)
        case .text(let text): .string(text)
        case .flag(let flag): .bool(flag)
        case .range(let range, let step):
            [
                "class_name": "__slice__",
                "config": [
                    "start": range.map { .integer($0.lowerBound) } ?? .null,
                    "stop": range.map { .integer($0.upperBound) } ?? .null,
                    "step": step == 1 ? .null : .integer(step),
                ],
            ]
        case .list(let values): .list(values.map(\.configuration))
        }
    }

    /// An array as Keras writes it, dimension by dimension.
    private static func written(_ array: Tensor) -> ConfigurationValue {
        func part(_ dimensions: ArraySlice<Int>, _ values: ArraySlice<Float>) -> ConfigurationValue {
            guard let count = dimensions.first else { return values.first!.configurationValue }
            let size = count == 0 ? 0 : values.count / count
            return .list(
                (0..<count).map {
                    let start = values.startIndex + $0 * size
                    return part(dimensions.dropFirst(), values[start..<start + size])
                })
        }
        let values = (0..<array.count).map { array[$0] }
        return [
            "class_name": "__numpy__",
            "config": ["value": part(array.shape.dimensions[...], values[...]), "dtype": "float32"],
        ]
    }
}
