import LockstepCompute

/// `y = f(a, b)`, element by element, with broadcasting.
///
/// Inputs a and b are batched; one of them may instead be a constant, or a weight, which is applied to each row of the
/// batch. Rows are broadcast by NumPy's rules: compared from the last, dimensions are equal, or one of them is 1 or
/// missing. The gradient of a broadcast element is the sum over the places it was broadcast to. `da = dy` for `+` and
/// `−`, `dy·b` for `·`, `dy/b` for `/`, `dy·b·a^(b − 1)` for `a^b`; `db = dy`, `−dy`, `dy·a`, `−dy·a/b²`. A maximum or
/// minimum passes dy to the chosen element; two equal elements get half of dy each.
package struct BinaryOperation: Operation {
    package enum Function {
        case add, subtract, multiply, divide, maximum, minimum
        /// The exponent must be a constant.
        case power
        /// The angle of the point (b, a) from −π to π: `da = dy·b/(a² + b²)`, `db = −dy·a/(a² + b²)`.
        case angle
        // Comparisons: 1 where they hold, else 0. They have no gradient.
        case equal, greater, greaterOrEqual
    }

    /// One side of the function.
    package enum Side {
        /// The next input.
        case input
        case constant(Float)
    }

    private let function: Function
    /// Whether the function is a sum.
    var isSum: Bool { function == .add }
    private let inputs: [TensorSpec]
    private let output: Shape
    /// For a and b: the index of the input, or the constant.
    private let operands: [(input: Int?, constant: Tensor?)]
    private let loops: Loops
    /// For a and b: the loops of its gradient, over dy, the other side and the side itself.
    private let gradientLoops: [Loops]

    package init(_ function: Function, _ inputs: [TensorSpec], sides: [Side] = [.input, .input]) throws(OperationError)
    {
        var operands: [(input: Int?, constant: Tensor?)] = []
        var specs: [TensorSpec] = []
        for side in sides {
            switch side {
            case .input:
                operands.append((operands.filter { $0.input != nil }.count, nil))
                specs.append(inputs[operands[operands.count - 1].input!])
            case .constant(let value):
                operands.append((nil, Tensor([value])))
                specs.append(TensorSpec([], isBatched: false))
            }
        }
        guard let output = Shape.broadcast(specs[0].shape, specs[1].shape) else {
            throw .shapes(requirement: "rows that can be broadcast to one shape", received: inputs)
        }
        let views = specs.map { View($0.shape, isBatched: $0.isBatched, broadcastTo: output) }
        loops = Loops(output.dimensions, out: View(output), views[0], views[1])
        gradientLoops = [0, 1].map { Loops(output.dimensions, out: views[$0], View(output), views[1 - $0], views[$0]) }
        self.function = function
        self.inputs = inputs
        self.output = output
        self.operands = operands
    }

    package var isDifferentiable: Bool { !function.isComparison }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return [TensorSpec(output)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(keepsInputs: ![.add, .subtract].contains(function) && !function.isComparison)
    }

    private func operand(_ side: Int, _ inputs: [Tensor]) -> Tensor {
        operands[side].constant ?? inputs[operands[side].input!]
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        evaluate(
            function.formula, operand(0, pass.inputs), operand(1, pass.inputs), over: loops, rows: 0..<pass.sums.rows,
            into: pass.output,
            on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        for side in 0..<2 {
            guard let input = operands[side].input else { continue }
            let (own, other) = (operand(side, pass.inputs), operand(1 - side, pass.inputs))
            func gradient(_ rows: Range<Int>, _ result: Tensor) {
                evaluate(
                    function.gradient(side), pass.outputGradient, other, own, over: gradientLoops[side], rows: rows,
                    into: result,
                    on: pass.crew)
            }
            if let dx = pass.inputGradients[input] { gradient(0..<pass.sums.rows, dx) }
            pass.sumOverRows(input, gradient: gradient)
        }
    }
}

extension BinaryOperation.Function {
    fileprivate var isComparison: Bool { [.equal, .greater, .greaterOrEqual].contains(self) }

    fileprivate var formula: Formula {
        switch self {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .maximum: .maximum
        case .minimum: .minimum
        case .power: .power
        case .angle: .angle
        case .equal: .isEqual
        case .greater: .isGreater
        case .greaterOrEqual: .isGreaterOrEqual
        }
    }

    /// The formula of a side's gradient, with the arguments dy, the other side and the side itself.
    fileprivate func gradient(_ side: Int) -> Formula {
        switch self {
        case .add: .copy
        case .subtract: side == 0 ? .copy : .negative
        case .multiply: .multiply
        case .divide: side == 0 ? .divide : .quotientGradient
        case .maximum: .shareOfLarger
        case .minimum: .shareOfSmaller
        case .power: .powerGradient
        case .angle: side == 0 ? .angleGradient : .oppositeAngleGradient
        case .equal, .greater, .greaterOrEqual: preconditionFailure("a comparison has no gradient")
        }
    }
}
