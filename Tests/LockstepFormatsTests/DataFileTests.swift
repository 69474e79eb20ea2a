import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

/// Oracle: files that NumPy wrote, `Tests/Fixtures/make.py`.
@Suite struct DataFileTests {
    private func copy(_ name: String, as other: String) throws -> String {
        let path = try temporaryFolder() + "/" + other
        try FileManager.default.copyItem(atPath: fixture(name), toPath: path)
        return path
    }

    @Test("the formats that names tell")
    func formats() throws {
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        #expect(try DataFile.read(fixture("array-f4.npy")) == expected)
        #expect(try DataFile.read(fixture("array-columns.npy")) == expected)
        #expect(try DataFile.read(fixture("deflated.npz") + ":x") == expected)
        #expect(try DataFile.read(fixture("two-by-two.csv")).shape == [2, 2])
        #expect(try DataFile.read(fixture("array-idx2-short")) == expected)
        #expect(try DataFile.read(copy("array-idx2-short", as: "Train.IDX")) == expected)
        let single = try temporaryFolder() + "/single.npz"
        try Npz.write(["weights": expected], to: single)
        #expect(try DataFile.read(single) == expected)
        let labels = try temporaryFolder() + "/labels.csv"
        try writeText("label\n3\n1\n2\n", to: labels)
        #expect(try DataFile.read(labels) == Tensor([3, 1, 2]), "one column is a vector")
    }

    @Test("names and keys that tell nothing are named")
    func wrong() throws {
        let archive = fixture("deflated.npz")
        for (path, message) in [
            (archive, "\(archive): one array is wanted, \(archive):KEY; it holds 'x', 'y'"),
            (archive + ":z", "\(archive): no array 'z'; it holds 'x', 'y'"),
            (
                "x.parquet",
                "x.parquet: its name must tell its format: data in .npy, .npz:KEY, .csv, .csv.gz, .tsv, .tsv.gz, text in"
            ),
            ("none.npy", "none.npy: cannot be opened: No such file or directory"),
            ("none-idx3-ubyte.gz", "none-idx3-ubyte.gz: cannot be opened: No such file or directory"),
            ("/idx", "/idx: cannot be opened: No such file or directory"), ("", ": its name must tell its format"),
        ] {
            #expect { try DataFile.read(path) } throws: { "\($0)".hasPrefix(message) }
        }
    }

    @Test("IDX of every type, plain and gzipped")
    func idx() throws {
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        for name in ["byte", "short", "int", "float", "double"] {
            #expect(try Idx.read(fixture("array-idx2-\(name)")) == expected, "\(name)")
        }
        #expect(try Idx.read(fixture("array-idx2-ubyte")) == expected + 5)
        #expect(try Idx.read(fixture("images-idx3-ubyte.gz")) == (Tensor.arange(18) * 15).reshaped([3, 3, 2]))
        #expect(try Idx.read(fixture("labels-idx1-ubyte.gz")) == Tensor([7, 0, 9]))
    }

