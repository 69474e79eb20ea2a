/// The activation functions of Keras, with Keras's names and defaults (`keras.activations`).
///
/// Most functions act on each element. `softmax`, `logSoftmax`, `sparsemax` and `glu` act on the last dimension, and
/// `glu` halves it.
///
///     let a = try ActivationFunction.sigmoid(z)
public enum ActivationFunction: Hashable, Sendable {
    case linear, relu, relu6, selu, softplus, softsign, silu, tanh, sigmoid, exponential, mish
    case leakyRelu(negativeSlope: Float = 0.2)
    case elu(alpha: Float = 1)
    case celu(alpha: Float = 1)
    case softShrink(threshold: Float = 0.5)
    case hardShrink(threshold: Float = 0.5)
    case squareplus(b: Float = 4)
    case threshold(Float, value: Float)
    case gelu(approximate: Bool = false)
    case hardSigmoid, hardSilu, hardTanh, tanhShrink, sparsePlus, sparseSigmoid, logSigmoid
    case softmax, logSoftmax, sparsemax, glu
    /// The `hard_sigmoid` of Keras 2: `0.2x + 0.5`, clipped to 0 and 1. Keras 3 has `x/6 + 0.5` instead, and no name
    /// for this function.
    case keras2HardSigmoid

    // The functions that take arguments, with Keras's defaults.
    public static var leakyRelu: Self { .leakyRelu() }
    public static var elu: Self { .elu() }
    public static var celu: Self { .celu() }
    public static var softShrink: Self { .softShrink() }
    public static var hardShrink: Self { .hardShrink() }
    public static var squareplus: Self { .squareplus() }
    public static var gelu: Self { .gelu() }

    /// The function of each name in Keras's spelling, with Keras's default arguments.
    private static let named: [String: ActivationFunction] = [
        "linear": .linear, "relu": .relu, "relu6": .relu6, "selu": .selu, "softplus": .softplus, "softsign": .softsign,
        "silu": .silu, "swish": .silu, "tanh": .tanh, "sigmoid": .sigmoid, "exponential": .exponential, "mish": .mish,
        "leaky_relu": .leakyRelu(), "elu": .elu(), "celu": .celu(), "soft_shrink": .softShrink(),
        "hard_shrink": .hardShrink(),
        "squareplus": .squareplus(), "gelu": .gelu(), "hard_sigmoid": .hardSigmoid, "hard_silu": .hardSilu,
        "hard_swish": .hardSilu, "hard_tanh": .hardTanh, "tanh_shrink": .tanhShrink, "sparse_plus": .sparsePlus,
        "sparse_sigmoid": .sparseSigmoid, "log_sigmoid": .logSigmoid, "softmax": .softmax, "log_softmax": .logSoftmax,
        "sparsemax": .sparsemax, "glu": .glu,
    ]

    /// Keras's names of the functions, sorted.
    public static var names: [String] { named.keys.sorted() }

    /// The function of a Keras name, such as `"leaky_relu"`.
    ///
    /// - Throws: `ComputeError.unknownActivation`.
    public static func named(_ name: String) throws(ComputeError) -> ActivationFunction {
        guard let function = named[name] else { throw .unknownActivation(received: name, known: names) }
        return function
    }

    /// The function of a tensor, for programs that work on tensors. Layers use `apply(_:into:on:)`.
    ///
    /// - Throws: `ComputeError.activation` for `glu` if the last dimension is odd, and for a function of a row if there
    ///   is no row.
    public func callAsFunction(_ x: Tensor) throws(ComputeError) -> Tensor {
        guard let shape = outputShape(x.shape) else { throw .activation("\(self)", received: x.shape) }
        let result = Tensor.zeros(shape)
        apply(x, into: result, on: try Crew(threads: 1, instructionSet: .selected()))
        return result
    }

    /// Keras's name of the function; nil if its arguments are not Keras's defaults, because then it has no name.
    public var name: String? {
        // If a function has two names, Keras writes the first in the alphabet.
        Self.named.filter { $0.value == self }.keys.min()
    }

    /// The shape of the output; nil if the function cannot take the input. `glu` needs an even last dimension, and a
    /// function of a row needs a row.
    package func outputShape(_ input: Shape) -> Shape? {
        guard let row = rowKernel else { return input }
        guard let columns = input.last, columns > 0 else { return nil }
        guard row == .glu else { return input }
        return columns.isMultiple(of: 2) ? input.replacingLast(with: columns / 2) : nil
    }
}
