import LockstepCompute
import LockstepGraph

extension Layer {
    /// The masks of the outputs: `carried` from the masks of `inputs`, and `described` from the masks of `described`.
    func computeMasks(
        _ inputs: [SymbolicTensor], described: [SymbolicTensor], _ call: Call
    ) throws(LayerError) -> (carried: SymbolicTensor?, described: SymbolicTensor?) {
        let carried = try computeMask(inputs, call)
        let isSame = zip(inputs, described).allSatisfy { $0.mask === $1.mask }
        return (carried, isSame ? carried : try computeMask(described, call))
    }

    /// The mask of an input, if it has one.
    ///
    /// - Parameter shape: the shape that one row of the mask must have.
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

    /// The mask of an input with a last dimension of 1, so that it broadcasts; nil if the input has no mask. A mask is
    /// for positions: it has all dimensions of the input except the last.
    func columnMask(of input: SymbolicTensor) throws(LayerError) -> SymbolicTensor? {
        let positions = Array(input.spec.shape.dimensions.dropLast())
        return try mask(of: input, Shape(positions)).map { reshape($0, Shape(positions + [1])) }
    }

    /// The common mask of several inputs: 1 where the mask of at least one input is 1; nil if an input has no mask.
    func commonMask(of inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        guard let first = inputs[0].mask, inputs.allSatisfy({ $0.mask != nil }) else { return nil }
        var result = first
        for input in inputs.dropFirst() { result = maximum(result, try mask(of: input, first.spec.shape)!) }
        return result
    }
}

extension Graph {
    /// Checks that an output has the type that losses take, float32.
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
