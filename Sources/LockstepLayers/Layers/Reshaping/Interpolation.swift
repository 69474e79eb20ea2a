import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How the pixels of an image of another size follow from those of the image.
///
/// - `nearest`: the pixel that is nearest.
/// - `bilinear`: a weighted mean of the two nearest in each dimension; the weight falls linearly with the distance.
/// - `bicubic`: of the four nearest, with the cubic weights of Keys (1981), a = −1/2.
/// - `lanczos3`, `lanczos5`: of the six and the ten nearest, with the weights `sinc(d)·sinc(d/3)` and
///   `sinc(d)·sinc(d/5)` of the distance d.
public enum Interpolation: String, Sendable {
    case nearest, bilinear, bicubic, lanczos3, lanczos5

    /// The weight of a pixel at a distance from the place of a new one, before the weights are divided by their sum.
    private func weight(_ distance: Double) -> Double {
        switch self {
        case .nearest: preconditionFailure("the nearest pixel has no weight")
        case .bilinear: max(0, 1 - distance)
        case .bicubic:
            distance >= 2
                ? 0
                : distance >= 1
                    ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
                    : (1.5 * distance - 2.5) * distance * distance + 1
        case .lanczos3: Self.lanczos(distance, radius: 3)
        case .lanczos5: Self.lanczos(distance, radius: 5)
        }
    }

    private static func lanczos(_ distance: Double, radius: Double) -> Double {
        if distance > radius { return 0 }
        guard distance > 1e-3 else { return 1 }
        let angle = Double.pi * distance
        return radius * sin(angle) * sin(angle / radius) / (angle * angle)
    }

    /// The weights of n pixels in a row of n′ new ones, as a matrix `[n, n′]`. Column j has those of the new pixel
    /// whose center lies at `(j + ½)·n/n′ − ½`; their sum is 1.
    ///
    /// - Parameter antialias: whether distances count in new pixels where those are larger.
    func matrix(from n: Int, to new: Int, antialias: Bool) -> Tensor {
        let result = Tensor.zeros([n, new])
        let unit = antialias ? max(1, Double(n) / Double(new)) : 1
        for column in 0..<new {
            let place = (Double(column) + 0.5) * Double(n) / Double(new) - 0.5
            if self == .nearest {
                // Of two that are equally near, the second.
                result[min(Int(place + 0.5), n - 1), column] = 1
                continue
            }
            let weights = (0..<n).map { weight(abs(place - Double($0)) / unit) }
            let sum = weights.reduce(0, +)
            for (row, weight) in weights.enumerated() { result[row, column] = Float(weight / sum) }
        }
        return result
    }
}

extension Interpolation: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let interpolation = argument.value.string.flatMap({ Self(rawValue: $0.lowercased()) }) else {
            throw argument.mismatch("\"nearest\", \"bilinear\", \"bicubic\", \"lanczos3\" or \"lanczos5\"")
        }
        self = interpolation
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

/// A dimension of a row in another size. Each new element is a sum of the old ones, weighted by an interpolation.
func resized(
    _ x: SymbolicTensor, axis: Int, to size: Int, by interpolation: Interpolation, antialias: Bool = false
) -> SymbolicTensor {
    x.applying(interpolation.matrix(from: x.spec.shape[axis], to: size, antialias: antialias), along: axis)
}

extension SymbolicTensor {
    /// The product of one dimension of a row with a matrix.
    func applying(_ matrix: Tensor, along axis: Int) -> SymbolicTensor {
        let last = spec.shape.rank - 1
        var order = Array(0...last)
        order.swapAt(axis, last)
        // The product with a matrix takes the last dimension.
        return transpose(transpose(self, order).applying(ProductOperation(), with: [matrix])[0], order)
    }
}
