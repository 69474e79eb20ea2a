import LockstepCompute

/// `y = f(x)`, element by element, for functions that are not Keras activations.
///
/// `dx` is `−dy` for −x, `dy·sign(x)` for |x|, `2·x·dy` for x², `dy/2y` for √x, `−dy·y³/2` for 1/√x, `dy/x` for ln x,
/// `dy/(1 + x)` for ln(1 + x), `dy·(y + 1)` for e^x − 1, `dy·cos x` for sin x, `−dy·sin x` for cos x, `dy/(1 + x²)` for
/// arctan x, `dy/√(1 − x²)` for arcsin x, `2·dy·e^(−x²)/√π` for erf x.
package struct UnaryOperation: Operation {
    package enum Function {
        case negative, absolute, square, squareRoot, reciprocalSquareRoot, logarithm
        case logarithmOfOnePlus, exponentialMinusOne, sine, cosine, arctangent, arcsine, errorFunction
        /// Whole numbers. They have no gradient.
        case ceiling, rounded
    }

    private let function: Function
    private let loops: Loops
    private let inputs: [TensorSpec]

    package init(_ function: Function, _ inputs: [TensorSpec]) {
        self.function = function
        self.inputs = inputs
        loops = .elements(of: inputs[0].shape)
    }

    package var isDifferentiable: Bool { function != .ceiling && function != .rounded }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(
            keepsInputs: function != .negative && !function.gradientReadsOutput,
            keepsOutputs: function.gradientReadsOutput)
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        evaluate(function.formula, pass.input, over: loops, rows: 0..<pass.sums.rows, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        evaluate(
            function.gradient, pass.outputGradient, function.gradientReadsOutput ? pass.output : pass.input,
            over: loops,
            rows: 0..<pass.sums.rows, into: dx, on: pass.crew)
    }
}

extension UnaryOperation.Function {
    fileprivate var gradientReadsOutput: Bool {
        self == .squareRoot || self == .reciprocalSquareRoot || self == .exponentialMinusOne
    }

    fileprivate var formula: Formula {
        switch self {
        case .negative: .negative
        case .absolute: .absolute
        case .square: .square
        case .squareRoot: .squareRoot
        case .reciprocalSquareRoot: .reciprocalSquareRoot
        case .logarithm: .logarithm
        case .logarithmOfOnePlus: .logarithmOfOnePlus
        case .exponentialMinusOne: .exponentialMinusOne
        case .sine: .sine
        case .cosine: .cosine
        case .arctangent: .arctangent
        case .arcsine: .arcsine
        case .errorFunction: .errorFunction
        case .ceiling: .ceiling
        case .rounded: .rounded
        }
    }

    /// A formula with the arguments dy and the output or the input.
    fileprivate var gradient: Formula {
        switch self {
        case .negative: .negative
        case .absolute: .absoluteGradient
        case .square: .squareGradient
        case .squareRoot: .squareRootGradient
        case .reciprocalSquareRoot: .reciprocalSquareRootGradient
        case .logarithm: .divide
        case .logarithmOfOnePlus: .logarithmOfOnePlusGradient
        case .exponentialMinusOne: .exponentialMinusOneGradient
        case .sine: .sineGradient
        case .cosine: .cosineGradient
        case .arctangent: .arctangentGradient
        case .arcsine: .arcsineGradient
        case .errorFunction: .errorFunctionGradient
        case .ceiling, .rounded: preconditionFailure("a whole number has no gradient")
        }
    }
}

extension SymbolicTensor {
    fileprivate func applying(_ function: UnaryOperation.Function) -> SymbolicTensor {
        applying { UnaryOperation(function, $0) }
    }
}

/// `e^x`, element by element, of a tensor `[batch, …]`.
public func exp(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Exp") ?? activation(.exponential, x) }
/// `ln x`, element by element, of a tensor `[batch, …]`; NaN for negative elements.
public func log(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Log") ?? x.applying(.logarithm) }
/// `√x`, element by element, of a tensor `[batch, …]`; NaN for negative elements.
public func sqrt(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Sqrt") ?? x.applying(.squareRoot) }
/// `1/√x`, element by element, of a tensor `[batch, …]`; NaN for negative elements.
public func rsqrt(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Rsqrt") ?? x.applying(.reciprocalSquareRoot) }
/// `x²`, element by element, of a tensor `[batch, …]`.
public func square(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Square") ?? x.applying(.square) }
/// `|x|`, element by element, of a tensor `[batch, …]`. The gradient at 0 is 0.
public func abs(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Absolute") ?? x.applying(.absolute) }
/// `−x`, element by element, of a tensor `[batch, …]`.
public func negative(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Negative") ?? x.applying(.negative) }
/// `ln(1 + x)`, element by element, of a tensor `[batch, …]`, exact for small x too; NaN for elements below −1.
public func log1p(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Log1p") ?? x.applying(.logarithmOfOnePlus) }
/// `e^x − 1`, element by element, of a tensor `[batch, …]`, exact for small x too.
public func expm1(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Expm1") ?? x.applying(.exponentialMinusOne) }
/// `sin x`, element by element, of a tensor `[batch, …]` in radians.
public func sin(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Sin") ?? x.applying(.sine) }
/// `cos x`, element by element, of a tensor `[batch, …]` in radians.
public func cos(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Cos") ?? x.applying(.cosine) }
/// `tan x`, element by element, of a tensor `[batch, …]` in radians.
public func tan(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Tan") ?? sin(x) / cos(x) }
/// `arcsin x` in radians, element by element, of a tensor `[batch, …]`; NaN beyond ±1.
public func asin(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Arcsin") ?? x.applying(.arcsine) }
/// `arccos x` in radians, element by element, of a tensor `[batch, …]`; NaN beyond ±1.
public func acos(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Arccos") ?? .pi / 2 - asin(x) }
/// `arctan x` in radians, element by element, of a tensor `[batch, …]`.
public func atan(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Arctan") ?? x.applying(.arctangent) }
/// The error function `2/√π · ∫₀ˣ e^(−t²) dt`, element by element, of a tensor `[batch, …]`.
public func erf(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Erf") ?? x.applying(.errorFunction) }
/// The smallest whole number that is not below each element of a tensor `[batch, …]`. There is no gradient.
public func ceil(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Ceil") ?? x.applying(.ceiling) }
/// The largest whole number that is not above each element of a tensor `[batch, …]`. There is no gradient.
public func floor(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Floor") ?? -ceil(-x) }
/// The whole number nearest to each element of a tensor `[batch, …]`, of two the even one. There is no gradient.
public func round(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Round") ?? x.applying(.rounded) }
/// 1 for positive elements of a tensor `[batch, …]`, −1 for negative ones, 0 for 0. There is no gradient.
public func sign(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Sign") ?? greater(x, 0) - greater(-x, 0) }
