extension Tensor {
    /// A tensor of strings in row-major order: the data of an input of text. Its elements cannot be set.
    ///
    ///     let cities = try Tensor(strings: ["Oslo", "Rome", "Oslo"], shape: [3, 1])
    ///
    /// - Throws: `ComputeError.elementCount` if their number is not that of the shape.
    public init(strings: [String], shape: Shape) throws(ComputeError) {
        guard strings.count == shape.count else { throw .elementCount(shape: shape, received: strings.count) }
        self.init(FloatBuffer(texts: strings), shape: shape, type: .string)
    }

    /// A vector of strings.
    public init(strings: [String]) {
        self.init(FloatBuffer(texts: strings), shape: [strings.count], type: .string)
    }

    /// A copy of the elements of a tensor of strings in row-major order.
    public var strings: [String] {
        precondition(type == .string, "a \(type) tensor has no strings")
        return Array(buffer.texts[offset..<offset + count])
    }

    /// The string at a position in row-major order.
    package func string(at position: Int) -> String { buffer.texts[offset + position] }

    /// The strings at these positions.
    package func texts(at positions: [Int], shape: Shape) -> Tensor {
        Tensor(FloatBuffer(texts: positions.map(string)), shape: shape, type: .string)
    }
}
