/// The text of a table: the bytes of a file, decompressed if gzipped, with a line feed at the end of every line.
struct CsvText {
    let file: String
    let bytes: [UInt8]
    /// The start of the first line that counts, and its number from 1.
    let start: Int
    let firstLine: Int

    static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// - Parameter skipping: the number of lines to skip at the beginning.
    /// - Throws: `FormatError` if the file cannot be opened, is incomplete, or is in UTF-16.
    init(_ file: String, skipping: Int) throws(FormatError) {
        self.file = file
        var bytes = try FileBytes.inflated(file)
        guard !Self.isUTF16(bytes) else { throw .encoding(file: file, line: 1, name: "UTF-16") }
        if !bytes.contains(Self.lineFeed) {
            // Carriage returns alone are the line ends of Macs before 2001, which Excel still offers.
            for index in bytes.indices where bytes[index] == Self.carriageReturn { bytes[index] = Self.lineFeed }
        }
        if let last = bytes.last, last != Self.lineFeed { bytes.append(Self.lineFeed) }
        // After the byte order mark that some programs write before UTF-8.
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for _ in 0..<skipping {
            start = bytes[start...].firstIndex(of: Self.lineFeed).map { $0 + 1 } ?? bytes.count
        }
        self.bytes = bytes
        self.start = start
        firstLine = skipping + 1
    }

    /// Whether the text begins with the byte order mark of UTF-16, or every second byte is zero.
    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return true }
        let beginning = bytes.prefix(64)
        guard beginning.count >= 4 else { return false }
        return (0...1).contains { parity in beginning.indices.allSatisfy { (beginning[$0] == 0) == ($0 % 2 == parity) }
        }
    }
}
