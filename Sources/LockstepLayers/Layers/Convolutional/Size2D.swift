/// A height and a width: of a kernel, a pool, a stride. One number means both.
///
///     Conv2D(32, kernelSize: 3)
///     Conv2D(32, kernelSize: [3, 5])
public struct Size2D: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    CustomStringConvertible
{
    public let height: Int
    public let width: Int

    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    public init(integerLiteral value: Int) { self.init(value, value) }

    public init(arrayLiteral elements: Int...) {
        precondition(elements.count == 2, "a size has a height and a width, received: \(elements)")
        self.init(elements[0], elements[1])
    }

    var isPositive: Bool { height > 0 && width > 0 }
    public var description: String { "[\(height), \(width)]" }
}

/// What a window does at the borders of an image: stay inside, or reach over them so that the output, at a stride of 1,
/// has the input's size.
public enum Padding: String, Sendable {
    case valid, same
}
