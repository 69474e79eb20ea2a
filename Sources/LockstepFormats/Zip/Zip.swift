package enum Zip {
    package static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> [String: [UInt8]] {
        throw .unsupported(file: file, feature: "zip")
    }
    package static func encode(_ members: [(String, [UInt8])], file: String) throws(FormatError) -> [UInt8] {
        throw .unsupported(file: file, feature: "zip")
    }
}
