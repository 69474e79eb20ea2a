import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct CsvTests {
    private func reading(_ text: String, skipping: Int = 0, separator: Character = ",") throws -> Tensor {
        let path = try temporaryFolder() + "/x.csv"
        try Data(text.utf8).write(to: URL(filePath: path))
        do { return try Csv.read(path, separator: separator, skipping: skipping) } catch { throw Renamed(error, path) }
    }

    /// An error with the folder taken out.
    struct Renamed: Error, Equatable {
        let message: String
        init(_ error: any Error, _ path: String) { message = "\(error)".replacingOccurrences(of: path, with: "x.csv") }
        init(_ message: String) { self.message = message }
    }

    @Test("numbers, blanks, line ends, headers, separators")
    func numbers() throws {
        let expected = try Tensor(rows: [[1, -2.5], [3e2, 0.25]])
        #expect(try reading("1,-2.5\n300,.25\n") == expected)
        #expect(try reading(" 1 , -2.5\r\n3e2,\t0.25") == expected)
        #expect(try reading("a,b\n1,-2.5\n\n300,0.25\n\n", skipping: 1) == expected)
        #expect(try reading("1;-2.5\n300;0.25\n", separator: ";") == expected)
        #expect(try reading("7\n8\n").shape == [2, 1])
    }

    @Test("what is wrong is told by line and column")
    func wrong() {
        for (text, message) in [
            ("1,2\n3,x\n", "x.csv:2: column 2 must be a number, received: 'x'"),
            ("1,2\n3,4 5\n", "x.csv:2: column 2 must be a number, received: '4 5'"),
            ("1,2\n3,\n4,5\n", "x.csv:2: column 2 must be a number, received: ''"),
            ("1,2\n3\n", "x.csv:2: 2 columns expected as in the first line, received: 1"),
            ("1,2\u{0}3,4\n", "x.csv:1: column 2 must be a number, received: '2\u{0}3'"),
            ("", "x.csv: not a csv file: it has no rows of numbers"),
            ("\u{89}PNG\n", "x.csv:1: column 1 must be a number, received: '\u{89}PNG'"),
        ] { #expect(throws: Renamed(message)) { try reading(text) } }
    }

    @Test("what is written reads back to the bit, plain and gzipped")
    func roundTrip() throws {
        let folder = try temporaryFolder()
        let tensor = sample([20, 3], seed: 1)
        for name in ["x.csv", "x.csv.gz"] {
            try Csv.write(tensor, to: folder + "/" + name, header: ["a", "b", "c"])
            #expect(sameBits(try Csv.read(folder + "/" + name, skipping: 1), tensor))
        }
        let gzipped = try Data(contentsOf: URL(filePath: folder + "/x.csv.gz"))
        #expect(gzipped.prefix(2) == Data([0x1F, 0x8B]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2, "no temporary file stays behind")
    }

    /// Oracle: the data set's description, 1797 rows of 64 pixels from 0 to 16 and a label.
    @Test("the digits, and the same file cut short anywhere")
    func digits() throws {
        let path = repository + "/examples/data/digits.csv.gz"
        let table = try Csv.read(path)
        #expect(table.shape == [1797, 65])
        #expect(table.columns(0..<64).elements.allSatisfy { (0...16).contains($0) })
        #expect(Set(table.columns(64..<65).elements) == Set((0..<10).map(Float.init)))

        let whole = try Data(contentsOf: URL(filePath: path))
        let cut = try temporaryFolder() + "/cut.csv.gz"
        for length in [0, 1, 5, 20, 1000, 30_000, whole.count - 9, whole.count - 1] {
            try whole.prefix(length).write(to: URL(filePath: cut))
            #expect(throws: FormatError.self, "\(length) bytes") { try Csv.read(cut) }
        }
        #expect(throws: FormatError.self) { try Csv.read(fixture("deflated.npz")) }
    }
}
