/// A view of numbers in memory with a shape, like a NumPy array. Assigned values and slices share the elements.
///
/// The elements are float32 unless the tensor is made with `init(integers:shape:)` or `init(strings:shape:)`.
/// The view keeps the memory it shows alive. `copy()` makes independent elements.
///
///     let x = Tensor.linspace(-1, 1, count: 200)
///     let train = x.rows(0..<160), test = x.rows(160..<200)
public struct Tensor: Sendable {
    public let shape: Shape
    package let buffer: FloatBuffer
    /// Four times the offset, plus the code of the type. In one word, because a small step notices what copies of
    /// tensors cost.
    @usableFromInline let place: Int

    @inlinable package var offset: Int { place >> 2 }
    /// The type of the elements.
    @inlinable public var type: DataType { place & 3 == 0 ? .float32 : place & 1 == 1 ? .int32 : .string }

    /// A view of `shape.count` elements of a buffer, from `offset` on.
    package init(_ buffer: FloatBuffer, at offset: Int = 0, shape: Shape, type: DataType = .float32) {
        precondition(
            offset >= 0 && offset + shape.count <= buffer.count,
            "a view of \(shape) at \(offset) leaves its buffer of \(buffer.count) elements")
        self.shape = shape
        self.buffer = buffer
        place = offset << 2 | type.code
    }

    /// A view of some of this view's elements.
    package func part(at start: Int, shape: Shape) -> Tensor {
        precondition(
            start >= 0 && start + shape.count <= count, "a view of \(shape) at \(start) leaves a tensor \(self.shape)")
        return Tensor(buffer, at: offset + start, shape: shape, type: type)
    }

    /// The elements in row-major order.
    ///
    /// - Throws: `ComputeError.elementCount` if their number is not that of the shape.
    public init(_ elements: [Float], shape: Shape) throws(ComputeError) {
        guard elements.count == shape.count else { throw .elementCount(shape: shape, received: elements.count) }
        self.init(FloatBuffer(count: elements.count), shape: shape)
        pointer.update(from: elements, count: elements.count)
    }

    /// A vector.
    public init(_ elements: [Float]) { self.init(elements, type: .float32) }

    /// A vector of elements of a type. The floats hold the bits of the elements.
    package init(_ elements: [Float], type: DataType) {
        self.init(FloatBuffer(count: elements.count), shape: [elements.count], type: type)
        pointer.update(from: elements, count: elements.count)
    }

    /// A matrix from its rows.
    ///
    /// - Throws: `ComputeError.raggedRows` if the rows differ in length.
    public init(rows: [[Float]]) throws(ComputeError) {
        let columns = rows.first?.count ?? 0
        guard let ragged = rows.first(where: { $0.count != columns }) else {
            self = try Tensor(rows.flatMap { $0 }, shape: [rows.count, columns])
            return
        }
        throw .raggedRows(expected: columns, received: ragged.count)
    }

    package var pointer: UnsafeMutablePointer<Float> { buffer.pointer + offset }

    public var count: Int { shape.count }
    /// The number of rows, the first dimension; 1 for a scalar.
    public var rowCount: Int { shape.first ?? 1 }
    /// A copy of the elements in row-major order. Elements of an int32 tensor become floats, rounded beyond ±2²⁴.
    public var elements: [Float] {
        let floats = floats
        // Floats of an int32 tensor have memory of their own.
        return withExtendedLifetime(floats) { Array(UnsafeBufferPointer(start: floats.pointer, count: count)) }
    }

    /// The element at a position in row-major order. An element of an int32 tensor becomes a float, rounded beyond
    /// ±2²⁴.
    public subscript(position: Int) -> Float {
        get {
            precondition(position >= 0 && position < count, "element \(position) of a tensor \(shape)")
            precondition(type != .string, "an element of text is no number; see `strings`")
            return type == .float32 ? pointer[position] : Float(integer(at: position))
        }
        nonmutating set {
            precondition(position >= 0 && position < count, "element \(position) of a tensor \(shape)")
            if type == .float32 {
                pointer[position] = newValue
            } else {
                setInteger(wholeNumber(newValue), at: position)
            }
        }
    }

