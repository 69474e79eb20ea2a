/// Brings a matrix near to the orthogonal matrix with the same singular vectors, by the iteration of Newton and Schulz
/// with a polynomial of the fifth degree: `x = x / ‖x‖`, then `s = x·xᵀ`, `x = a·x + (b·s + c·s²)·x` several times
/// (Jordan et al., 2024). Singular values come near to 1.
///
/// Of a matrix with more rows than columns, s is `xᵀ·x` and is multiplied from the right. That is the same as Keras's
/// transposition.
package struct NewtonSchulz: Sendable {
    private let a, b, c: Float
    private let steps: Int
    private let isTall: Bool
    /// The matrix, which is changed in place.
    package let matrix: Tensor
    private let product: Tensor
    private let squares, powers: Tensor
    private let sum: SumOfSquares

    /// The floats of memory for matrices of a shape, of which the matrix itself is a part.
    package static func workspace(rows: Int, columns: Int) -> Int {
        let side = FloatBuffer.aligned(min(rows, columns) * min(rows, columns))
        return 2 * FloatBuffer.aligned(rows * columns) + 2 * side + SumOfSquares.workspace(rows * columns)
    }

    /// - Parameter workspace: memory of `workspace(rows:columns:)` floats. Other matrices may use it in between.
    package init(a: Double, b: Double, c: Double, steps: Int, rows: Int, columns: Int, in workspace: Tensor) {
        (self.a, self.b, self.c, self.steps) = (Float(a), Float(b), Float(c), steps)
        isTall = rows > columns
        var place = 0
        func part(_ shape: Shape) -> Tensor {
            defer { place += FloatBuffer.aligned(shape.count) }
            return workspace.part(at: place, shape: shape)
        }
        let side = min(rows, columns)
        (matrix, product) = (part([rows, columns]), part([rows, columns]))
        (squares, powers) = (part([side, side]), part([side, side]))
        sum = SumOfSquares(of: rows * columns, in: part([SumOfSquares.workspace(rows * columns)]))
    }

    package func apply(on crew: Crew) {
        let norm = sum(matrix, on: crew).squareRoot()
        scale(matrix, by: Float(1 / (norm + 1e-7)), into: matrix, on: crew)
        for _ in 0..<steps {
            matmul(matrix, matrix, transposed: isTall ? .first : .second, into: squares, on: crew)
            matmul(squares, squares, into: powers, on: crew)
            scale(squares, by: b, into: squares, on: crew)
            scale(powers, by: c, into: powers, on: crew)
            add(squares, powers, into: squares, on: crew)
            if isTall {
                matmul(matrix, squares, into: product, on: crew)
            } else {
                matmul(squares, matrix, into: product, on: crew)
            }
            scale(matrix, by: a, into: matrix, on: crew)
            add(matrix, product, into: matrix, on: crew)
        }
    }
}
