import LockstepCompute
import LockstepGraph

extension Layer {
    /// Ones of the shape of a tensor, with 1 for the dimensions along which random numbers are the same.
    ///
    /// - Parameter noiseShape: for the batch and each dimension of the tensor, nil or 1, or its length.
    func ones(_ noiseShape: [Int?]?, like x: SymbolicTensor) throws(LayerError) -> SymbolicTensor {
        let shape = x.spec.shape
        var common: [Int] = []
        if let noiseShape {
            let isRight =
                noiseShape.count == shape.rank + 1 && noiseShape[0] == nil
                && zip(noiseShape.dropFirst(), shape.dimensions).allSatisfy { $0 == nil || $0 == 1 || $0 == $1 }
            guard isRight else {
                throw .argument(
                    layer: name, name: "noiseShape",
                    requirement: "nil for the batch, and nil or 1 for each of \(shape)",
                    received: "[\(noiseShape.map { $0?.description ?? "nil" }.joined(separator: ", "))]")
            }
            common = shape.dimensions.indices.filter { noiseShape[$0 + 1] == 1 && shape[$0] != 1 }
        }
        // No number equals NaN.
        return unequal(common.isEmpty ? x : max(x, axes: common, keepDims: true), .nan)
    }
}
