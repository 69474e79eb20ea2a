import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct NpyTests {
    /// Oracle: files that NumPy wrote; element i is i − 5.
    @Test("NumPy's element types, byte orders and storage orders")
    func numpy() throws {
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        for name in ["f2", "f4", "f8", "big", "big8", "i1", "i2", "i4", "i8", "columns"] {
            #expect(try Npy.read(fixture("array-\(name).npy")) == expected, "\(name)")
        }
        for name in ["u1", "u2", "u4", "u8"] {
            #expect(try Npy.read(fixture("array-\(name).npy")) == expected.map { abs($0) }, "\(name)")
        }
        #expect(try Npy.read(fixture("array-bool.npy")) == expected.map { $0 == 0 ? 0 : 1 })
        let scalar = try Npy.read(fixture("array-scalar.npy"))
        #expect(scalar.shape == [] && scalar[0] == 3)
        #expect(try Npy.read(fixture("array-empty.npy")).shape == [0, 4])
        #expect(throws: FormatError.unsupported(file: fixture("array-complex.npy"), feature: "the element type '<c8'"))
        {
            try Npy.read(fixture("array-complex.npy"))
        }
    }

    /// Oracle: NumPy's own file of the same array.
    @Test("what is written is byte for byte what NumPy writes")
    func bytes() throws {
        let path = try temporaryFolder() + "/x.npy"
        try Npy.write(try (Tensor.arange(12) - 5).reshaped([3, 4]), to: path)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: fixture("array-f4.npy"))))
        for shape in [[], [0], [5], [2, 3, 4], [1, 0, 2]] as [Shape] {
            let tensor = sample(shape, seed: 1)
            try Npy.write(tensor, to: path)
            #expect(try Npy.read(path) == tensor)
        }
    }

    @Test("archives: those NumPy deflated, and our own")
    func archives() throws {
        let arrays = try Npz.read(fixture("deflated.npz"))
        #expect(arrays["x"] == (try (Tensor.arange(12) - 5).reshaped([3, 4])))
        #expect(arrays["y"]?.elements == [1.5, 2.5])
        let path = try temporaryFolder() + "/a.npz"
        try Npz.write(["w": sample([3, 4], seed: 1), "b": sample([4], seed: 2)], to: path)
        #expect(try Npz.read(path, "w") == sample([3, 4], seed: 1))
        #expect(throws: FormatError.noArray(file: path, name: "c", present: ["b", "w"])) { try Npz.read(path, "c") }
    }

    /// Every file cut short anywhere is an error that names it, never a crash or half an array.
    @Test("files cut short anywhere")
    func truncated() throws {
        let folder = try temporaryFolder()
        for name in ["array-f4.npy", "array-columns.npy", "deflated.npz"] {
            let whole = try Data(contentsOf: URL(filePath: fixture(name)))
            for length in 0..<whole.count {
                let path = folder + "/" + name
                try whole.prefix(length).write(to: URL(filePath: path))
                do {
                    if name.hasSuffix("npz") { _ = try Npz.read(path) } else { _ = try Npy.read(path) }
                    Issue.record("\(name) of \(length) bytes was read")
                } catch { #expect("\(error)".contains(path)) }
            }
        }
    }

    @Test("foreign files and headers that lie")
    func foreign() throws {
        let folder = try temporaryFolder()
        func reading(_ bytes: [UInt8]) throws -> String {
            let path = folder + "/x.npy"
            try Data(bytes).write(to: URL(filePath: path))
            do {
                _ = try Npy.read(path)
                return "read"
            } catch { return "\(error)".replacingOccurrences(of: path, with: "x") }
        }
        func header(_ text: String) -> [UInt8] {
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
        }
        #expect(
            try reading(Array("\u{89}PNG\r\n".utf8)) == "x: not a .npy file: it does not begin with NumPy's magic bytes"
        )
        #expect(
            try reading([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0])
                == "x: version 9 of the .npy format is not supported")
        #expect(
            try reading(header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"))
                .contains("not supported")
        )
        #expect(
            try reading(header("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,), }")).contains(
                "truncated"))
        #expect(
            try reading(header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")).contains(
                "the dimension '-1'"))
        #expect(
            try reading(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }")).contains(
                "records"))
        #expect(try reading(header("{}")).contains("its header has no 'descr'"))
        #expect(throws: FormatError.cannotOpen(file: folder + "/none.npy", reason: "No such file or directory")) {
            try Npy.read(folder + "/none.npy")
        }
        #expect(throws: FormatError.self) { try Npy.read(folder) }
    }

    @Test("a file that cannot be written leaves nothing behind")
    func unwritable() throws {
        let path = try temporaryFolder() + "/missing/x.npy"
        #expect(throws: FormatError.cannotWrite(file: path, reason: "No such file or directory")) {
            try Npy.write(.zeros([2]), to: path)
        }
        #expect(throws: FormatError.self) { try Npz.write(["x": .zeros([2])], to: path) }
        #expect(throws: FormatError.self) { try Csv.write(.zeros([2]), to: path + ".gz") }
    }
}
