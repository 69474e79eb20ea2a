/// Arithmetic on tensors. Each operation makes a new tensor. The second operand may also be a single element, or for a
/// matrix one row that is combined with each row. Training does not use these operators, because layers write into
/// memory that a plan has laid out. The results are float32.
extension Tensor {
    public static func + (a: Tensor, b: Tensor) -> Tensor { combine(a, b, +) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { combine(a, b, -) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { combine(a, b, *) }
    public static func / (a: Tensor, b: Tensor) -> Tensor { combine(a, b, /) }

    public static func + (a: Tensor, b: Float) -> Tensor { a.map { $0 + b } }
    public static func - (a: Tensor, b: Float) -> Tensor { a.map { $0 - b } }
    public static func * (a: Tensor, b: Float) -> Tensor { a.map { $0 * b } }
    public static func / (a: Tensor, b: Float) -> Tensor { a.map { $0 / b } }
    public static func + (a: Float, b: Tensor) -> Tensor { b.map { a + $0 } }
    public static func - (a: Float, b: Tensor) -> Tensor { b.map { a - $0 } }
    public static func * (a: Float, b: Tensor) -> Tensor { b.map { a * $0 } }
    public static func / (a: Float, b: Tensor) -> Tensor { b.map { a / $0 } }
    public static prefix func - (a: Tensor) -> Tensor { a.map { -$0 } }

    /// Applies a function to each element.
    public func map(_ function: (Float) -> Float) -> Tensor {
        let result = Tensor.zeros(shape)
        let values = floats
        for position in 0..<count { result.pointer[position] = function(values.pointer[position]) }
        return result
    }

    /// The sum of all elements, added in double precision.
    public var sum: Double { (0..<count).reduce(0) { $0 + number(at: $1) } }
    /// The mean of all elements; NaN if there are none.
    public var mean: Double { sum / Double(count) }

    /// A copy of a matrix with rows and columns exchanged.
    public var transposed: Tensor {
        precondition(shape.rank == 2, "only a matrix can be transposed, received: \(shape)")
        let result = Tensor.zeros([shape[1], shape[0]], type: type)
        for row in 0..<shape[0] {
            for column in 0..<shape[1] { result.pointer[column * shape[0] + row] = pointer[row * shape[1] + column] }
        }
        return result
    }

    /// For each row of a matrix, the column of the largest element; the first one if several are equal.
    public var argmaxOfRows: [Int] {
        (0..<rowCount).map { row in
            let values = self.row(row).floats
            return (0..<values.count).reduce(0) { values.pointer[$1] > values.pointer[$0] ? $1 : $0 }
        }
    }

    private static func combine(_ a: Tensor, _ b: Tensor, _ operation: (Float, Float) -> Float) -> Tensor {
        let isRow = b.count == a.shape.last && (b.shape.rank <= 1 || b.shape[0] == 1)
        precondition(
            a.shape == b.shape || b.count == 1 || isRow,
            "the second operand must have the shape of the first, or be a row of it or one element, received: \(a.shape) and \(b.shape)"
        )
        let (a, b) = (a.floats, b.floats)
        let period = a.shape == b.shape ? max(a.count, 1) : b.count
        let result = Tensor.zeros(a.shape)
        for position in 0..<a.count {
            result.pointer[position] = operation(a.pointer[position], b.pointer[position % period])
        }
        return result
    }
}
