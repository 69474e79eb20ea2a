import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct CsvTests {
    private func reading(_ text: String, skipping: Int = 0, separator: Character? = nil) throws -> Tensor {
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

    /// The same rows as people's programs write them. Oracle: written by hand.
    @Test(
        "what programs write is one table",
        arguments: [
            ("1,-2.5\n300,0.25\n", []), ("\"1\",\"-2.5\"\n\"300\",\" .25\"\n", []),
            ("\u{FEFF}a,b\r\n1,-2.5\r\n300,.25", []),
            ("a,b\r1,-2.5\r300,.25\r", []), ("1\t-2.5\n300\t0.25\n", ["its fields are separated by tabs"]),
            ("a;b\n1;-2,5\n300;0,25\n", ["its fields are separated by semicolons, its decimal sign is the comma"]),
            ("a;b\n1;-2.5\n300;0.25\n", ["its fields are separated by semicolons"]),
            ("1,0;-2,5\n300,0;0,25\n", ["its fields are separated by semicolons, its decimal sign is the comma"]),
            (
                "0,1\n1,-2.5\n300,0.25\n",
                ["line 1, '0,1', is taken for the names of the columns, for it counts up from 0; 2 rows follow"]
            ),
            ("a,\n1,-2.5\n300,0.25\n", ["line 1, 'a,', is taken for the names of the columns; 2 rows follow"]),
            ("2024,b\n1,-2.5\n300,0.25\n", ["line 1, '2024,b', is taken for the names of the columns; 2 rows follow"]),
            (
                ",a,b\n0,1,-2.5\n1,300,0.25\n",
                ["the first column counts the rows from 0 and is left out; columns are counted from 0 behind it"]
            ),
            (
                "Unnamed: 0,a,b\n0,1,-2.5\n1,300,0.25\n",
                ["the first column counts the rows from 0 and is left out; columns are counted from 0 behind it"]
            ),
            (
                "\"\",\"a\",\"b\"\n\"1\",1,-2.5\n\"2\",300,0.25\n",
                ["the first column counts the rows from 1 and is left out; columns are counted from 0 behind it"]
            ),
            (
                ",0,1\n0,1,-2.5\n1,300,0.25\n",
                [
                    "line 1, ',0,1', is taken for the names of the columns, for it counts up from 0; 2 rows follow",
                    "the first column counts the rows from 0 and is left out; columns are counted from 0 behind it",
                ]
            ),
            ("\n\"a\n1\",\"b \"\"c\"\"\"\n1,-2.5\n\n \n300,0.25\n\n", ["2 blank lines between rows are passed over"]),
        ] as [(String, [String])])
    func programs(text: String, notes: [String]) throws {
        let path = try temporaryFolder() + "/x.csv"
        try writeText(text, to: path)
        let table = try Csv.table(path)
        #expect(try table.values == Tensor(rows: [[1, -2.5], [300, 0.25]]))
        #expect(table.notes == notes)
    }

    @Test(
        "rows of numbers stay rows, however they begin",
        arguments: [
            ("0,1\n2,3\n4,5\n", [[0, 1], [2, 3], [4, 5]]), ("0,1\n1,0\n0,1\n", [[0, 1], [1, 0], [0, 1]]),
            ("0\n2\n1\n", [[0], [2], [1]]),
            ("1,2\n5,6\n", [[1, 2], [5, 6]]), ("0,1,2\n", [[0, 1, 2]]), (",a\n7,1\n9,2\n", [[7, 1], [9, 2]]),
            (",a\n0,1\n2,2\n", [[0, 1], [2, 2]]),
        ] as [(String, [[Float]])])
    func rows(text: String, rows: [[Float]]) throws {
        #expect(try reading(text) == Tensor(rows: rows))
    }

    @Test("decimal points and commas in one table are an error")
    func signs() {
        let advice = "write all fractions with points or all with commas"
        #expect(throws: Renamed("x.csv:2: column 2 must be a number, received: '2.5'; \(advice)")) {
            try reading("1;1,5\n2;2.5\n")
        }
        #expect(throws: Renamed.self) { try reading("1.234,5;1\n1;2\n") }
    }

    @Test("other encodings are named")
    func encodings() throws {
        let path = try temporaryFolder() + "/x.csv"
        for (text, encoding, name) in [
            ("1,2\n", .utf16, "UTF-16"), ("a,b\n1,2\n", .utf16LittleEndian, "UTF-16"),
            ("a,b\n1,2\n", .utf16BigEndian, "UTF-16"),
            ("Größe,b\n1,2\n", .isoLatin1, "Latin-1 or Windows-1252"),
        ] as [(String, String.Encoding, String)] {
            try text.data(using: encoding)!.write(to: URL(filePath: path))
            #expect(throws: FormatError.encoding(file: path, line: 1, name: name)) { try Csv.read(path) }
        }
        try "a,b\n1,Größe\n".data(using: .isoLatin1)!.write(to: URL(filePath: path))
        #expect(throws: FormatError.encoding(file: path, line: 2, name: "Latin-1 or Windows-1252")) {
            try Csv.read(path)
        }
        #expect(try Csv.table(path, columns: "a").values == Tensor(rows: [[1]]), "nobody asks for the text")
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
        let binary = "there are control characters in it, so this may be no text"
        for (text, message) in [
            (
                "1,2\n3,x\n",
                "x.csv:2: column 2 must be a number, received: 'x'; leave out the column with x.csv:COLUMNS"
            ),
            (
                "a,b\n1,2\n3,x\n",
                "x.csv:3: column 2 ('b') must be a number, received: 'x'; leave out the column with x.csv:COLUMNS"
            ),
            (
                "1,2\n3,4 5\n",
                "x.csv:2: column 2 must be a number, received: '4 5'; leave out the column with x.csv:COLUMNS"
            ),
            ("1,2\n3\n", "x.csv:2: 2 columns expected as in the first line, received: 1"),
            ("1,2\u{0}3,4\n", "x.csv:1: column 2 must be a number, received: '2\u{0}3'; \(binary)"),
            ("", "x.csv: not a csv file: it has no rows of numbers"),
            ("\u{89}PNG\n", "x.csv:1: column 1 must be a number, received: '\u{89}PNG'; \(binary)"),
            ("1,\"2\n3,4\n", "x.csv: not a csv file: the quote that begins in line 1 does not end"),
        ] { #expect(throws: Renamed(message)) { try reading(text) } }
    }

    @Test(
        "gaps are told with line, column, name and what to do",
        arguments: ["", "NA", "nan", "-NaN", "inf", "-Infinity", "null", "?", "\"\""])
    func gaps(field: String) {
        let received = field == "\"\"" ? "" : field
        let advice = "fill the gap, leave out the row, or leave out the column with x.csv:COLUMNS"
        #expect(throws: Renamed("x.csv:3: column 2 ('b') must be a number, received: '\(received)'; \(advice)")) {
            try reading("a,b\n1,2\n3,\(field)\n")
        }
    }

    @Test(
        "numbers in forms that are not read are no header and no number",
        arguments: [
            ("1e400", "float32 reaches to about 3.4e38"), ("-4e38", "float32 reaches to about 3.4e38"),
            ("0x1F", "write hexadecimal numbers as decimal ones"),
            ("0x1p3", "write hexadecimal numbers as decimal ones"),
            ("1 234", "write it without thousands separators"), ("1'234'567", "write it without thousands separators"),
            ("\"1,234\"", "write it without thousands separators; decimal commas are read between semicolons"),
            ("\"1,234,567.5\"", "write it without thousands separators"),
        ])
    func wrongForms(field: String, advice: String) {
        let received = field.filter { $0 != "\"" }
        for (text, line) in [("1,\(field)\n2,3\n", 1), ("a,b\n1,2\n3,\(field)\n", 3)] {
            let name = line == 3 ? " ('b')" : ""
            #expect(
                throws: Renamed("x.csv:\(line): column 2\(name) must be a number, received: '\(received)'; \(advice)")
            ) {
                try reading(text)
            }
        }
    }

    /// Oracle: the C library.
    @Test("every decimal number is the nearest float, as strtof says")
    func nearest() throws {
        var random = SystemRandomNumberGenerator()
        var texts = [
            "0", "-0", "+7", ".5", "5.", "16777217", "16777219", "33554435", "1.00000017881393432617187499",
            "1.00000017881393432617187500",
            "1.00000017881393432617187501", "3.4028235e38", "1e-45", "7e-46", "1.1754944e-38", "1.17549421e-38",
            "1e-400", "0e999999999",
            "123456789012345678901234567890", "0.000000000000000000000000000000000001", "00000000000000000000000001.5",
            "8.589973e9",
        ]
        for _ in 0..<20_000 {
            let value = Float(bitPattern: random.next())
            guard value.isFinite else { continue }
            // Floats, the middles between two, and what is beside these; as Python writes them, and with many digits.
            let middle = (Double(value) + Double(value.nextUp)) / 2
            texts += [
                "\(value)", "\(Double.random(in: -100...100))", "\(UInt64.random(in: 0 ... .max, using: &random))",
            ]
            if middle.isFinite, abs(middle) < 3.4e38 {
                texts += ["\(middle)", "\(middle.nextUp)", "\(middle.nextDown)"]
            }
        }
        let table = try reading(texts.joined(separator: "\n"))
        for (row, text) in texts.enumerated() {
            #expect(table[row, 0].bitPattern == strtof(text, nil).bitPattern, "\(text)")
        }
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
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).count == 2, "no temporary file stays behind")
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
