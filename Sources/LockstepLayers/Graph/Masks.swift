import LockstepCompute
import LockstepGraph

extension Layer {
    /// The masks of the outputs: by those that the inputs carry, and by those that they were described with.
    func computeMasks(
        _ inputs: [SymbolicTensor], described: [SymbolicTensor]
    ) throws(LayerError) -> (carried: SymbolicTensor?, described: SymbolicTensor?) {
        let carried = try computeMask(inputs)
        let isSame = zip(inputs, described).allSatisfy { $0.mask === $1.mask }
        return (carried, isSame ? carried : try computeMask(described))
    }

    /// The mask of an input, if it has one.
    ///
    /// - Parameter shape: what the mask's row must be.
    /// - Throws: `LayerError.mask`.
    func mask(of input: SymbolicTensor, _ shape: Shape) throws(LayerError) -> SymbolicTensor? {
        guard let mask = input.mask else { return nil }
        guard mask.spec.shape == shape else {
            throw .mask(
                layer: name, requirement: "be \(shape) for an input of rows \(input.spec.shape)",
                received: mask.spec.shape)
        }
        return mask
    }

    /// The mask of an input's positions, which are all its dimensions but the last, with a last dimension of 1 to
    /// broadcast; nil where it has none.
    func columnMask(of input: SymbolicTensor) throws(LayerError) -> SymbolicTensor? {
        let positions = Array(input.spec.shape.dimensions.dropLast())
        return try mask(of: input, Shape(positions)).map { reshape($0, Shape(positions + [1])) }
    }

    /// The mask of several inputs' positions: 1 where it is in one of them; nil where one has no mask.
    func commonMask(of inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        guard let first = inputs[0].mask, inputs.allSatisfy({ $0.mask != nil }) else { return nil }
        var result = first
        for input in inputs.dropFirst() { result = maximum(result, try mask(of: input, first.spec.shape)!) }
        return result
    }
}

/// a where a mask is 1, b where it is 0.
func select(_ mask: SymbolicTensor, _ a: SymbolicTensor, _ b: SymbolicTensor) -> SymbolicTensor {
    a * mask + b * (1 - mask)
}

extension Graph {
    /// Checks that an output is of a type that losses take.
    ///
    /// - Throws: `LayerError.lossOfIntegers`.
    package func checkType(ofOutput index: Int) throws(LayerError) {
        guard outputTypes[index] == .float32 else { throw .lossOfIntegers(layer: outputNames[index]) }
    }

    /// Checks that a loss can use an output's mask, if there is one.
    ///
    /// - Throws: `LayerError.mask`.
    package func checkMask(ofOutput index: Int) throws(LayerError) {
        guard let mask = inference.masks[index] else { return }
        let (positions, received) = (
            Shape(Array(outputSpecs[index].shape.dimensions.dropLast())), inference.spec(mask).shape
        )
        guard received == positions else {
            throw .mask(
                layer: outputNames[index], requirement: "be \(positions) for the loss of its output", received: received
            )
        }
    }
}
