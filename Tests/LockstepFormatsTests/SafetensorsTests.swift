import Foundation
import LockstepCompute
import LockstepFormats
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    /// Oracle: a file of the reference implementation; element i is i − 5.
    @Test("the reference implementation's element types")
    func types() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: fixture("types.safetensors"))))
        let (tensors, metadata) = try Safetensors.decode(bytes, file: "types.safetensors")
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        for name in ["f2", "f4", "f8", "bfloat16", "i1", "i2", "i4", "i8"] {
            #expect(tensors[name] == expected, "\(name)")
        }
        for name in ["u1", "u2", "u4", "u8"] { #expect(tensors[name] == expected.map { abs($0) }, "\(name)") }
        #expect(tensors["bool"] == expected.map { $0 == 0 ? 0 : 1 })
        #expect(tensors["scalar"] == .full([], 3))
        #expect(tensors["empty"] == .zeros([0, 4]))
        #expect(metadata == ["made by": "„safetensors“"])
    }

    /// Oracle for the layout: the format's description, of a header of spaces behind a JSON object, and data behind it.
    @Test("what is written reads back to the bit, its data on a cache line")
    func roundTrip() throws {
        let tensors = [("b", sample([3, 4], seed: 1)), ("a\n\"ü", sample([], seed: 2)), ("empty", .zeros([2, 0]))]
        let path = try temporaryFolder() + "/x.safetensors"
        try Safetensors.write(tensors, metadata: ["format": "pt"], to: path)
        let read = try Safetensors.read(path)
        #expect(read.count == 3)
        for (name, tensor) in tensors {
            #expect(read[name]?.shape == tensor.shape)
            #expect(sameBits(try #require(read[name]), tensor))
        }
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        #expect((bytes.count - 4 * 13) % 64 == 0)
        #expect(try Safetensors.decode(bytes, file: path).metadata == ["format": "pt"])
        #expect(try Safetensors.encode([], file: "x").count == 64)
    }

    @Test("names that cannot be written")
    func unwritable() {
        for names in [["a", "a"], ["__metadata__"]] {
            #expect(throws: FormatError.self) { try Safetensors.encode(names.map { ($0, .zeros([1])) }, file: "x") }
        }
    }

    @Test(
        "headers that lie are refused, as the reference implementation does",
        arguments: [
            ("overlap", "the tensor 'b' begins at byte 4 of the data, where 8 is expected"),
            ("hole", "the tensor 'b' begins at byte 8 of the data, where 4 is expected"),
            ("rest", "the last tensor, 'a', ends at byte 12 of the data, which has 16"),
            ("beyond", "the last tensor, 'a', ends at byte 20 of the data, which has 16"),
            ("shape", "the tensor 'a' of the type F32 and the shape [5] has 16 bytes"),
            ("overflow", "the tensor 'a' of the type F32 and the shape [4611686018427387904, 4] has 16 bytes"),
            ("negative", "the tensor 'a' has no shape"),
            ("type", "the element type C64 of the tensor 'a' is not supported"),
        ])
    func hostile(name: String, message: String) throws {
        let path = fixture("hostile/\(name).safetensors")
        do {
            _ = try Safetensors.read(path)
            Issue.record("\(name) was read")
        } catch { #expect("\(error)".hasPrefix(path) && "\(error)".hasSuffix(message), "\(error)") }
    }

    @Test("a name that occurs twice, a header that is too long, files cut short anywhere")
    func foreign() throws {
        func reading(_ header: String, length: UInt64? = nil) -> String {
            let size = length ?? UInt64(header.utf8.count)
            let bytes = withUnsafeBytes(of: size.littleEndian) { Array($0) } + Array(header.utf8) + [0, 0, 0, 0]
            do { return try Safetensors.decode(bytes, file: "x").tensors.keys.sorted().joined(separator: ",") } catch {
                return "\(error)"
            }
        }
        let entry = "{\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}"
        #expect(reading("{\"a:\\\"\": \(entry)}") == "a:\"")
        #expect(
            reading("{\"a\": \(entry), \"a\": \(entry)}")
                == "x: not a .safetensors file: a name occurs twice in its header")
        #expect(reading("{\"a\": \(entry)}", length: 1 << 40).contains("longer than the format allows"))
        #expect(reading("{\"a\": \(entry)}", length: 1000).contains("longer than the file"))
        #expect(reading("[]").contains("its header is no JSON object"))
        #expect(reading("{\"a\": \(entry), \"__metadata__\": {\"b\": 1}}").contains("no object of texts"))
        let whole = [UInt8](try Data(contentsOf: URL(filePath: fixture("types.safetensors"))))
        for length in 0..<whole.count {
            #expect(throws: FormatError.self, "\(length) bytes") {
                try Safetensors.decode(Array(whole[..<length]), file: "x")
            }
        }
    }
}
