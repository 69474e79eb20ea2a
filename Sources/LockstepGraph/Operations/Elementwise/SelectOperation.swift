import LockstepCompute

/// Elements of two tensors, chosen by a third: `y = a` where the condition is not 0, else `b`.
///
/// Inputs: the condition, a and b. Each is batched or applied to each row of the batch, and rows are broadcast as for
/// `+`. `da = dy` where the condition is not 0, else 0; `db` is the rest of dy. The condition has no gradient. An element
/// that is not chosen changes nothing, even if it is NaN.
package struct SelectOperation: Operation {
    private let inputs: [TensorSpec]
    private let output: Shape
    private let loops: Loops
    /// For a and b: the loops of its gradient, over dy, the condition and a zero.
    private let gradientLoops: [Loops]
    private let zero = Tensor([0])

    package init(_ inputs: [TensorSpec]) throws(OperationError) {
        try inputs.checkCount(3)
        guard let both = Shape.broadcast(inputs[1].shape, inputs[2].shape),
            let output = Shape.broadcast(inputs[0].shape, both)
        else { throw .shapes(requirement: "rows that can be broadcast to one shape", received: inputs) }
        let views = inputs.map { View($0.shape, isBatched: $0.isBatched, broadcastTo: output) }
        loops = Loops(output.dimensions, out: View(output), views[0], views[1], views[2])
        gradientLoops = [1, 2].map {
            Loops(output.dimensions, out: views[$0], View(output), views[0], .single(rank: output.rank))
        }
        (self.inputs, self.output) = (inputs, output)
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return [TensorSpec(output)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        evaluate(
            .select, pass.inputs[0], pass.inputs[1], pass.inputs[2], over: loops, rows: 0..<pass.sums.rows,
            into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        for (index, formula) in [(1, Formula.whereUnequal), (2, .whereEqual)] {
            func gradient(_ rows: Range<Int>, _ result: Tensor) {
                evaluate(
                    formula, pass.outputGradient, pass.inputs[0], zero, over: gradientLoops[index - 1], rows: rows,
                    into: result, on: pass.crew)
            }
            if let dx = pass.inputGradients[index] { gradient(0..<pass.sums.rows, dx) }
            pass.sumOverRows(index, gradient: gradient)
        }
        if let unused = pass.inputGradients[0] { fill(unused, with: zero, on: pass.crew) }
    }
}

/// `a` where an element of the condition is not 0, else `b`. Rows are broadcast as for `+`. The condition has no
/// gradient.
///
///     let positive = select(greater(x, 0), sqrt(x), 0 * x)
public func select(_ condition: SymbolicTensor, _ a: SymbolicTensor, _ b: SymbolicTensor) -> SymbolicTensor {
    condition.described("Where", [.tensor(condition), .tensor(a), .tensor(b)])
        ?? condition.applying(with: [a, b]) { inputs throws(OperationError) in try SelectOperation(inputs) }
}
