import LockstepCompute
import LockstepGraph

/// Random numbers that some elements of a row have in common.
extension Layer {
    /// The dimensions of a row along which random numbers are the same.
    ///
    /// - Parameter noiseShape: nil for the batch; for each dimension of a row 1 if numbers are the same along it, and
    ///   nil or its length if not. Nil: numbers differ everywhere.
    func commonAxes(_ noiseShape: [Int?]?, of input: Shape) throws(LayerError) -> [Int] {
        guard let noiseShape else { return [] }
        let isRight =
            noiseShape.count == input.rank + 1 && noiseShape[0] == nil
            && zip(noiseShape.dropFirst(), input.dimensions).allSatisfy { $0 == nil || $0 == 1 || $0 == $1 }
        guard isRight else {
            throw .argument(
                layer: name, name: "noiseShape", requirement: "nil for the batch, and nil or 1 for each of \(input)",
                received: "[\(noiseShape.map { $0?.description ?? "nil" }.joined(separator: ", "))]")
        }
        return input.dimensions.indices.filter { noiseShape[$0 + 1] == 1 && input[$0] != 1 }
    }

    /// The only input of a layer that drops whole channels, checked.
    func checkChannels(_ inputs: [TensorSpec], rank: Int, rate: Double) throws(LayerError) {
        _ = try single(inputs, rank: rank)
        guard rate >= 0, rate <= 1 else {
            throw .argument(layer: name, name: "rate", requirement: "from 0 to 1", received: "\(rate)")
        }
    }
}

extension Call {
    /// The dropout of ones: 0 or `1 / (1 − rate)` for each element of a tensor.
    ///
    /// - Parameter axes: the dimensions of the row along which all elements have the same.
    func dropped(like x: SymbolicTensor, rate: Double, common axes: [Int]) -> SymbolicTensor {
        dropout((axes.isEmpty ? x : max(x, axes: axes, keepDims: true)).ones, rate: rate, self)
    }
}

extension SymbolicTensor {
    /// A 1 for each element.
    // No number equals NaN.
    var ones: SymbolicTensor { unequal(self, .nan) }

    /// A 1 for each row of the batch, `[1]`.
    var one: SymbolicTensor { slice(reshape(self, [spec.shape.count]), axis: 0, 0..<1).ones }
}
