import LockstepCompute

/// The products of the matrices of two tensors, `c = a·b`: one for each row of the batch and each index of the
/// dimensions before the last two.
///
/// Inputs: a `[batch, …, n, k]` and b `[batch, …, k, m]`. Output: `[batch, …, n, m]`. A transposed operand has its last
/// two dimensions exchanged. `da = dc·bᵀ`, `db = aᵀ·dc`; the gradient of a transposed operand is transposed too.
package struct BatchedProductOperation: Operation {
    private let transposed: Transposed

    package init(transposed: Transposed = .neither) { self.transposed = transposed }

    private var isFirst: Bool { transposed == .first || transposed == .both }
    private var isSecond: Bool { transposed == .second || transposed == .both }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        let (a, b) = (inputs[0].shape.dimensions, inputs[1].shape.dimensions)
        let forms = (
            isFirst ? "[batch, …, k, n]" : "[batch, …, n, k]", isSecond ? "[batch, …, m, k]" : "[batch, …, k, m]"
        )
        guard inputs.allSatisfy(\.isBatched), a.count >= 2, a.count == b.count, a.dropLast(2) == b.dropLast(2),
            a[a.count - (isFirst ? 2 : 1)] == b[b.count - (isSecond ? 1 : 2)]
        else { throw .shapes(requirement: "\(forms.0) and \(forms.1)", received: inputs) }
        return [TensorSpec(Shape(a.dropLast(2) + [a[a.count - (isFirst ? 1 : 2)], b[b.count - (isSecond ? 2 : 1)]]))]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package func forward(_ pass: ForwardPass) {
        batchedMatmul(pass.inputs[0], pass.inputs[1], transposed: transposed, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        let (a, b, dc) = (pass.inputs[0], pass.inputs[1], pass.outputGradient)
        if let da = pass.inputGradients[0] {
            // The gradient of aᵀ is b·dcᵀ, with b as it appears in the product.
            if isFirst {
                batchedMatmul(b, dc, transposed: isSecond ? .both : .second, into: da, on: pass.crew)
            } else {
                batchedMatmul(dc, b, transposed: isSecond ? .neither : .second, into: da, on: pass.crew)
            }
        }
        if let db = pass.inputGradients[1] {
            if isSecond {
                batchedMatmul(dc, a, transposed: isFirst ? .both : .first, into: db, on: pass.crew)
            } else {
                batchedMatmul(a, dc, transposed: isFirst ? .neither : .first, into: db, on: pass.crew)
            }
        }
    }
}

/// The products of the matrices of two tensors, `a·b`: one for each row of the batch and each index of the dimensions
/// before the last two.
///
///     let scores = softmax(matmul(queries, keys, transposed: .second) / depth)
///
/// - Parameters:
///   - a: `[batch, …, n, k]`.
///   - b: `[batch, …, k, m]`, with the same first dimensions as a. The result is `[batch, …, n, m]`.
///   - transposed: the operands that are given with their last two dimensions exchanged: a as `[batch, …, k, n]`, b as
///     `[batch, …, m, k]`.
public func matmul(_ a: SymbolicTensor, _ b: SymbolicTensor, transposed: Transposed = .neither) -> SymbolicTensor {
    if transposed == .neither, let described = a.described("Matmul", with: b) { return described }
    return a.applying(BatchedProductOperation(transposed: transposed), with: [b])[0]
}
