import LockstepCompute

/// Copies the elements of each input to places of the output. It is used to concatenate, slice, transpose, reverse,
/// repeat and pad.
///
/// Inputs and output are `[batch, …]`. Elements of the output that receive no copy get one given value. The gradient of
/// an element is the sum of the gradients of the places it was copied to.
package struct CopyOperation: Operation {
    /// How one input is copied: index ranges within a row, and their views of the input and the output.
    package struct Piece {
        let copy, gradient: Loops
        /// Whether some elements of the input are not copied.
        let leavesOut: Bool

        package init(_ extents: [Int], from input: View, to output: View, leavesOut: Bool = false) {
            copy = Loops(extents, out: output, input)
            gradient = Loops(extents, out: input, output)
            self.leavesOut = leavesOut
        }
    }

    private let inputs: [TensorSpec]
    private let output: Shape
    private let pieces: [Piece]
    /// For a transpose: which dimension of the input's row each dimension of the output is.
    let order: [Int]?
    /// For a padding with zeros: where they are.
    let padding: ZeroPadding?
    /// The value of elements that receive no copy; nil if there are none.
    private let rest: Tensor?
    private let zero = Tensor([0])

    /// - Parameter pieces: one for each input.
    package init(
        _ inputs: [TensorSpec], to output: Shape, rest: Float? = nil, order: [Int]? = nil, padding: ZeroPadding? = nil,
        _ pieces: [Piece]
    ) throws(OperationError) {
        guard inputs.allSatisfy(\.isBatched) else {
            throw .shapes(requirement: "inputs with the batch in front", received: inputs)
        }
        self.inputs = inputs
        self.output = output
        self.pieces = pieces
        self.order = order
        self.padding = padding
        self.rest = rest.map { Tensor.full([1], $0, type: inputs[0].type) }
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        return [TensorSpec(output, type: inputs[0].type)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { inputs.allSatisfy { $0.type == .int32 } }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let rows = 0..<pass.sums.rows
        if let rest { fill(pass.output, with: rest, on: pass.crew) }
        for (piece, input) in zip(pieces, pass.inputs) {
            evaluate(.copy, input, over: piece.copy, rows: rows, into: pass.output, on: pass.crew)
        }
    }

    package func backward(_ pass: BackwardPass) {
        for (piece, gradient) in zip(pieces, pass.inputGradients) {
            guard let gradient else { continue }
            if piece.leavesOut { fill(gradient, with: zero, on: pass.crew) }
            evaluate(
                .copy, pass.outputGradient, over: piece.gradient, rows: 0..<pass.sums.rows, into: gradient,
                on: pass.crew)
        }
    }
}

/// Zeros at the ends of a dimension of a row.
package struct ZeroPadding: Sendable {
    let axis, before, after: Int
}
