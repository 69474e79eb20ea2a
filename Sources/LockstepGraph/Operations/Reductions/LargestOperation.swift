import LockstepCompute

/// 1 at the k largest elements of the last dimension, else 0. Of equal elements, the first count as larger.
///
/// Input and output `[batch, …, n]`. There is no gradient.
package struct LargestOperation: Operation {
    private let count: Int

    package init(count: Int) { self.count = count }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched, let n = inputs[0].shape.last, count >= 0, count <= n else {
            throw .shapes(requirement: "[batch, …, n] of at least \(count) elements", received: inputs)
        }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    package func forward(_ pass: ForwardPass) { markLargest(count, of: pass.input, into: pass.output) }
    package func backward(_ pass: BackwardPass) {}
}

/// 1 at the `count` largest elements of the last dimension of a tensor `[batch, …, n]`, else 0. Of equal elements, the
/// first count as larger. There is no gradient.
public func largest(_ count: Int, of x: SymbolicTensor) -> SymbolicTensor {
    x.applying(LargestOperation(count: count))[0]
}

/// The place of the first largest element of the last dimension of a tensor `[batch, …, n]`, counted from 0. The result
/// is `[batch, …]`. There is no gradient.
public func argmax(_ x: SymbolicTensor) -> SymbolicTensor {
    x.described("Argmax", nil, ["axis": .integer(-1)])
        ?? sum(largest(1, of: x) * Tensor((0..<(x.spec.shape.last ?? 0)).map(Float.init)), axes: [-1])
}

/// 1 at the place that each number says, else 0: `[batch, …]` becomes `[batch, …, depth]`. There is no gradient.
public func oneHot(_ x: SymbolicTensor, depth: Int) -> SymbolicTensor {
    x.described("OneHot", nil, ["num_classes": .integer(depth)])
        ?? equal(reshape(x, Shape(x.spec.shape.dimensions + [1])), Tensor((0..<depth).map(Float.init)))
}
