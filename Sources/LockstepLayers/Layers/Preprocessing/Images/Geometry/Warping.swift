import LockstepCompute
import LockstepGraph

/// How the value of an image between its pixels follows from them.
public enum PixelInterpolation: String, Sendable {
    /// That of the nearest pixel.
    case nearest
    /// The mean of the four pixels around, weighted by their nearness.
    case bilinear
}

extension PixelInterpolation: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let interpolation = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"nearest\" or \"bilinear\"")
        }
        self = interpolation
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension FillMode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"constant\", \"nearest\", \"wrap\", \"mirror\" or \"reflect\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

/// How a layer finds the pixels of an image that it warps. A layer declares the arguments by itself.
struct Warp {
    let interpolation: PixelInterpolation
    let fillMode: FillMode
    let fillValue: Double

    /// Images that show at each pixel what was at a place of their own.
    ///
    /// - Parameters:
    ///   - rows: the row of each place, `[batch, height, width]` or broadcast to it. `columns` likewise.
    ///   - size: height and width of the result.
    func images(
        _ x: SymbolicTensor, rows: SymbolicTensor, columns: SymbolicTensor, size: (height: Int, width: Int)
    ) -> SymbolicTensor {
        let whole = Tensor.zeros([size.height, size.width])
        let places = [rows, columns].map { reshape($0 + whole, [size.height, size.width, 1]) }
        return sampled(
            x, at: concatenate(places), nearest: interpolation == .nearest, fillMode: fillMode,
            fillValue: Float(fillValue))
    }

    /// Images that show at the pixel (column x, row y) what was at the place with the column `a₀x + a₁y + a₂` and the
    /// row `b₀x + b₁y + b₂`: Keras's `affine_transform`.
    ///
    /// - Parameters:
    ///   - a: the three factors, each `[batch, 1, 1, 1]`; a number stands for the same of all images. b likewise.
    func images(_ x: SymbolicTensor, a: [AffineFactor], b: [AffineFactor]) -> SymbolicTensor {
        let (height, width) = (x.spec.shape[0], x.spec.shape[1])
        func place(_ factors: [AffineFactor]) -> SymbolicTensor {
            let zero = reshape(x.one, [1, 1]) * 0
            func factor(_ index: Int) -> SymbolicTensor {
                switch factors[index] {
                case .tensor(let tensor): reshape(tensor, [1, 1])
                case .number(let number): zero + number
                }
            }
            return factor(0) * Self.columns(width) + factor(1) * Self.rows(height) + factor(2)
        }
        return images(x, rows: place(b), columns: place(a), size: (height, width))
    }

    /// The number of each column, `[1, width]`.
    static func columns(_ width: Int) -> Tensor { Tensor((0..<width).map(Float.init)).part(at: 0, shape: [1, width]) }
    /// The number of each row, `[height, 1]`.
    static func rows(_ height: Int) -> Tensor { Tensor((0..<height).map(Float.init)).part(at: 0, shape: [height, 1]) }
}

/// A factor of an affine transform.
enum AffineFactor: ExpressibleByIntegerLiteral {
    case tensor(SymbolicTensor)
    case number(Float)

    init(integerLiteral value: Int) { self = .number(Float(value)) }
}