    private func wholeNumber(_ value: Float) -> Int32 {
        guard let number = Int32(exactly: value) else {
            preconditionFailure("an element of an int32 tensor must be a whole number of its range, received: \(value)")
        }
        return number
    }

    /// The element in a row and a column of a matrix.
    public subscript(row: Int, column: Int) -> Float {
        get { self[index(row, column)] }
        nonmutating set { self[index(row, column)] = newValue }
    }

    private func index(_ row: Int, _ column: Int) -> Int {
        precondition(
            shape.rank == 2 && row >= 0 && row < shape[0] && column >= 0 && column < shape[1],
            "element (\(row), \(column)) of a tensor \(shape)")
        return row * shape[1] + column
    }

    /// Independent elements with the same values.
    public func copy() -> Tensor {
        // Strings cannot be set.
        if type == .string { return self }
        let result = Tensor.zeros(shape, type: type)
        result.assign(self)
        return result
    }

    /// Overwrites the elements with those of a tensor with the same number of elements and the same type.
    public func assign(_ other: Tensor) {
        precondition(
            count == other.count && type == other.type,
            "cannot assign \(other.type) \(other.shape) to \(type) \(shape)")
        pointer.update(from: other.pointer, count: count)
    }

    /// Overwrites the elements with floats from the first of these bytes, in the machine's byte order.
    package func copyBytes(_ bytes: ArraySlice<UInt8>) {
        precondition(bytes.count >= count * MemoryLayout<Float>.stride, "\(bytes.count) bytes for \(shape)")
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: pointer, count: count * MemoryLayout<Float>.stride).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[..<(count * MemoryLayout<Float>.stride)]))
        }
    }

    /// Appends the bytes of the elements, little-endian.
    package func appendBytes(to bytes: inout [UInt8]) {
        if 1.littleEndian == 1 {
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: pointer, count: count * MemoryLayout<Float>.stride))
        } else {
            for position in 0..<count {
                withUnsafeBytes(of: pointer[position].bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
    }

    /// The same elements in another shape.
    ///
    /// - Throws: `ComputeError.elementCount` if the shape holds another number of elements.
    public func reshaped(_ shape: Shape) throws(ComputeError) -> Tensor {
        guard shape.count == count else { throw .elementCount(shape: shape, received: count) }
        return Tensor(buffer, at: offset, shape: shape, type: type)
    }

    /// Overwrites all elements with a number. For an int32 tensor it must be a whole number.
    public func fill(_ value: Float) {
        let bits = type == .float32 ? value : Float(bitPattern: UInt32(bitPattern: wholeNumber(value)))
        pointer.update(repeating: bits, count: count)
    }
}

extension Tensor: Equatable {
    /// Equal types, shapes and elements, as numbers: −0 equals 0, NaN equals nothing. Strings are equal if their UTF-8
    /// is.
    public static func == (a: Tensor, b: Tensor) -> Bool {
        guard a.type == b.type, a.shape == b.shape else { return false }
        if a.type == .string { return a.strings.elementsEqual(b.strings) { $0.utf8.elementsEqual($1.utf8) } }
        return a.type == .float32
            ? (0..<a.count).allSatisfy { a.pointer[$0] == b.pointer[$0] }
            : (0..<a.count).allSatisfy { a.integer(at: $0) == b.integer(at: $0) }
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        let shown = (0..<min(count, 8)).map {
            switch type {
            case .float32: self[$0].plainDescription
            case .int32: "\(integer(at: $0))"
            case .string: "\"\(string(at: $0).prefix(40))\""
            }
        }.joined(separator: ", ")
        return "Tensor\(shape)(\(shown)\(count > 8 ? ", …" : ""))"
    }
}
