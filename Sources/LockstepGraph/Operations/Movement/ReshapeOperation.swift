import LockstepCompute

/// Gives each row another shape. The elements stay in place.
package struct ReshapeOperation: Operation {
    private let shape: Shape

    package init(_ shape: Shape) { self.shape = shape }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched, inputs[0].shape.count == shape.count else {
            throw .shapes(requirement: "rows of \(shape.count) elements", received: inputs)
        }
        return [TensorSpec(shape, type: inputs[0].type)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(sharesInput: true) }
    package func forward(_ pass: ForwardPass) {}
    package func backward(_ pass: BackwardPass) {}
}

/// Gives each row another shape with the same number of elements.
public func reshape(_ x: SymbolicTensor, _ shape: Shape) -> SymbolicTensor {
    x.described("Reshape", nil, ["newshape": .list([.integer(-1)] + shape.dimensions.map { .integer($0) })])
        ?? x.applying(ReshapeOperation(shape))[0]
}
