import LockstepCompute
import LockstepGraph

/// The operations by family.
extension KerasOperation {
    // MARK: Arithmetic

    private static func binary(
        _ name: String, _ tensors: @escaping @Sendable (SymbolicTensor, SymbolicTensor) -> SymbolicTensor,
        _ right: @escaping @Sendable (SymbolicTensor, Float) -> SymbolicTensor,
        _ left: @escaping @Sendable (Float, SymbolicTensor) -> SymbolicTensor
    ) -> KerasOperation {
        KerasOperation(name, "numpy", ["x1", "x2"]) { call throws(LayerError) in
            if let number = call.number(0) { return left(number, try call.tensor(1)) }
            if let number = call.number(1) { return right(try call.tensor(0), number) }
            let (a, b) = (try call.tensor(0), try call.tensor(1))
            // With fewer dimensions Keras would align the batch with a dimension of the other.
            guard a.spec.shape.rank == b.spec.shape.rank else {
                throw .input(
                    layer: call.layer, requirement: "have as many dimensions as the first, \(a.spec.shape)",
                    received: b.spec.shape)
            }
            return tensors(a, b)
        }
    }

    static let arithmetic: [KerasOperation] = [
        binary("Add", { $0 + $1 }, { $0 + $1 }, { $0 + $1 }),
        binary("Subtract", { $0 - $1 }, { $0 - $1 }, { $0 - $1 }),
        binary("Multiply", { $0 * $1 }, { $0 * $1 }, { $0 * $1 }),
        binary("TrueDivide", { $0 / $1 }, { $0 / $1 }, { $0 / $1 }),
        binary("Divide", { $0 / $1 }, { $0 / $1 }, { $0 / $1 }),
        binary("Maximum", { maximum($0, $1) }, { maximum($0, $1) }, { maximum($1, $0) }),
        binary("Minimum", { minimum($0, $1) }, { minimum($0, $1) }, { minimum($1, $0) }),
        KerasOperation("Power", "numpy", ["x1", "x2"]) { call throws(LayerError) in
            guard let exponent = call.number(1) else {
                throw call.mistake("the exponent", "a number", call.operands.dropFirst().map { "\($0)" })
            }
            return pow(try call.tensor(0), exponent)
        },
        KerasOperation("Matmul", "numpy", ["x1", "x2"]) { call throws(LayerError) in
            matmul(try call.tensor(0), try call.tensor(1))
        },
    ]

    // MARK: Functions of one element

    private static func unary(
        _ name: String, _ module: String = "numpy", _ function: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor
    ) -> KerasOperation {
        KerasOperation(name, module) { call throws(LayerError) in function(try call.tensor()) }
    }

    static let functions: [KerasOperation] = [
        unary("Negative") { -$0 }, unary("Absolute") { abs($0) }, unary("Exp") { exp($0) },
        unary("Log") { log($0) }, unary("Sqrt") { sqrt($0) }, unary("Rsqrt", "math") { rsqrt($0) },
        unary("Square") { square($0) }, unary("Reciprocal") { 1 / $0 },
        KerasOperation("Clip", "numpy", ["x"], ["x_min": .null, "x_max": .null]) { call throws(LayerError) in
            minimum(maximum(try call.tensor(), try call.number("x_min")), try call.number("x_max"))
        },
        KerasOperation("Cast", "core", ["x"], ["dtype": .null]) { call throws(LayerError) in
            let type = call.option("dtype").string ?? ""
            let isInteger = type.hasPrefix("int") || type.hasPrefix("uint")
            try call.require(
                isInteger || type == "float32", "dtype", "float32 or one of whole numbers", call.option("dtype"))
            return cast(try call.tensor(), to: isInteger ? .int32 : .float32)
        },
    ]

    // MARK: Activations

    private static func activated(_ name: String, _ function: ActivationFunction, module: String = "nn")
        -> KerasOperation
    {
        unary(name, module) { activation(function, $0) }
    }

    private static func activated(
        _ name: String, _ options: [String: ConfigurationValue],
        _ function: @escaping @Sendable (OperationCall) throws(LayerError) -> ActivationFunction
    ) -> KerasOperation {
        KerasOperation(name, "nn", ["x"], options) { call throws(LayerError) in
            activation(try function(call), try call.tensor())
        }
    }

