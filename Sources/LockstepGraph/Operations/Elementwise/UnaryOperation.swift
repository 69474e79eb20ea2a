import LockstepCompute

/// `y = f(x)`, element by element, for functions that are not Keras activations.
///
/// `dx` is `−dy` for −x, `dy·sign(x)` for |x|, `2·x·dy` for x², `dy/2y` for √x, `−dy·y³/2` for 1/√x, `dy/x` for ln x.
package struct UnaryOperation: Operation {
    package enum Function {
        case negative, absolute, square, squareRoot, reciprocalSquareRoot, logarithm
        /// Has no gradient.
        case ceiling
    }

    private let function: Function
    private let loops: Loops
    private let inputs: [TensorSpec]

    package init(_ function: Function, _ inputs: [TensorSpec]) {
        self.function = function
        self.inputs = inputs
        loops = .elements(of: inputs[0].shape)
    }

    package var isDifferentiable: Bool { function != .ceiling }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(
            keepsInputs: function != .negative && !function.gradientReadsOutput,
            keepsOutputs: function.gradientReadsOutput)
    }

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
    fileprivate var gradientReadsOutput: Bool { self == .squareRoot || self == .reciprocalSquareRoot }

    fileprivate var formula: Formula {
        switch self {
        case .negative: .negative
        case .absolute: .absolute
        case .square: .square
        case .squareRoot: .squareRoot
        case .reciprocalSquareRoot: .reciprocalSquareRoot
        case .logarithm: .logarithm
        case .ceiling: .ceiling
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
        case .ceiling: preconditionFailure("the ceiling has no gradient")
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
/// The smallest whole number that is not below each element of a tensor `[batch, …]`. There is no gradient.
public func ceil(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(.ceiling) }
