extension Tensor {
    /// The rows of a matrix, made orthonormal one after another, in double precision. Each row goes through the
    /// Gram-Schmidt process twice, which is enough (Kahan). There must be no more rows than columns, and no row may lie
    /// in the span of the rows before it.
    package func orthonormalRows() -> [Double] {
        let (rows, length) = matrixShape
        precondition(rows <= length, "\(rows) orthonormal rows of \(length) elements")
        var result = elements.map(Double.init)
        result.withUnsafeMutableBufferPointer { all in
            guard let start = all.baseAddress else { return }
            for row in 0..<rows {
                let vector = start + row * length
                for _ in 0..<2 {
                    for other in 0..<row {
                        let basis = start + other * length
                        let projection = product(vector, basis, count: length)
                        for position in 0..<length { vector[position] -= projection * basis[position] }
                    }
                }
                let norm = product(vector, vector, count: length).squareRoot()
                for position in 0..<length { vector[position] /= norm }
            }
        }
        return result
    }
}

/// Σ x·y, in four sums that do not wait for one another.
private func product(_ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, count: Int) -> Double {
    var sums = SIMD4<Double>.zero
    let whole = count & ~3
    for first in stride(from: 0, to: whole, by: 4) {
        sums +=
            SIMD4(x[first], x[first + 1], x[first + 2], x[first + 3])
            * SIMD4(y[first], y[first + 1], y[first + 2], y[first + 3])
    }
    return (whole..<count).reduce(sums.sum()) { $0 + x[$1] * y[$1] }
}
