import Lockstep

/// The largest difference of two tensors, relative to the largest element of the second. Infinite if their shapes
/// differ, or if only one has a NaN at some place.
package func relativeError(_ actual: Tensor, _ expected: Tensor) -> Double {
    guard actual.count == expected.count else { return .infinity }
    return relativeError(actual.elements.map(Double.init), expected.elements.map(Double.init))
}

package func relativeError(_ actual: [Double], _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = max(expected.map(abs).max() ?? 0, 1e-30)
    let difference = zip(actual, expected).map {
        $0.isNaN || $1.isNaN ? ($0.isNaN && $1.isNaN ? 0 : .infinity) : abs($0 - $1)
    }
    return (difference.max() ?? 0) / scale
}

/// A tensor with the same numbers on every rank, and other numbers for each seed.
package func sample(_ shape: Shape, seed: UInt64) -> Tensor { Tensor.normal(shape, seed: seed) }

/// Whether two tensors hold the same bits.
package func sameBits(_ a: Tensor, _ b: Tensor) -> Bool { a.elements.map(\.bitPattern) == b.elements.map(\.bitPattern) }

/// The repository's top folder.
package let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

/// A file that `Tests/Fixtures/make.py` made with real Keras or NumPy.
package func fixture(_ name: String) -> String { repository + "/Tests/Fixtures/" + name }
