import LockstepCompute

/// The sum, the mean, the largest or the smallest element along some dimensions of the row.
///
/// Input: `[batch, …]`. Output: the same shape without those dimensions, or with 1 in their place. With n elements for
/// each output, dx of each is dy for a sum and `dy/n` for a mean. For a largest or smallest element, all elements equal
/// to it get equal shares of dy.
package struct ReductionOperation: Operation {
    package enum Function { case sum, mean, maximum, minimum }

    private let function: Function
    private let inputs: [TensorSpec]
    private let output: Shape
    /// The number of elements that are reduced to one.
    private let count: Int
    private let inverseCount: Tensor
    /// Loops that read x and a tensor of the output's shape, and write the output.
    private let loops: Loops
    /// Loops that read a tensor of the output's shape, x and the output, and write a tensor of x's shape.
    private let gradientLoops: Loops
    private let meanLoops: Loops
    private let outputElements: Loops

    package init(_ function: Function, axes: [Int]?, keepDims: Bool, _ inputs: [TensorSpec]) throws(OperationError) {
        let shape = inputs[0].shape
        var reduced: Set<Int> = []
        for axis in axes ?? Array(0..<shape.rank) {
            guard reduced.insert(try inputs[0].axis(axis)).inserted else {
                throw .shapes(requirement: "different dimensions to reduce, not \(axes ?? [])", received: inputs)
            }
        }
        count = reduced.reduce(1) { $0 * shape[$1] }
        guard count > 0 || function == .sum else {
            throw .shapes(requirement: "elements to reduce", received: inputs)
        }
        let kept = Shape(shape.dimensions.enumerated().map { reduced.contains($0) ? 1 : $1 })
        output =
            keepDims
            ? kept : Shape(shape.dimensions.enumerated().filter { !reduced.contains($0.offset) }.map(\.element))
        inverseCount = Tensor([1 / Float(max(count, 1))])
        let (whole, small, dimensions) = (View(shape), View(kept, broadcastTo: shape), shape.dimensions)
        loops = Loops(dimensions, out: small, whole, small)
        gradientLoops = Loops(dimensions, out: whole, small, whole, small)
        meanLoops = Loops(dimensions, out: whole, small, .single(rank: shape.rank))
        outputElements = .elements(of: output)
        self.function = function
        self.inputs = inputs
    }

    private var isExtreme: Bool { function == .maximum || function == .minimum }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return [TensorSpec(output)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(
            keepsInputs: isExtreme, keepsOutputs: isExtreme, saved: isExtreme && call.training ? [call.outputs[0]] : [])
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let combination: Combination =
            switch function {
            case .sum, .mean: .sum
            case .maximum: .maximum
            case .minimum: .minimum
            }
        evaluate(
            .copy, pass.input, over: loops, rows: 0..<pass.sums.rows, combining: combination, into: pass.output,
            on: pass.crew)
        if function == .mean { scale(pass.output, by: inverseCount[0], into: pass.output, on: pass.crew) }
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        let (dy, rows) = (pass.outputGradient, 0..<pass.sums.rows)
        switch function {
        case .sum: evaluate(.copy, dy, over: gradientLoops, rows: rows, into: dx, on: pass.crew)
        case .mean: evaluate(.multiply, dy, inverseCount, over: meanLoops, rows: rows, into: dx, on: pass.crew)
        case .maximum, .minimum:
            let shares = pass.saved[0]
            evaluate(.isEqual, pass.input, pass.output, over: loops, rows: rows, into: shares, on: pass.crew)
            evaluate(.divide, dy, shares, over: outputElements, rows: rows, into: shares, on: pass.crew)
            evaluate(
                .whereEqual, shares, pass.input, pass.output, over: gradientLoops, rows: rows, into: dx, on: pass.crew)
        }
    }
}

extension SymbolicTensor {
    fileprivate func reduced(_ function: ReductionOperation.Function, _ axes: [Int]?, _ keepDims: Bool)
        -> SymbolicTensor
    {
        applying { inputs throws(OperationError) in
            try ReductionOperation(function, axes: axes, keepDims: keepDims, inputs)
        }
    }

    fileprivate func describedReduction(_ name: String, _ axes: [Int]?, _ keepDims: Bool) -> SymbolicTensor? {
        // Keras's word for all dimensions takes in the batch, so that such a reduction has a form of its own.
        described(
            name, nil,
            ["axis": axes.map { .list($0.map(kerasAxis)) } ?? .text("row"), "keepdims": .flag(keepDims)])
    }
}

/// The sum `Σ x` along some dimensions of the row.
///
/// - Parameters:
///   - x: `[batch, …]`.
///   - axes: dimensions of the row; the first is 0, the last −1. Nil: all of them.
///   - keepDims: whether the dimensions stay with size 1; if false, they are removed.
public func sum(_ x: SymbolicTensor, axes: [Int]? = nil, keepDims: Bool = false) -> SymbolicTensor {
    x.describedReduction("Sum", axes, keepDims) ?? x.reduced(.sum, axes, keepDims)
}

/// The mean `Σ x / n` of the n elements along some dimensions of the row. Parameters as for `sum(_:axes:keepDims:)`.
public func mean(_ x: SymbolicTensor, axes: [Int]? = nil, keepDims: Bool = false) -> SymbolicTensor {
    x.describedReduction("Mean", axes, keepDims) ?? x.reduced(.mean, axes, keepDims)
}

/// The largest element along some dimensions of the row. Equally large elements share the gradient. Parameters as for
/// `sum(_:axes:keepDims:)`.
public func max(_ x: SymbolicTensor, axes: [Int]? = nil, keepDims: Bool = false) -> SymbolicTensor {
    x.describedReduction("Max", axes, keepDims) ?? x.reduced(.maximum, axes, keepDims)
}

/// The smallest element along some dimensions of the row. Equally small elements share the gradient. Parameters as for
/// `sum(_:axes:keepDims:)`.
public func min(_ x: SymbolicTensor, axes: [Int]? = nil, keepDims: Bool = false) -> SymbolicTensor {
    x.describedReduction("Min", axes, keepDims) ?? x.reduced(.minimum, axes, keepDims)
}
