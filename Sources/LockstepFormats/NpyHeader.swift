import LockstepCompute

/// The header of an `.npy` file (NumPy Enhancement Proposal 1): magic, version, length, and a Python dictionary in
/// ASCII.
struct NpyHeader {
    let element: ElementType
    let isBigEndian: Bool
    let isColumnMajor: Bool
    let shape: Shape
    /// Where the elements begin.
    let size: Int

    /// Whether the elements have the same bytes and order in the file as in a tensor of a type.
    func isNative(_ type: DataType) -> Bool {
        let isLittleEndian = UInt16(1).littleEndian == 1
        let native: ElementType? =
            switch type {
            case .float32: .float(bytes: 4)
            case .int32: .signed(bytes: 4)
            case .string: nil
            }
        return element == native && isLittleEndian && !isBigEndian && !isColumnMajor
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
        // The header of an array of numbers has about a hundred bytes.
        guard length <= 1 << 16 else { throw .unsupported(file: file, feature: "a header of \(length) bytes") }
        let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
        size = start + length

        func value(_ key: String) throws(FormatError) -> Substring {
            guard let quoted = text.firstRange(of: "'\(key)'"),
                let colon = text[quoted.upperBound...].firstIndex(of: ":")
            else {
                throw .notOfFormat(file: file, format: ".npy", reason: "its header has no '\(key)'")
            }
            return text[text.index(after: colon)...].drop { $0 == " " }
        }
        let descriptor = try value("descr")
        guard let quote = descriptor.first, quote == "'", let order = descriptor.dropFirst().first else {
            throw .unsupported(file: file, feature: "an array of records")
        }
        let code = descriptor.dropFirst(2).prefix { $0 != "'" }
        guard let element = ElementType(code: code), "<>|=".contains(order) else {
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
        for field in tuple[tuple.index(after: tuple.startIndex)..<end].split(separator: ",") {
            let digits = field.filter { $0 != " " && $0 != "L" }
            guard !digits.isEmpty else { continue }
            guard let dimension = Int(digits), dimension >= 0 else {
                throw .notOfFormat(file: file, format: ".npy", reason: "its header has the dimension '\(field)'")
            }
            dimensions.append(dimension)
        }
        guard element.byteCount(dimensions) != nil else {
            throw .unsupported(file: file, feature: "the shape \(dimensions)")
        }
        shape = Shape(dimensions)
    }
}