    /// Activations of the last dimension.
    private static func last(_ name: String, _ function: ActivationFunction) -> KerasOperation {
        activated(name, ["axis": -1]) { call throws(LayerError) in
            let rank = try call.tensor().spec.shape.rank
            try call.require(
                try call.axis(rank: rank) == rank - 1, "axis", "-1, the last dimension", call.option("axis"))
            return function
        }
    }

    static let activations: [KerasOperation] = [
        activated("Relu", .relu), activated("Relu6", .relu6), activated("Sigmoid", .sigmoid),
        activated("Tanh", .tanh, module: "numpy"), activated("Softplus", .softplus), activated("Softsign", .softsign),
        activated("Silu", .silu), activated("Selu", .selu), activated("HardSigmoid", .hardSigmoid),
        activated("HardSilu", .hardSilu), activated("LogSigmoid", .logSigmoid), last("Softmax", .softmax),
        last("LogSoftmax", .logSoftmax),
        activated("LeakyRelu", ["negative_slope": .real(0.2)]) { call throws(LayerError) in
            .leakyRelu(negativeSlope: try call.number("negative_slope"))
        },
        activated("Elu", ["alpha": 1]) { call throws(LayerError) in .elu(alpha: try call.number("alpha")) },
        activated("Gelu", ["approximate": true]) { call throws(LayerError) in
            .gelu(approximate: call.flag("approximate"))
        },
    ]

    // MARK: Reductions

    private static func reduction(
        _ name: String, _ options: [String: ConfigurationValue] = [:],
        _ function: @escaping @Sendable (SymbolicTensor, [Int], Bool) -> SymbolicTensor
    ) -> KerasOperation {
        let all = options.merging(["axis": .null, "keepdims": false]) { $1 }
        return KerasOperation(name, "numpy", ["x"], all) { call throws(LayerError) in
            let x = try call.tensor()
            try call.require(call.option("initial") == .null, "initial", "None", call.option("initial"))
            return function(x, try call.axes(rank: x.spec.shape.rank), call.flag("keepdims"))
        }
    }

    static let reductions: [KerasOperation] = [
        reduction("Mean") { mean($0, axes: $1, keepDims: $2) }, reduction("Sum") { sum($0, axes: $1, keepDims: $2) },
        reduction("Max", ["initial": .null]) { max($0, axes: $1, keepDims: $2) },
        reduction("Min", ["initial": .null]) { min($0, axes: $1, keepDims: $2) },
    ]

    // MARK: Shapes

    static let shapes: [KerasOperation] = [
        KerasOperation("Reshape", "numpy", ["x"], ["newshape": .null]) { call throws(LayerError) in
            try reshaped(call)
        },
        KerasOperation("ExpandDims", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let axis = try call.axis(rank: x.spec.shape.rank + 1)
            return expanded(x, axis)
        },
        KerasOperation("Squeeze", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let dimensions = x.spec.shape.dimensions
            let axes =
                call.option("axis") == .null
                ? dimensions.indices.filter { dimensions[$0] == 1 } : try call.axes(rank: dimensions.count)
            try call.require(
                axes.allSatisfy { dimensions[$0] == 1 }, "axis", "a dimension of 1 of \(x.spec.shape)",
                call.option("axis"))
            return reshape(x, Shape(dimensions.indices.filter { !axes.contains($0) }.map { dimensions[$0] }))
        },
        KerasOperation("Transpose", "numpy", ["x"], ["axes": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            try call.require(
                call.option("axes").list?.first == 0, "axes", "dimensions with the batch first", call.option("axes"))
            return transpose(x, try call.integers("axes").dropFirst().map { $0 - 1 })
        },
        KerasOperation("Concatenate", "numpy", ["xs"], ["axis": 0]) { call throws(LayerError) in
            let tensors = try call.tensors()
            return concatenate(tensors, axis: try call.axis(rank: tensors[0].spec.shape.rank))
        },
        KerasOperation("Stack", "numpy", ["x"], ["axis": 0]) { call throws(LayerError) in
            let tensors = try call.tensors()
            let axis = try call.axis(rank: tensors[0].spec.shape.rank + 1)
            return concatenate(tensors.map { expanded($0, axis) }, axis: axis)
        },
        KerasOperation("Flip", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            var x = try call.tensor()
            for axis in try call.axes(rank: x.spec.shape.rank) { x = reverse(x, axis: axis) }
            return x
        },
        KerasOperation("GetItem", "numpy", ["x", "key"]) { call throws(LayerError) in try item(call) },
    ]
}