    @Test("IDX files cut short anywhere, too long, of other types or with dimensions that no file has")
    func wrongIdx() throws {
        let path = try temporaryFolder() + "/x-idx"
        func reading(_ bytes: some Sequence<UInt8>) throws -> Tensor {
            try Data(bytes).write(to: URL(filePath: path))
            return try Idx.read(path)
        }
        for name in ["array-idx2-short", "images-idx3-ubyte.gz"] {
            let whole = try Data(contentsOf: URL(filePath: fixture(name)))
            for length in 0..<whole.count {
                #expect(throws: FormatError.self, "\(name), \(length) bytes") { try reading(whole.prefix(length)) }
            }
        }
        #expect(throws: FormatError.truncated(file: path, expected: 12, received: 11)) {
            try reading([0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 4] + [UInt8](repeating: 1, count: 11))
        }
        #expect(
            throws: FormatError.notOfFormat(
                file: path, format: "IDX", reason: "2 bytes of elements [2] expected, received: 3")
        ) {
            try reading([0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3])
        }
        #expect(throws: FormatError.notOfFormat(file: path, format: "IDX", reason: "there is no element type 0xa")) {
            try reading([0, 0, 10, 1, 0, 0, 0, 1, 1])
        }
        let huge = [0, 0, 0x0E, 4] + [UInt8](repeating: 0xFF, count: 16)
        #expect(throws: FormatError.self) { try reading(huge) }
        let none = [0, 0, 0x08, 4, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12)
        #expect(throws: FormatError.self, "no rows, of a size that cannot be counted") { try reading(none) }
        #expect(try reading([0, 0, 8, 0, 7]).elements == [7], "without dimensions it is one number")
        #expect(try reading([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 4]).shape == [0, 4])
    }

    @Test("CSV headers are passed over where a name stands over numbers, and only there")
    func headers() throws {
        let path = try temporaryFolder() + "/x.csv"
        func reading(_ text: String) throws -> Tensor {
            try writeText(text, to: path)
            return try DataFile.read(path)
        }
        let expected = try Tensor(rows: [[1, 2], [3, 4]])
        for header in ["a,b\n", "\n \"a b\" , c\r\n", "x1,x2\n", "Gewicht,Größe\n", "\u{FEFF}a,b\n", "\u{FEFF}"] {
            #expect(try reading(header + "1,2\n3,4\n") == expected, "\(header)")
        }
        for (text, message) in [
            ("1,b\n1,c\n", "1: column 2 must be a number, received: 'b'"),
            ("bob,NA\namy,1\n", "1: column 1 must be a number, received: 'bob'"),
            ("a,b\nc,d\n1,2\n", "2: column 1 ('a') must be a number, received: 'c'"),
            ("a,b\n", " not a csv file: it has no rows of numbers"),
            ("a\u{1},b\n1,2\n", "1: column 1 must be a number, received: 'a\u{1}'"),
        ] {
            #expect { try reading(text) } throws: { "\($0)".hasPrefix("\(path):\(message)") }
        }
    }

    private let people = "name,width,height,kind\n\"Ada, née B\",1,5,dog\nKurt,2,6,cat\nÉmile,3,7,ant\n"

    /// Oracle: the table, counted by hand.
    @Test(
        "columns by place, from the end and by name; the others hold anything",
        arguments: [
            ("1-2", [[1, 5], [2, 6], [3, 7]]), ("-3--2", [[1, 5], [2, 6], [3, 7]]),
            ("1--2", [[1, 5], [2, 6], [3, 7]]),
            ("2,1", [[5, 1], [6, 2], [7, 3]]), ("height,width,height", [[5, 1, 5], [6, 2, 6], [7, 3, 7]]),
            ("width-height", [[1, 5], [2, 6], [3, 7]]), ("-2,width", [[5, 1], [6, 2], [7, 3]]),
        ] as [(String, [[Float]])])
    func columns(asked: String, expected: [[Float]]) throws {
        let path = try temporaryFolder() + "/x.csv"
        try writeText(people, to: path)
        #expect(try DataFile.read(path + ":" + asked) == Tensor(rows: expected))
        #expect(try DataFile.read(path + ":1") == Tensor([1, 2, 3]))
    }

    /// Oracle: the array that pandas wrote.
    @Test(
        "tables as pandas writes them",
        arguments: [
            ("frame", ""), ("frame-index", ""), ("frame-bare", ""), ("frame-named", ""), ("frame-quoted", ""),
            ("frame-tabs", ""),
            ("frame-commas", ""), ("frame-excel", ""), ("frame-mixed", ":0-2"), ("frame-mixed", ":width,a \"b\",-3"),
        ])
    func pandas(name: String, columns: String) throws {
        let expected = try Npy.read(fixture("frame.npy"))
        let file = fixture(name + ".csv")
        #expect(try DataFile.read(file + columns) == expected)
    }

    @Test("a table of pandas's with an index, numbers, texts and classes")
    func mixed() throws {
        let file = fixture("frame-mixed.csv")
        #expect(try DataFile.contents(file + ":kind", classes: .sorted).values == Tensor([2, 0, 1, 2, 0, 1, 2, 0, 1]))
        let error = FormatError.field(
            file: file, line: 2, column: 5, name: "note", requirement: "a number", received: "Größe, 1",
            advice: "leave out the column with \(file):COLUMNS")
        #expect(throws: error) { try DataFile.read(file + ":0-3") }
    }

    @Test(
        "columns that there are not", arguments: ["4", "-5", "2-1", "length", "", "0-", "1--4", "width-name", "width,"])
    func noColumns(asked: String) throws {
        let path = try temporaryFolder() + "/x.csv"
        try writeText(people, to: path)
        let error = FormatError.columns(
            file: path, last: 3, names: ["name", "width", "height", "kind"], received: asked)
        #expect(throws: error) { try DataFile.read(path + ":" + asked) }
    }

    @Test("columns are counted without an index")
    func index() throws {
        let path = try temporaryFolder() + "/x.tsv"
        try writeText("\ta\tb\tc\n0\t1\t2\tx\n1\t3\t4\ty\n", to: path)
        for asked in ["0-1", "a,b", "0--2"] {
            #expect(try DataFile.read(path + ":" + asked) == Tensor(rows: [[1, 2], [3, 4]]), "\(asked)")
        }
    }

    /// Oracle: Python's `sorted`, which goes by code points.
    @Test("names of classes become their numbers in sorted order, or those of a list")
    func classes() throws {
        let path = try temporaryFolder() + "/x.csv"
        try writeText(people, to: path)
        let sorted = try DataFile.contents(path + ":kind", classes: .sorted)
        #expect(sorted.values == Tensor([2, 1, 0]) && sorted.classes == ClassNames(["ant", "cat", "dog"]))
        let names = try DataFile.contents(path + ":0", classes: .sorted)
        #expect(names.values == Tensor([0, 1, 2]) && names.classes == ClassNames(["Ada, née B", "Kurt", "Émile"]))
        let list = ClassNames(["dog", "bee", "cat", "ant"])
        #expect(try DataFile.contents(path + ":-1", classes: .known(list, file: "l.json")).values == Tensor([0, 2, 3]))
        #expect(
            throws: FormatError.unknownClass(
                file: path, line: 4, known: ["cat", "dog"], source: "l.json", received: "ant")
        ) {
            try DataFile.contents(path + ":-1", classes: .known(ClassNames(["cat", "dog"]), file: "l.json"))
        }
        #expect(throws: FormatError.self) { try DataFile.read(path + ":kind") }
        #expect(throws: FormatError.self) { try DataFile.contents(path + ":0,3", classes: .sorted) }

        let alone = try temporaryFolder() + "/y.csv"
        try writeText("kind\nb\na\nb\n", to: alone)
        let named = try DataFile.contents(alone, classes: .sorted)
        #expect(named.values == Tensor([1, 0, 1]))
        let note = "line 1, 'kind', is taken for the names of the columns, for it does not occur again; 3 rows follow"
        #expect(named.notes == ["\(alone): \(note)"])
        try writeText("None\na\nNone\n\"NA\"\n", to: alone)
        #expect(try DataFile.contents(alone, classes: .sorted).values == Tensor([1, 2, 1, 0]))
        for wrong in ["b\na\nb\nNA\n", "b\na\nb\n3\n", "1\n2\nb\n"] {
            try writeText(wrong, to: alone)
            #expect(throws: FormatError.self, "\(wrong)") { try DataFile.contents(alone, classes: .sorted) }
        }
    }

    @Test("names of classes are kept beside the model, and read back")
    func classNames() throws {
        let file = try temporaryFolder() + "/a.classes.json"
        let names = ClassNames(["a \"b\"", "é\n", "\u{1F41C}"])
        try names.write(to: file)
        #expect(try ClassNames(file: file) == names)
        #expect(try JSONDecoder().decode([String].self, from: Data(contentsOf: URL(filePath: file))) == names.names)
        for text in ["{}", "[1]", "[\"a\", \"a\"]", "["] {
            try writeText(text, to: file)
            #expect(throws: FormatError.self) { try ClassNames(file: file) }
        }
        for (model, expected) in [
            ("o/a.keras", "o/a"), ("a.weights.h5", "a"), ("a.b.h5", "a.b"), ("a.safetensors", "a"),
        ] {
            #expect(ClassNames.file(beside: model) == expected + ".classes.json")
        }
    }
}

