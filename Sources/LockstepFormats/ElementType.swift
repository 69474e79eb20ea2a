import LockstepCompute

/// The types in files that can be read as float32 or int32, and strings of a fixed length.
package enum ElementType: Equatable, Sendable {
    case float(bytes: Int)
    /// The upper half of a 4-byte float.
    case bfloat16
    case signed(bytes: Int)
    case unsigned(bytes: Int)
    case bool
    /// UTF-8, filled up with zeros.
    case bytes(count: Int)
    /// UTF-32, filled up with zeros.
    case unicode(count: Int)

    /// From NumPy's code without the byte order, `"f4"`.
    init?(code: Substring) {
        switch code {
        case "f2", "f4", "f8": self = .float(bytes: Int(code.dropFirst())!)
        case "i1", "i2", "i4", "i8": self = .signed(bytes: Int(code.dropFirst())!)
        case "u1", "u2", "u4", "u8": self = .unsigned(bytes: Int(code.dropFirst())!)
        case "b1": self = .bool
        default:
            guard let kind = code.first, "SU".contains(kind), let count = Int(code.dropFirst()),
                (0...1 << 24).contains(count)
            else { return nil }
            self = kind == "S" ? .bytes(count: count) : .unicode(count: count)
        }
    }

    package var size: Int {
        switch self {
        case .float(let bytes), .signed(let bytes), .unsigned(let bytes), .bytes(let bytes): bytes
        case .unicode(let count): 4 * count
        case .bfloat16: 2
        case .bool: 1
        }
    }

    /// How many bytes the elements of an array have; nil if this number, or the same number for some of the dimensions,
    /// overflows.
    func byteCount(_ dimensions: [Int]) -> Int? {
        var bytes = size
        for dimension in dimensions {
            let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: max(dimension, 1))
            if isTooLarge { return nil }
            bytes = product
        }
        return dimensions.contains(0) ? 0 : bytes
    }

    /// The value of an element's bits.
    func value(_ bits: UInt64) -> Float {
        switch self {
        case .float(2): Self.half(UInt16(truncatingIfNeeded: bits))
        case .float(4): Float(bitPattern: UInt32(truncatingIfNeeded: bits))
        case .float: Float(Double(bitPattern: bits))
        case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16)
        case .signed(1): Float(Int8(truncatingIfNeeded: bits))
        case .signed(2): Float(Int16(truncatingIfNeeded: bits))
        case .signed(4): Float(Int32(truncatingIfNeeded: bits))
        case .signed: Float(Int64(bitPattern: bits))
        case .unsigned: Float(bits)
        case .bool: bits == 0 ? 0 : 1
        case .bytes, .unicode: .nan
        }
    }

    /// Whether it is strings.
    var isText: Bool {
        switch self {
        case .bytes, .unicode: true
        default: false
        }
    }

    /// Whether the numbers can have fractions.
    var isReal: Bool {
        switch self {
        case .float, .bfloat16: true
        case .signed, .unsigned, .bool, .bytes, .unicode: false
        }
    }

    /// The value of an element's bits, for a type of whole numbers. Values above `Int.max` become `Int.max`.
    func integer(_ bits: UInt64) -> Int {
        switch self {
        case .signed(let bytes):
            let unused = 64 - 8 * bytes
            return Int(truncatingIfNeeded: bits << unused) >> unused
        case .bool: return bits == 0 ? 0 : 1
        default: return Int(clamping: bits)
        }
    }

    /// A tensor of float32 or int32, made of elements that are contiguous in the bytes. They are in row-major order, or
    /// a function gives the place of each position. There must be exactly as many bytes as the elements need.
    ///
    /// - Throws: `FormatError.integer` for a number that int32 does not hold.
    func tensor(
        _ bytes: ArraySlice<UInt8>, isBigEndian: Bool = false, shape: Shape, as type: DataType, file: String,
        place: ((Int) -> Int)? = nil
    ) throws(FormatError) -> Tensor {
        guard isText == (type == .string) else {
            let (expected, received) = type == .string ? ("strings", "numbers") : ("numbers", "strings")
            throw .elements(file: file, expected: expected, received: received)
        }
        if type == .string {
            return try strings(bytes, isBigEndian: isBigEndian, shape: shape, file: file, place: place)
        }
        if type == .float32, place == nil { return tensor(bytes, isBigEndian: isBigEndian, shape: shape) }
        let tensor = Tensor.zeros(shape, type: type)
        var wrong: (place: Int, bits: UInt64)?
        forEachBits(bytes, isBigEndian: isBigEndian, count: shape.count) { position, bits in
            let place = place?(position) ?? position
            switch type {
            case .float32: tensor[place] = value(bits)
            case .int32:
                if let number = Int32(exactly: number(bits)) {
                    tensor.setInteger(number, at: place)
                } else if wrong == nil {
                    wrong = (place, bits)
                }
            case .string: break
            }
        }
        if let wrong {
            throw .integer(file: file, place: tensor.place(of: wrong.place), received: "\(number(wrong.bits))")
        }
        return tensor
    }

    /// A tensor of strings.
    ///
    /// - Throws: `FormatError.notOfFormat` for bytes that are not UTF-8, and for numbers that are no Unicode scalars.
    private func strings(
        _ bytes: ArraySlice<UInt8>, isBigEndian: Bool, shape: Shape, file: String, place: ((Int) -> Int)?
    ) throws(FormatError) -> Tensor {
        var strings = [String](repeating: "", count: shape.count)
        for position in 0..<shape.count {
            let element = bytes.dropFirst(position * size).prefix(size)
            let string: String?
            if case .bytes = self {
                string = String(validating: element.trimmingZeros, as: UTF8.self)
            } else {
                var scalars = String.UnicodeScalarView()
                var isValid = true
                for start in stride(from: element.startIndex, to: element.endIndex, by: 4) {
                    let code = (0..<4).reduce(UInt32(0)) {
                        $0 | UInt32(element[start + (isBigEndian ? 3 - $1 : $1)]) << UInt32(8 * $1)
                    }
                    guard let scalar = Unicode.Scalar(code) else {
                        isValid = false
                        break
                    }
                    scalars.append(scalar)
                }
                while scalars.last?.value == 0 { scalars.removeLast() }
                string = isValid ? String(scalars) : nil
            }
            guard let string else {
                throw .notOfFormat(file: file, format: "text", reason: "string \(position) is not valid Unicode")
            }
            strings[place?(position) ?? position] = string
        }
        do { return try Tensor(strings: strings, shape: shape) } catch { preconditionFailure("\(error)") }
    }

    /// The value of an element's bits; rounded beyond 2⁵³.
    private func number(_ bits: UInt64) -> Double {
        self == .float(bytes: 8) ? Double(bitPattern: bits) : isReal ? Double(value(bits)) : Double(integer(bits))
    }

    /// A tensor of elements that are contiguous in the bytes, in row-major order. There must be exactly as many bytes
    /// as they need.
    func tensor(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool = false, shape: Shape) -> Tensor {
        let tensor = Tensor.zeros(shape)
        if self == .float(bytes: 4), isBigEndian == (1.bigEndian == 1) {
            tensor.copyBytes(bytes)
        } else {
            forEachBits(bytes, isBigEndian: isBigEndian, count: shape.count) { tensor[$0] = value($1) }
        }
        return tensor
    }

    /// Calls the body with the position and the bits of each of `count` elements.
    func forEachBits(
        _ bytes: ArraySlice<UInt8>, isBigEndian: Bool, count: Int, _ body: (Int, UInt64) -> Void
    ) {
        precondition(bytes.count >= count * size, "\(bytes.count) bytes for \(count) elements of \(size)")
        bytes.withUnsafeBytes { source in
            for position in 0..<count {
                var bits: UInt64 = 0
                for byte in 0..<size {
                    bits |=
                        UInt64(source[position * size + (isBigEndian ? size - 1 - byte : byte)]) << (8 * UInt64(byte))
                }
                body(position, bits)
            }
        }
    }

    /// IEEE half precision. Computed here, because Swift's `Float16` does not exist on every platform.
    private static func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without zeros at the end.
    fileprivate var trimmingZeros: Self { prefix(upTo: (lastIndex { $0 != 0 } ?? startIndex - 1) + 1) }
}
