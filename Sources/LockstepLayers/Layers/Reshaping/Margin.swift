import LockstepCompute
import LockstepGraph

/// How much lies before and behind the elements of one dimension. One number is used for both.
///
///     ZeroPadding1D([2, 0])
public struct Margin: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    CustomStringConvertible
{
    public let before, after: Int

    public init(_ before: Int, _ after: Int) { (self.before, self.after) = (before, after) }
    public init(integerLiteral value: Int) { self.init(value, value) }

    public init(arrayLiteral elements: Int...) {
        precondition(elements.count == 2, "a margin has a number before and one behind, received: \(elements)")
        self.init(elements[0], elements[1])
    }

    public var description: String { "[\(before), \(after)]" }
}

/// The margins of several dimensions. One number is used for all.
///
///     ZeroPadding2D([1, [0, 2]])
public struct Margins: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    private let sides: [Margin]

    public init(_ sides: [Margin]) { self.sides = sides }
    public init(integerLiteral value: Int) { self.init([Margin(value, value)]) }
    public init(arrayLiteral sides: Margin...) { self.init(sides) }

    /// One for each of some dimensions; nil if there are others.
    func of(rank: Int) -> [Margin]? {
        sides.count == rank ? sides : sides.count == 1 ? Array(repeating: sides[0], count: rank) : nil
    }
}

extension Margin: ConfigurationConvertible {
    /// Reads a number, or two.
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer: self.init(integerLiteral: try Int(argument))
        case .list(let values) where values.count == 2:
            let sides = try [Int](argument)
            self.init(sides[0], sides[1])
        default: throw argument.mismatch("a whole number or two of them")
        }
    }
    public var configurationValue: ConfigurationValue { [before, after].configurationValue }
}

extension Margins: ConfigurationConvertible {
    /// Reads a number, or a list with a number or two for each dimension.
    public init(_ argument: LayerArgument) throws(LayerError) {
        if case .integer = argument.value {
            self.init([try Margin(argument)])
        } else {
            self.init(try [Margin](argument))
        }
    }
    public var configurationValue: ConfigurationValue { sides.configurationValue }
}

extension Layer {
    /// The only input with zeros around the dimensions in front of the channels.
    ///
    /// - Parameter rank: how many dimensions there are in front of the channels.
    func padded(_ inputs: [SymbolicTensor], by margins: Margins, rank: Int) throws(LayerError) -> SymbolicTensor {
        let input = try single(inputs.map(\.spec), rank: rank + 1)
        var x = inputs[0]
        for (axis, side) in try sides(margins, "padding", of: input).enumerated() where side != 0 {
            x = pad(x, axis: axis, before: side.before, after: side.after)
        }
        return x
    }

    /// The only input without the borders of the dimensions in front of the channels. Parameters as for `padded`.
    func cropped(_ inputs: [SymbolicTensor], by margins: Margins, rank: Int) throws(LayerError) -> SymbolicTensor {
        let input = try single(inputs.map(\.spec), rank: rank + 1)
        var x = inputs[0]
        for (axis, side) in try sides(margins, "cropping", of: input).enumerated() where side != 0 {
            guard side.before + side.after < input[axis] else {
                throw .input(
                    layer: name, requirement: "be larger than what is cut off, \(side) of dimension \(axis + 1)",
                    received: input)
            }
            x = slice(x, axis: axis, side.before..<input[axis] - side.after)
        }
        return x
    }

    private func sides(_ margins: Margins, _ argument: String, of input: Shape) throws(LayerError) -> [Margin] {
        let rank = input.rank - 1
        guard let sides = margins.of(rank: rank), sides.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
            throw .argument(
                layer: name, name: argument, requirement: "0 or more, for \(rank) dimension(s)",
                received: "\(margins.configurationValue)")
        }
        return sides
    }
}