/// Oracle: the same file, read.
@Suite struct NpyMappingTests {
    private func isMapped(_ path: String) throws -> Bool {
        String(decoding: try FileBytes.read("/proc/self/maps"), as: UTF8.self).contains(path)
    }

    @Test("float32 in C order is mapped, and the file let go with the tensor")
    func mapped() throws {
        let path = try temporaryFolder() + "/x.npy"
        for shape in [[3, 4], [70_000], [2, 0], [], [5, 1, 7]] as [Shape] {
            try Npy.write(sample(shape, seed: 1), to: path)
            do {
                let tensor = try Npy.map(path)
                #expect(try tensor == Npy.read(path) && tensor.shape == shape)
                guard FileManager.default.fileExists(atPath: "/proc/self/maps") else { continue }
                let isThere = try withExtendedLifetime(tensor) { try isMapped(path) }
                #expect(isThere)
            }
            #expect(try !isMapped(path))
        }
    }

    @Test("a file that is replaced while it is mapped keeps its numbers")
    func replaced() throws {
        let path = try temporaryFolder() + "/x.npy"
        try Npy.write(Tensor([1, 2, 3]), to: path)
        let tensor = try Npy.map(path)
        try Npy.write(Tensor([4, 5]), to: path)
        #expect(tensor == Tensor([1, 2, 3]))
    }

    @Test("other types, orders and alignments are read")
    func read() throws {
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        for name in ["f8", "big", "columns", "i4"] {
            #expect(try Npy.map(fixture("array-\(name).npy")) == expected)
            #expect(try !isMapped("array-\(name).npy"))
        }
        // As NumPy up to 1.13 wrote them: elements at a multiple of 16 bytes.
        var bytes = try Data(contentsOf: URL(filePath: fixture("array-f4.npy")))
        bytes[8] -= 16
        bytes.removeSubrange(100..<116)
        let path = try temporaryFolder() + "/old.npy"
        try bytes.write(to: URL(filePath: path))
        #expect(try Npy.map(path) == expected && !isMapped(path))
    }

    @Test("files cut short anywhere, folders and what is not there")
    func wrong() throws {
        let whole = try Data(contentsOf: URL(filePath: fixture("array-f4.npy")))
        let path = try temporaryFolder() + "/cut.npy"
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(filePath: path))
            #expect(throws: FormatError.self, "\(length) bytes") { try Npy.map(path) }
        }
        for path in ["/no/such.npy", try temporaryFolder()] { #expect(throws: FormatError.self) { try Npy.map(path) } }
    }
}
