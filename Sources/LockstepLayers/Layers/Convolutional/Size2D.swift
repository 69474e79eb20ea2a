/// A height and a width, for example of a kernel, a pool or a stride. One number is used for both.
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

    var lengths: [Int] { [height, width] }
    public var description: String { "\(lengths)" }
}

/// How windows treat the borders of an image.
///
/// - `valid`: windows stay inside the image.
/// - `same`: windows reach over the borders, so that at stride 1 the output has the input's size.
public enum Padding: String, Sendable {
    case valid, same
}
