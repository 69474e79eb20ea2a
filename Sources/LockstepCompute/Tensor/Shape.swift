/// The dimensions of a tensor, outermost first. Elements are in row-major order.
///
///     let shape: Shape = [50, 8, 8]
///     shape.count          // 3200
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public let dimensions: [Int]
    /// The number of elements of a tensor of this shape; `Int.max` if it overflows.
    public let count: Int

    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "a dimension cannot be negative, received: \(dimensions)")
        self.dimensions = dimensions
        count =
            dimensions.contains(0)
            ? 0
            : dimensions.reduce(1) { product, dimension in
                let (result, isTooLarge) = product.multipliedReportingOverflow(by: dimension)
                return isTooLarge ? .max : result
            }
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }
    public var first: Int? { dimensions.first }
    public var last: Int? { dimensions.last }
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The shape of one row: everything but the first dimension.
    public var row: Shape { Shape(Array(dimensions.dropFirst())) }
    /// The shape of `rows` rows of this shape.
    public func rows(_ rows: Int) -> Shape { Shape([rows] + dimensions) }
    public func replacingLast(with last: Int) -> Shape { Shape(dimensions.dropLast() + [last]) }

    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
