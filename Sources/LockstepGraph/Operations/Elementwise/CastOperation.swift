import LockstepCompute

/// The elements in another type. There is no gradient.
///
/// To float32, whole numbers beyond ±2²⁴ are rounded. To int32, the fraction is cut off, numbers out of range become
/// the nearest int32, and NaN becomes 0.
package struct CastOperation: Operation {
    private let type: DataType

    package init(to type: DataType) { self.type = type }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        return [inputs[0].with(type: type)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) { cast(pass.input, into: pass.output, on: pass.crew) }
    package func backward(_ pass: BackwardPass) {}
}

/// A tensor `[batch, …]` with elements of another type, without a gradient. Returns the tensor itself if it has that
/// type already.
///
/// To float32, whole numbers beyond ±2²⁴ are rounded. To int32, the fraction is cut off.
public func cast(_ x: SymbolicTensor, to type: DataType) -> SymbolicTensor {
    if let described = x.described("Cast", nil, ["dtype": .text(type.rawValue)]) { return described }
    guard x.spec.type != type else { return x }
    return x.applying(CastOperation(to: type))[0].masked(by: x.mask, described: x.describedMask)
}
