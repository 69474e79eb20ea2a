import LockstepCompute

/// Some steps of the power iteration for the largest singular value of a weight W, as a matrix `[…, columns]`:
/// `v = u·Wᵀ/‖u·Wᵀ‖`, `u = v·W/‖v·W‖`. The singular value is then about `v·W·uᵀ`.
///
/// Inputs: any tensor with the batch in front, whose values do not matter, W, and u `[1, columns]`. Outputs, none of
/// them batched: v `[rows]`, the next u, and `[1]`: 1 if W is zero, else 0. A W of zeros leaves u as it is, and v is
/// zero. There is no gradient.
package struct PowerIterationOperation: Operation {
    private let iterations: Int

    package init(iterations: Int) { self.iterations = iterations }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(3)
        guard inputs[0].isBatched, !inputs[1].isBatched, !inputs[2].isBatched, let columns = inputs[1].shape.last,
            columns > 0, inputs[2].shape == [1, columns]
        else { throw .shapes(requirement: "[batch, …], a weight […, columns] and [1, columns]", received: inputs) }
        return [
            TensorSpec([inputs[1].shape.count / columns], isBatched: false), inputs[2],
            TensorSpec([1], isBatched: false),
        ]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package func forward(_ pass: ForwardPass) {
        let (w, v, u) = (pass.inputs[1], pass.outputs[0], pass.outputs[1])
        let isZero = (0..<w.count).allSatisfy { w[$0] == 0 }
        u.assign(pass.inputs[2])
        v.fill(0)
        pass.outputs[2][0] = isZero ? 1 : 0
        for _ in 0..<(isZero ? 0 : iterations) {
            for row in 0..<v.count {
                var sum = 0.0
                for column in 0..<u.count { sum += Double(w[row * u.count + column]) * Double(u[column]) }
                v[row] = Float(sum)
            }
            normalize(v)
            for column in 0..<u.count {
                var sum = 0.0
                for row in 0..<v.count { sum += Double(w[row * u.count + column]) * Double(v[row]) }
                u[column] = Float(sum)
            }
            normalize(u)
        }
    }

    /// Divides a vector by its norm, of at least Keras's 1e-7.
    private func normalize(_ x: Tensor) {
        let squares = (0..<x.count).reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
        let factor = min(1 / squares.squareRoot(), 1e7)
        for index in 0..<x.count { x[index] = Float(Double(x[index]) * factor) }
    }

    package func backward(_ pass: BackwardPass) {}
}
