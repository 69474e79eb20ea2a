import LockstepCompute
import LockstepGraph

/// The weights of pixels around a pixel, in one dimension, for each image.
struct BlurWeights {
    /// `[batch, n]` of an odd number n, with the sum 1.
    let weights: SymbolicTensor

    /// The weights `exp(−d²/2σ²)` of n distances d, divided by their sum.
    ///
    /// - Parameters:
    ///   - sigma: `[batch, 1, 1, 1]`.
    ///   - reach: the largest distance that has a weight, `[batch, 1, 1, 1]`; nil for all.
    static func gaussian(size: Int, sigma: SymbolicTensor, reach: SymbolicTensor? = nil) -> BlurWeights {
        let distances = Tensor((0..<size).map { Float($0) - Float(size - 1) / 2 })
        var weights = exp(-0.5 * square((reshape(sigma, [1]).ones * distances) / reshape(sigma, [1])))
        if let reach {
            weights = weights * (1 - greater(reshape(sigma, [1]).ones * distances.magnitudes, reshape(reach, [1])))
        }
        return BlurWeights(weights: weights / sum(weights, axes: [0], keepDims: true))
    }
}

extension Tensor {
    /// The elements without their signs.
    fileprivate var magnitudes: Tensor { Tensor(elements.map(abs)) }
}

extension SymbolicTensor {
    /// Images, or fields `[batch, height, width, …]`, with each pixel replaced by the weighted sum of those around it
    /// along a dimension. Outside are zeros.
    func blurred(axis: Int, by blur: BlurWeights) -> SymbolicTensor {
        let (count, size) = (blur.weights.spec.shape[0], spec.shape[axis])
        let padded = pad(self, axis: axis, before: count / 2, after: count / 2)
        let terms = (0..<count).map { tap in
            slice(padded, axis: axis, tap..<tap + size)
                * reshape(slice(blur.weights, axis: 0, tap..<tap + 1), [1, 1, 1])
        }
        return terms.count == 1 ? terms[0] : sum(terms)
    }

    /// The sums of the elements of the last dimension up to each.
    var runningSums: SymbolicTensor {
        let n = spec.shape[spec.shape.rank - 1]
        let matrix = Tensor.zeros([n, n])
        for row in 0..<n { for column in row..<n { matrix[row, column] = 1 } }
        return applying(ProductOperation(), with: [matrix])[0]
    }
}
