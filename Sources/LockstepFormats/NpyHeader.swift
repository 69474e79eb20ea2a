import LockstepCompute

/// The element types of NumPy that can be read as float.
enum NpyElement {
    case float(bytes: Int)
    case signed(bytes: Int)
    case unsigned(bytes: Int)
    case bool

    /// From NumPy's code without the byte order, `"f4"`.
    init?(code: Substring) {
        switch code {
        case "f2", "f4", "f8": self = .float(bytes: Int(code.dropFirst())!)
        case "i1", "i2", "i4", "i8": self = .signed(bytes: Int(code.dropFirst())!)
        case "u1", "u2", "u4", "u8": self = .unsigned(bytes: Int(code.dropFirst())!)
        case "b1": self = .bool
        default: return nil
        }
    }

    var size: Int {
        switch self {
        case .float(let bytes), .signed(let bytes), .unsigned(let bytes): bytes
        case .bool: 1
        }
    }

    /// The value of an element's bits.
    func value(_ bits: UInt64) -> Float {
        switch self {
        case .float(2): Self.half(UInt16(truncatingIfNeeded: bits))
        case .float(4): Float(bitPattern: UInt32(truncatingIfNeeded: bits))
        case .float: Float(Double(bitPattern: bits))
        case .signed(1): Float(Int8(truncatingIfNeeded: bits))
        case .signed(2): Float(Int16(truncatingIfNeeded: bits))
        case .signed(4): Float(Int32(truncatingIfNeeded: bits))
        case .signed: Float(Int64(bitPattern: bits))
        case .unsigned: Float(bits)
        case .bool: bits == 0 ? 0 : 1
        }
    }

    /// IEEE half precision; spelled out, for Swift's `Float16` does not exist on every platform.
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

/// The header of an `.npy` file (NumPy Enhancement Proposal 1): magic, version, length, and a Python dictionary in ASCII.
struct NpyHeader {
    let element: NpyElement
    let isBigEndian: Bool
    let isColumnMajor: Bool
    let shape: Shape
    /// Where the elements begin.
    let size: Int

    /// Whether the elements lie in the file as they do in a tensor.
    var isNative: Bool {
        let isLittleEndian = UInt16(1).littleEndian == 1
        if case .float(4) = element { return isLittleEndian && !isBigEndian && !isColumnMajor }
        return false
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    init(_ bytes: [UInt8], file: String) throws(FormatError) {
        guard bytes.count >= 10, Array(bytes[..<6]) == Self.magic else {
            throw .notOfFormat(file: file, format: ".npy", reason: "it does not begin with NumPy's magic bytes")
        }
        let isLong = bytes[6] >= 2
        guard (1...3).contains(bytes[6]), bytes.count >= (isLong ? 12 : 10) else {
            throw .unsupported(file: file, feature: "version \(bytes[6]) of the .npy format")
        }
        let start = isLong ? 12 : 10
        let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        guard length <= bytes.count - start else {
            throw .truncated(file: file, expected: start + length, received: bytes.count)
        }
        let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
        size = start + length

        func value(_ key: String) throws(FormatError) -> Substring {
            guard let quoted = text.firstRange(of: "'\(key)'"), let colon = text[quoted.upperBound...].firstIndex(of: ":") else {
                throw .notOfFormat(file: file, format: ".npy", reason: "its header has no '\(key)'")
            }
            return text[text.index(after: colon)...].drop { $0 == " " }
        }
        let descriptor = try value("descr")
        guard let quote = descriptor.first, quote == "'", let order = descriptor.dropFirst().first else {
            throw .unsupported(file: file, feature: "an array of records")
        }
        let code = descriptor.dropFirst(2).prefix { $0 != "'" }
        guard let element = NpyElement(code: code), "<>|=".contains(order) else {
            throw .unsupported(file: file, feature: "the element type '\(order)\(code)'")
        }
        self.element = element
        isBigEndian = order == ">"
        isColumnMajor = try value("fortran_order").hasPrefix("True")

        let tuple = try value("shape")
        guard tuple.first == "(", let end = tuple.firstIndex(of: ")") else {
            throw .notOfFormat(file: file, format: ".npy", reason: "its header's shape is no tuple")
        }
        var dimensions: [Int] = []
        var count = 1
        for field in tuple[tuple.index(after: tuple.startIndex)..<end].split(separator: ",") {
            let digits = field.filter { $0 != " " && $0 != "L" }
            guard !digits.isEmpty else { continue }
            guard let dimension = Int(digits), dimension >= 0 else {
                throw .notOfFormat(file: file, format: ".npy", reason: "its header has the dimension '\(field)'")
            }
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            guard !overflows, product < Int.max / 16 else { throw .unsupported(file: file, feature: "the dimension \(dimension)") }
            count = product
            dimensions.append(dimension)
        }
        shape = Shape(dimensions)
    }
}
