/// A depth, a height and a width, for example of a kernel or a pool over volumes. One number is used for all.
///
///     Conv3D(8, kernelSize: 3)
///     Conv3D(8, kernelSize: [1, 3, 3])
public struct Size3D: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    CustomStringConvertible
{
    public let depth: Int
    public let height: Int
    public let width: Int

    public init(_ depth: Int, _ height: Int, _ width: Int) {
        self.depth = depth
        self.height = height
        self.width = width
    }

    public init(integerLiteral value: Int) { self.init(value, value, value) }

    public init(arrayLiteral elements: Int...) {
        precondition(elements.count == 3, "a size has a depth, a height and a width, received: \(elements)")
        self.init(elements[0], elements[1], elements[2])
    }

    var lengths: [Int] { [depth, height, width] }
    public var description: String { "\(lengths)" }
}
