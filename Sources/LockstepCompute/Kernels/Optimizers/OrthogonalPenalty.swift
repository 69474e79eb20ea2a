/// The mean |cos| of the angles between the rows of a matrix, or between its columns, and its slope.
///
/// With the n vectors wᵢ, uᵢ = wᵢ/‖wᵢ‖ and pᵢⱼ = uᵢ·uⱼ, it is `P = Σ over i < j of |pᵢⱼ| / (n(n − 1)/2)`. With
/// `dᵢ = Σ over j ≠ i of sign(pᵢⱼ)·uⱼ`, the slope is `dP/dwᵢ = (dᵢ − uᵢ(uᵢ·dᵢ)) / ‖wᵢ‖ / (n(n − 1)/2)`.
package final class OrthogonalPenalty {
    /// A vector is divided by its norm or by this, whichever is larger: Keras's epsilon.
    private static let smallestNorm: Float = 1e-7
    private let count, size: Int
    /// The distance in the matrix between neighbouring vectors, and between neighbouring elements of a vector.
    private let stride, step: Int
    /// The vectors of length 1, `[count, size]`; their products, `[count, count]`; and `dᵢ`.
    private let units, products, directions: Tensor
    private var norms: [Float]

    /// - Parameter ofColumns: whether the vectors are the columns of matrices.
    package init(rows: Int, columns: Int, ofColumns: Bool) {
        (count, size) = ofColumns ? (columns, rows) : (rows, columns)
        (stride, step) = ofColumns ? (1, columns) : (columns, 1)
        units = .zeros([count, size])
        products = .zeros([count, count])
        directions = .zeros([count, size])
        norms = Array(repeating: 0, count: count)
    }

    /// The number of pairs of vectors.
    private var pairs: Double { Double(count) * Double(count - 1) / 2 }

    /// The penalty of a matrix.
    package func value(_ matrix: Tensor, on crew: Crew) -> Double {
        multiply(matrix, on: crew)
        var sum = 0.0
        for first in 0..<count {
            for second in 0..<first { sum += Double(abs(products.pointer[first * count + second])) }
        }
        return sum / pairs
    }

    /// Writes the slope of the penalty times a factor.
    package func slope(_ matrix: Tensor, factor: Double, into slope: Tensor, on crew: Crew) {
        precondition(slope.count >= count * size, "the slope of \(count) vectors of \(size) into \(slope.shape)")
        multiply(matrix, on: crew)
        for index in 0..<count * count {
            let product = products.pointer[index]
            products.pointer[index] = index % (count + 1) == 0 || product == 0 ? 0 : product > 0 ? 1 : -1
        }
        matmul(products, units, into: directions, on: crew)
        let factor = Float(factor / pairs)
        for vector in 0..<count {
            let (unit, direction) = (units.pointer + vector * size, directions.pointer + vector * size)
            // Vectors shorter than the smallest norm are not made to have length 1.
            let isUnit = norms[vector] > Self.smallestNorm
            var along = 0.0
            for index in 0..<size where isUnit { along += Double(unit[index]) * Double(direction[index]) }
            let scale = factor / max(norms[vector], Self.smallestNorm)
            for index in 0..<size {
                slope.pointer[vector * stride + index * step] = scale * (direction[index] - Float(along) * unit[index])
            }
        }
    }

    /// Computes the vectors of length 1 and their products.
    private func multiply(_ matrix: Tensor, on crew: Crew) {
        precondition(matrix.count == count * size, "\(count) vectors of \(size) in \(matrix.shape)")
        for vector in 0..<count {
            let start = matrix.pointer + vector * stride
            var squares = 0.0
            for index in 0..<size { squares += Double(start[index * step]) * Double(start[index * step]) }
            norms[vector] = Float(squares.squareRoot())
            let divisor = max(norms[vector], Self.smallestNorm)
            for index in 0..<size { units.pointer[vector * size + index] = start[index * step] / divisor }
        }
        matmul(units, units, transposed: .second, into: products, on: crew)
    }
}
