/// The type of a tensor's elements: Keras's `dtype`.
public enum DataType: String, Hashable, Sendable, CaseIterable {
    /// IEEE single precision. It represents all whole numbers up to 2²⁴ exactly.
    case float32
    /// Whole numbers from −2³¹ to 2³¹ − 1: ids of words, users, classes.
    case int32
    /// Text. It enters a model through an input, where layers such as `TextVectorization` make whole numbers of it;
    /// there is no arithmetic on it.
    case string

    /// What a tensor keeps of the type, in two bits.
    @usableFromInline var code: Int {
        switch self {
        case .float32: 0
        case .int32: 1
        case .string: 2
        }
    }
}

extension Tensor {
    /// An int32 tensor of whole numbers in row-major order.
    ///
    ///     let ids = try Tensor(integers: [20_000_001, 7], shape: [2, 1])
    ///
    /// - Throws: `ComputeError.elementCount` if their number is not that of the shape.
    public init(integers: [Int32], shape: Shape) throws(ComputeError) {
        guard integers.count == shape.count else { throw .elementCount(shape: shape, received: integers.count) }
        self.init(FloatBuffer(count: integers.count), shape: shape, type: .int32)
        for (position, integer) in integers.enumerated() { setInteger(integer, at: position) }
    }

    /// A copy of the elements of an int32 tensor in row-major order.
    public var integers: [Int32] {
        precondition(type == .int32, "a \(type) tensor has no integers; `converted(to: .int32)` makes some")
        return (0..<count).map(integer)
    }

    /// The element of an int32 tensor at a position in row-major order.
    ///
    /// An int32 tensor keeps its elements in the memory of floats, as bits.
    package func integer(at position: Int) -> Int32 { Int32(bitPattern: pointer[position].bitPattern) }

    package func setInteger(_ value: Int32, at position: Int) {
        pointer[position] = Float(bitPattern: UInt32(bitPattern: value))
    }

    /// The same memory as a float32 tensor, for code that moves elements without reading their values.
    package var bits: Tensor { Tensor(buffer, at: offset, shape: shape) }

    /// The same numbers in another type. Returns the tensor itself if it has that type already.
    ///
    /// - Throws: `ComputeError.text` between text and numbers; `ComputeError.notOfType` for the first number that the
    ///   type cannot represent. For int32, that is a fraction, or a float from ±2²⁴ on, which may have been rounded. For
    ///   float32, it is a whole number beyond ±2²⁴.
    public func converted(to type: DataType) throws(ComputeError) -> Tensor {
        guard type != self.type else { return self }
        guard type != .string, self.type != .string else { throw .text(type, received: self.type) }
        let result = Tensor.zeros(shape, type: type)
        for position in 0..<count {
            let fits: Bool
            switch type {
            case .float32:
                let value = integer(at: position)
                result.pointer[position] = Float(value)
                fits = value.magnitude <= UInt32(wholeNumberLimit)
            case .int32:
                let value = Int32(exactly: pointer[position])
                result.setInteger(value ?? 0, at: position)
                fits = value.map { $0.magnitude < UInt32(wholeNumberLimit) } ?? false
            case .string: fits = false
            }
            guard fits else {
                throw .notOfType(type, place: place(of: position), received: number(at: position))
            }
        }
        return result
    }

    /// The element at a position. A `Double` represents the elements of each type exactly.
    package func number(at position: Int) -> Double {
        type == .int32 ? Double(integer(at: position)) : Double(pointer[position])
    }

    /// The elements as float32; whole numbers beyond ±2²⁴ are rounded.
    package var floats: Tensor {
        guard type == .int32 else {
            precondition(type == .float32, "text has no numbers; a layer such as StringLookup makes some")
            return self
        }
        let result = Tensor.zeros(shape)
        for position in 0..<count { result.pointer[position] = Float(integer(at: position)) }
        return result
    }
}
