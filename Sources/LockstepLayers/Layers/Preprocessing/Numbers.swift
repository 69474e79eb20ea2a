import LockstepCompute

/// A number, or an array of numbers.
///
///     Rescaling([0.1, 0.2, 0.3])
public struct Numbers: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    /// In row-major order.
    let values: [Double]
    /// Empty for a number.
    let shape: Shape
    var floats: [Float] { values.map { Float($0) } }
    /// Whether it is a number and no array.
    var isOne: Bool { shape.rank == 0 }

    public init(_ value: Double) { (values, shape) = ([value], []) }
    public init(_ values: [Double]) { (self.values, shape) = (values, [values.count]) }

    /// An array of several dimensions.
    ///
    /// - Parameter values: in row-major order, as many as the shape has.
    public init(_ values: [Double], shape: Shape) {
        precondition(values.count == shape.count, "\(values.count) numbers for \(shape)")
        (self.values, self.shape) = (values, shape)
    }

    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Double(value)) }
    public init(arrayLiteral values: Double...) { self.init(values) }

    /// The array in a larger shape, by NumPy's rules; nil if it cannot be broadcast to it.
    func broadcast(to shape: Shape) -> [Float]? {
        guard Shape.broadcast(self.shape, shape) == shape else { return nil }
        let missing = shape.rank - self.shape.rank
        return (0..<shape.count).map { position in
            // From the last dimension on: the index of the position, and the place that it has in the array.
            var (rest, place, stride) = (position, 0, 1)
            for axis in shape.dimensions.indices.reversed() {
                let index = rest % shape[axis]
                rest /= shape[axis]
                guard axis >= missing else { continue }
                let size = self.shape[axis - missing]
                place += size == 1 ? 0 : index * stride
                stride *= size
            }
            return Float(values[place])
        }
    }
}

extension Numbers: ConfigurationConvertible {
    /// Reads a number, an array of numbers as lists within lists, or an array of NumPy.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let numbers = Self(argument.value["config"]?["value"] ?? argument.value) else {
            throw argument.mismatch("a number or an array of numbers")
        }
        self = numbers
    }

    private init?(_ value: ConfigurationValue) {
        if let number = value.number {
            self.init(number)
            return
        }
        guard let list = value.list, case let parts = list.compactMap(Self.init), parts.count == list.count,
            parts.allSatisfy({ $0.shape == parts[0].shape })
        else { return nil }
        self.init(parts.flatMap(\.values), shape: (parts.first?.shape ?? []).rows(parts.count))
    }

    public var configurationValue: ConfigurationValue { configurationValue(values[...], shape) }

    private func configurationValue(_ values: ArraySlice<Double>, _ shape: Shape) -> ConfigurationValue {
        guard let count = shape.first else { return values[values.startIndex].configurationValue }
        let size = shape.row.count
        return .list(
            (0..<count).map { configurationValue(values.dropFirst($0 * size).prefix(size), shape.row) })
    }
}
