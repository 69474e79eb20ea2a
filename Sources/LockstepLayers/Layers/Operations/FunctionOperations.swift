import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Operations of one element, and activations.
extension KerasOperation {
    private static func unary(
        _ name: String, _ module: String = "numpy", _ function: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor
    ) -> KerasOperation {
        KerasOperation(name, module) { call throws(LayerError) in function(try call.tensor()) }
    }

    static let functions: [KerasOperation] = [
        unary("Negative") { -$0 }, unary("Absolute") { abs($0) }, unary("Fabs") { abs($0) }, unary("Exp") { exp($0) },
        unary("Log") { log($0) }, unary("Sqrt") { sqrt($0) }, unary("Rsqrt", "math") { rsqrt($0) },
        unary("Square") { square($0) }, unary("Reciprocal") { 1 / $0 },
        unary("Log1p") { log1p($0) }, unary("Expm1") { expm1($0) },
        unary("Log2") { log($0) / logf(2) }, unary("Log10") { log($0) / logf(10) },
        unary("Exp2") { exp($0 * logf(2)) },
        unary("Sin") { sin($0) }, unary("Cos") { cos($0) }, unary("Tan") { tan($0) }, unary("Arcsin") { asin($0) },
        unary("Arccos") { acos($0) }, unary("Arctan") { atan($0) },
        unary("Sinh") { (exp($0) - exp(-$0)) / 2 }, unary("Cosh") { (exp($0) + exp(-$0)) / 2 },
        unary("Arcsinh") { sign($0) * log1p(abs($0) + square($0) / (1 + sqrt(square($0) + 1))) },
        unary("Arccosh") { log($0 + sqrt(($0 - 1) * ($0 + 1))) },
        unary("Arctanh") { (log1p($0) - log1p(-$0)) / 2 },
        unary("Erf", "math") { erf($0) }, unary("Erfc", "math") { 1 - erf($0) },
        unary("Cbrt") { sign($0) * pow(abs($0), 1 / 3) },
        unary("Deg2rad") { $0 * (.pi / 180) }, unary("Rad2deg") { $0 * (180 / .pi) },
        unary("Ceil") { ceil($0) }, unary("Floor") { floor($0) }, unary("Trunc") { truncated($0) },
        unary("Sign") { sign($0) },
        KerasOperation("Round", "numpy", ["x"], ["decimals": 0]) { call throws(LayerError) in
            let scale = powf(10, Float(try call.integer("decimals")))
            return scale == 1 ? round(try call.tensor()) : round(try call.tensor() * scale) / scale
        },
        KerasOperation("Clip", "numpy", ["x"], ["x_min": .null, "x_max": .null]) { call throws(LayerError) in
            minimum(maximum(try call.tensor(), try call.number("x_min")), try call.number("x_max"))
        },
        KerasOperation("Cast", "core", ["x"], ["dtype": .null]) { call throws(LayerError) in
            let type = call.option("dtype").string ?? ""
            let isInteger = type.hasPrefix("int") || type.hasPrefix("uint")
            try call.require(
                isInteger || type == "float32" || type == "bool", "dtype",
                "float32, one of whole numbers, or bool", call.option("dtype"))
            let x = try call.tensor()
            return type == "bool" ? unequal(x, 0) : cast(x, to: isInteger ? .int32 : .float32)
        },
        unary("Copy") { $0 },
        KerasOperation("StopGradient", "core", ["variable"]) { call throws(LayerError) in
            stopGradient(try call.tensor())
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

    /// Activations of one dimension.
    private static func alongAxis(_ name: String, _ function: ActivationFunction) -> KerasOperation {
        KerasOperation(name, "nn", ["x"], ["axis": -1]) { call throws(LayerError) in
            let x = try call.tensor()
            return withLast(try call.axis(rank: x.spec.shape.rank), of: x) { activation(function, $0) }
        }
    }

    static let activations: [KerasOperation] = [
        activated("Relu", .relu), activated("Relu6", .relu6), activated("Sigmoid", .sigmoid),
        activated("Tanh", .tanh, module: "numpy"), activated("Softplus", .softplus), activated("Softsign", .softsign),
        activated("Silu", .silu), activated("Selu", .selu), activated("HardSigmoid", .hardSigmoid),
        activated("HardSilu", .hardSilu), activated("LogSigmoid", .logSigmoid), activated("HardTanh", .hardTanh),
        activated("TanhShrink", .tanhShrink), activated("SparsePlus", .sparsePlus),
        activated("SparseSigmoid", .sparseSigmoid), alongAxis("Softmax", .softmax),
        alongAxis("LogSoftmax", .logSoftmax), alongAxis("Sparsemax", .sparsemax), alongAxis("Glu", .glu),
        activated("LeakyRelu", ["negative_slope": .real(0.2)]) { call throws(LayerError) in
            .leakyRelu(negativeSlope: try call.number("negative_slope"))
        },
        activated("Elu", ["alpha": 1]) { call throws(LayerError) in .elu(alpha: try call.number("alpha")) },
        activated("Celu", ["alpha": 1]) { call throws(LayerError) in .celu(alpha: try call.number("alpha")) },
        activated("SoftShrink", ["threshold": .real(0.5)]) { call throws(LayerError) in
            .softShrink(threshold: try call.number("threshold"))
        },
        activated("HardShrink", ["threshold": .real(0.5)]) { call throws(LayerError) in
            .hardShrink(threshold: try call.number("threshold"))
        },
        activated("Squareplus", ["b": 4]) { call throws(LayerError) in .squareplus(b: try call.number("b")) },
        activated("Threshold", ["threshold": .null, "default_value": .null]) { call throws(LayerError) in
            .threshold(try call.number("threshold"), value: try call.number("default_value"))
        },
        activated("Gelu", ["approximate": true]) { call throws(LayerError) in
            .gelu(approximate: call.flag("approximate"))
        },
    ]
}
