import LockstepCompute

/// The shape of one row. Some dimensions may be unknown until there is data, like Keras's `None`.
///
///     let words = Input([nil])               // sequences of any length
///     let image = Input([nil, nil, 3])       // images of any size
public struct PartialShape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The dimensions, outermost first; nil for an unknown one.
    public let dimensions: [Int?]

    public init(_ dimensions: [Int?]) { self.dimensions = dimensions }
    public init(_ shape: Shape) { self.init(shape.dimensions) }
    public init(arrayLiteral elements: Int?...) { self.init(elements) }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    /// The shape, if all dimensions are known.
    public var shape: Shape? {
        let known = dimensions.compactMap { $0 }
        return known.count == rank ? Shape(known) : nil
    }

    /// The shape with one size for every unknown dimension.
    public func filled(with size: Int) -> Shape { Shape(dimensions.map { $0 ?? size }) }

    /// Whether a shape has the same number of dimensions, and the same size wherever a dimension is known.
    public func accepts(_ shape: Shape) -> Bool {
        shape.rank == rank && zip(dimensions, shape.dimensions).allSatisfy { $0 == nil || $0 == $1 }
    }

    /// The shape `a`, in which the dimensions that differ from `b` are unknown.
    init(common a: Shape, _ b: Shape) {
        self.init(a.rank == b.rank ? zip(a.dimensions, b.dimensions).map { $0 == $1 ? $0 : nil } : a.dimensions)
    }

    public var description: String {
        "[" + dimensions.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + "]"
    }
}

extension PartialShape: ConfigurationConvertible {
    /// Reads the shape of a row. Files have the batch dimension in front: `[null, 28, 28, 1]`. Its value, null or a
    /// size, is ignored.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let list = argument.value.list, !list.isEmpty else {
            throw argument.mismatch("a shape of the batch and of a row")
        }
        var dimensions: [Int?] = []
        for value in list.dropFirst() {
            switch value {
            case .null: dimensions.append(nil)
            case .integer(let size) where (0...Int(Int32.max)).contains(size): dimensions.append(size)
            default: throw argument.mismatch("a shape of dimensions that are whole numbers, or null")
            }
        }
        self.init(dimensions)
    }
    public var configurationValue: ConfigurationValue {
        .list([.null] + dimensions.map { $0.map(ConfigurationValue.integer) ?? .null })
    }
}
