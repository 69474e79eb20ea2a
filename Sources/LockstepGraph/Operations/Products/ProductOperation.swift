import LockstepCompute

/// The product with a matrix, `y = activation(x·W + b)`.
///
/// Inputs: x `[batch, …, inputs]`, W `[inputs, columns]`, and b `[columns]` if there is one. Output:
/// `[batch, …, columns]`. In W, `inputs` and `columns` may each be several dimensions. With `dz = dy ⊙ activation′`:
/// `dW = xᵀ·dz`, `db = Σ over rows of dz`, `dx = dz·Wᵀ`. If W is transposed, it is `[columns, inputs]`, and
/// `y = activation(x·Wᵀ + b)`, `dW = dzᵀ·x`, `dx = dz·W`.
package struct ProductOperation: FusableOperation {
    package let activation: ActivationFunction
    private let keepsProduct: Bool
    /// The shape of the kernel as a matrix; nil if the kernel has two dimensions.
    private let matrix: Shape?
    private let isTransposed: Bool

    package init(activation: ActivationFunction = .linear, matrix: Shape? = nil, isTransposed: Bool = false) {
        self.activation = activation
        self.matrix = matrix
        self.isTransposed = isTransposed
        // The activation is applied in place to the product, unless its derivative reads its input.
        keepsProduct = activation.derivativeReadsInput
    }

    package func with(activation: ActivationFunction) -> any Operation {
        ProductOperation(activation: activation, matrix: matrix, isTransposed: isTransposed)
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count == 2 || inputs.count == 3 else { throw .inputCount(expected: 2, received: inputs.count) }
        let x = inputs[0].shape
        var kernel = matrix ?? inputs[1].shape
        if isTransposed { kernel = Shape(kernel.dimensions.reversed()) }
        guard inputs[0].isBatched, !inputs[1].isBatched, x.rank > 0, kernel.rank == 2, kernel[0] == x.last,
            kernel.count == inputs[1].shape.count,
            inputs.count == 2 || !inputs[2].isBatched && inputs[2].shape.count == kernel[1],
            matrix != nil || inputs.count == 2 || inputs[2].shape.rank == 1,
            let output = activation.outputShape(x.replacingLast(with: kernel[1]))
        else {
            throw .shapes(
                requirement: "[batch, …, n], a weight \(isTransposed ? "[m, n]" : "[n, m]") and if any a bias [m]",
                received: inputs)
        }
        return [TensorSpec(output)]
    }

    /// A kernel as the matrix that the operation takes.
    private func asMatrix(_ kernel: Tensor) -> Tensor { matrix.map { kernel.part(at: 0, shape: $0) } ?? kernel }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(
            keepsInputs: true, keepsOutputs: !keepsProduct && activation != .linear,
            saved: keepsProduct
                ? [call.inputs[0].replacingLast(with: (matrix ?? call.inputs[1])[isTransposed ? 0 : 1])] : [])
    }

    package func forward(_ pass: ForwardPass) {
        let product = keepsProduct ? pass.saved[0] : pass.output
        matmul(
            pass.input, asMatrix(pass.inputs[1]), transposed: isTransposed ? .second : .neither,
            bias: pass.inputs.count > 2 ? pass.inputs[2] : nil,
            activation: keepsProduct ? .linear : activation, into: product, on: pass.crew)
        if keepsProduct { activation.apply(product, into: pass.output, on: pass.crew) }
    }

    package func backward(_ pass: BackwardPass) {
        let dz = pass.gradient(before: activation, product: keepsProduct ? pass.saved[0] : pass.output)
        let bias = pass.inputs.count > 2 ? pass.weightGradients[2] : nil
        if isTransposed, let kernel = pass.weightGradients[1] {
            rowProducts(dz, pass.input, by: pass.weightSums, into: kernel, on: pass.crew)
            if let bias { columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew) }
        } else if let kernel = pass.weightGradients[1] {
            rowProducts(pass.input, dz, by: pass.weightSums, into: kernel, columnSums: bias, on: pass.crew)
        } else if let bias {
            columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew)
        }
        if let dx = pass.inputGradient {
            let kernel = asMatrix(pass.inputs[1])
            matmul(dz, kernel, transposed: isTransposed ? .neither : .second, into: dx, on: pass.crew)
        }
    }
}

extension BackwardPass {
    /// The gradient of `product`, to which the operation applied an activation: dz = dy ⊙ activation′. It overwrites
    /// the output's gradient. For `glu` it is twice as wide, so it overwrites the product after that has been read.
    func gradient(before activation: ActivationFunction, product: Tensor) -> Tensor {
        let dy = outputGradient
        let dz = activation == .glu ? product : dy
        activation.gradient(x: product, y: output, dy: dy, into: dz, on: crew)
        return dz
    }
}

/// The product of the last dimension with a matrix, `activation(x·kernel + bias)`.
///
/// x `[batch, …, n]`, kernel `[n, m]`, bias `[m]`; the result is `[batch, …, m]`, or half as wide for `glu`. In the
/// kernel, n and m may each be several dimensions, and so may m in the bias: for attention a kernel is
/// `[features, heads, depth]`.
public func matmul(
    _ x: SymbolicTensor, _ kernel: Weight, bias: Weight? = nil, activation: ActivationFunction = .linear
) -> SymbolicTensor {
    // The number of kernel dimensions that belong to the inputs; the others belong to the outputs.
    let dimensions = kernel.shape.dimensions
    let split = (1..<max(dimensions.count, 2)).first { dimensions.prefix($0).reduce(1, *) == x.spec.shape.last }
    let matrix = split.map { Shape([dimensions.prefix($0).reduce(1, *), dimensions.dropFirst($0).reduce(1, *)]) }
    return x.applying(
        ProductOperation(activation: activation, matrix: dimensions.count > 2 ? matrix : nil),
        with: [kernel] + (bias.map { [$0] } ?? []))[0]
}

/// The product of the last dimension with a matrix that is given transposed, `x·kernelᵀ`.
///
/// x `[batch, …, n]`, kernel `[m, n]`; the result is `[batch, …, m]`.
public func matmul(_ x: SymbolicTensor, transposing kernel: Weight) -> SymbolicTensor {
    x.applying(ProductOperation(isTransposed: true), with: [kernel])[0]
}
