import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct ZipTests {
    @Test("what is written reads back, in the order given, the same bytes each time")
    func roundTrip() throws {
        let members: [(String, [UInt8])] = [
            ("metadata.json", Array("{}".utf8)), ("empty", []), ("assets/ü", Array(repeating: 7, count: 100_000)),
        ]
        let bytes = try Zip.encode(members, file: "x.keras")
        #expect(try Zip.encode(members, file: "x.keras") == bytes)
        let read = try Zip.decode(bytes, file: "x.keras")
        #expect(read == Dictionary(uniqueKeysWithValues: members))
        // Stored, so each member lies in the archive as it is, the first in the first place.
        #expect(bytes[30...].starts(with: Array("metadata.json{}".utf8)))
    }

    @Test("no members, and two of one name, cannot be written")
    func unwritable() {
        #expect(throws: FormatError.self) { try Zip.encode([], file: "x") }
        #expect(throws: FormatError.self) { try Zip.encode([("a", [1]), ("a", [2])], file: "x") }
    }

    /// Oracle: NumPy's own reading of it, 125000 zeros of one thousandth of their size.
    @Test("what Deflate can make of few bytes is read")
    func zeros() throws {
        #expect(try Npz.read(fixture("hostile/zeros.npz"), "x") == .zeros([125_000]))
    }

    @Test(
        "archives that nobody makes of arrays are refused",
        arguments: [
            ("traversal", "the member '../x.npy', whose name leads out of the archive, is not supported"),
            ("traversal-within", "the member 'a/../../x.npy', whose name leads out of the archive, is not supported"),
            ("absolute", "the member '/x.npy', whose name leads out of the archive, is not supported"),
            ("backslash", "the member '..\\x.npy', whose name leads out of the archive, is not supported"),
            ("drive", "the member 'C:x.npy', whose name leads out of the archive, is not supported"),
            ("duplicate", "the member 'x.npy', whose name occurs twice, is not supported"),
            ("encrypted", "the member 'x.npy', which is encrypted, is not supported"),
            (
                "stated-size",
                "the member 'x.npy', which is said to be larger, with 4294967280 bytes, than what is stored of it can be, is not supported"
            ),
        ])
    func hostile(name: String, message: String) throws {
        let path = fixture("hostile/\(name).npz")
        do {
            _ = try Npz.read(path)
            Issue.record("\(name) was read")
        } catch { #expect("\(error)" == "\(path): \(message)") }
    }
}
