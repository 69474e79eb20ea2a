import Foundation
import LockstepCompute
import LockstepFormats
import Synchronization
import TestSupport
import Testing

@Suite struct HDF5Tests {
    /// Oracle: a file that h5py wrote; element i is i − 5.
    @Test("h5py's element types, byte orders, chunks and filters")
    func types() throws {
        let arrays = try #require(try HDF5.read(fixture("types.h5")).group(at: "arrays"))
        let expected = try (Tensor.arange(12) - 5).reshaped([3, 4])
        for name in ["f2", "f4", "f8", "big", "big8", "bfloat16", "chunks", "deflated"] {
            #expect(arrays.datasets[name]?.elements == .floats(expected), "\(name)")
        }
        let whole = (0..<12).map { $0 - 5 }
        for (name, size) in [("i1", 1), ("i2", 2), ("i4", 4), ("i8", 8), ("bigi2", 2)] {
            #expect(
                arrays.datasets[name]?.elements == .integers(whole, shape: [3, 4], type: .signed(bytes: size)),
                "\(name)")
        }
        for size in [1, 2, 4, 8] {
            let elements = arrays.datasets["u\(size)"]?.elements
            #expect(elements == .integers(whole.map(abs), shape: [3, 4], type: .unsigned(bytes: size)), "u\(size)")
        }
        #expect(
            arrays.datasets["bool"]?.elements == .integers(whole.map { $0 == 0 ? 0 : 1 }, shape: [3, 4], type: .bool))
        #expect(arrays.datasets["scalar"]?.elements == .floats(.full([], 3)))
        #expect(arrays.datasets["empty"]?.elements == .floats(.zeros([0, 4])))
        #expect(arrays.datasets["largest"]?.integers == [Int.max])
    }

    /// Oracle: the values that the fixture's script gave to h5py.
    @Test("h5py's attributes")
    func attributes() throws {
        let group = try #require(try HDF5.read(fixture("types.h5")).group(at: "attributes"))
        #expect(
            group.attributes == [
                "text": .string("grün"), "ascii": .string("green"), "fixed": .string("green"),
                "blanks": .string("green"),
                "empty text": .string(""), "list": .strings(["a", "", "grün"]), "bytes": .strings(["a", "bc"]),
                "fixed list": .strings(["a", "bc"]), "nothing": .reals([]), "reals": .reals([0.5, -1.5]),
                "integers": .integers([-1, 2]),
                "integer": .integers([7]), "parts0": .strings(["name 00", "name 01"]),
                "parts1": .strings(["name 10", "name 11"]),
            ])
        #expect(group.strings("parts") == ["name 00", "name 01", "name 10", "name 11"])
        #expect(group.strings("nothing") == [])
        #expect(group.strings("none") == nil)
    }

    /// Every kind of thing that is written.
    static let tree: HDF5Group = {
        var root = HDF5Group(attributes: [
            "text": .string("grün"), "none": .string(""), "list": .strings(["a", "", "grün"]), "reals": .reals([]),
            "integers": .integers([-1, .max]), "long": .string(String(repeating: "x", count: 300_000)),
            "many": .strings((0..<5000).map { "a layer's name of some length, number \($0)" }),
        ])
        root.insert(
            HDF5Dataset(sample([3, 4], seed: 1), attributes: ["dtype": .string("float32")]), at: "layers/dense/vars/0")
        root.insert(HDF5Dataset(.full([], 3)), at: "layers/dense/vars/1")
        root.insert(HDF5Dataset(.zeros([0, 4])), at: "layers/dense/vars/2")
        root.insert(HDF5Dataset([7], shape: [], type: .signed(bytes: 8)), at: "optimizer/vars/0")
        root.insert(HDF5Dataset([-1, 2], shape: [2], type: .signed(bytes: 4)), at: "optimizer/vars/1")
        root.insert(HDF5Dataset([0, 255], shape: [1, 2], type: .unsigned(bytes: 1)), at: "optimizer/vars/2")
        root.insert(HDF5Dataset([0, 1, 1], shape: [3], type: .bool), at: "optimizer/vars/3")
        root.groups["empty"] = HDF5Group()
        return root
    }()

    @Test("what is written reads back, the same bytes each time, long lists in parts")
    func roundTrip() throws {
        let bytes = try HDF5.encode(Self.tree, file: "x.h5")
        var read = try HDF5.decode(bytes, file: "x.h5")
        #expect(read.strings("many") == Self.tree.strings("many"))
        #expect(read.attributes["many"] == nil && read.attributes["many1"] != nil)
        for name in read.attributes.keys where name.hasPrefix("many") { read.attributes[name] = nil }
        var expected = Self.tree
        expected.attributes["many"] = nil
        #expect(read == expected)
        #expect(try HDF5.encode(Self.tree, file: "x.h5") == bytes)
    }

    @Test("names and texts that HDF5 cannot hold")
    func unwritable() {
        let dataset = HDF5Dataset(.zeros([1]))
        for root in [
            HDF5Group(datasets: ["a/b": dataset]), HDF5Group(datasets: ["": dataset]),
            HDF5Group(groups: [".": HDF5Group()]),
            HDF5Group(datasets: ["a\0": dataset]), HDF5Group(attributes: ["a": .string("b\0")]),
            HDF5Group(attributes: ["a": .strings(["b\0"])]),
        ] { #expect(throws: FormatError.self) { try HDF5.encode(root, file: "x.h5") } }
    }

    @Test("only the members that are asked for are read")
    func members() throws {
        let bytes = try HDF5.encode(Self.tree, file: "x.h5")
        let read = try HDF5.decode(bytes, file: "x.h5", members: ["layers", "none"])
        #expect(
            read.groups == ["layers": Self.tree.groups["layers"]!]
                && read.attributes["text"] == Self.tree.attributes["text"])
        #expect(try HDF5.decode(bytes, file: "x.h5", members: []).groups.isEmpty)
        // Damage in others stops nobody, and neither does what is in no file of Keras's.
        for name in ["virtual", "external-link", "never-written", "deep"] {
            #expect(try HDF5.read(fixture("hostile/\(name).h5")).groups["a"] != nil, "\(name)")
        }
    }

    @Test(
        "members of well-formed files that are refused when they are asked for, with the place and the reason",
        arguments: [
            ("external-link", "/a/b: an external link, to another file, is not supported"),
            ("soft-link", "/a/b: a soft link is not supported"),
            ("cycle", "/a/b/c: a second link to one object, or to a group that it is in, is not supported"),
            ("root-cycle", "/a: a second link to one object, or to a group that it is in, is not supported"),
            ("twice", "/b: a second link to one object, or to a group that it is in, is not supported"),
            ("deep", String(repeating: "/a", count: 65) + ": a group in more than 64 others is not supported"),
            ("huge", "/a/b: the dataset is larger than any memory"),
            ("huge-chunk", "/a/b: the dataset's shape needs more bytes than are stored, or can be made of them"),
            ("never-written", "/a/b: the dataset's shape needs more bytes than are stored, or can be made of them"),
            ("virtual", "/a/b: a virtual dataset, whose elements are in other files, is not supported"),
            ("external-data", "/a/b: a dataset whose elements are in another file is not supported"),
            ("named-type", "/a/b: a member that is neither a group nor a dataset is not supported"),
            ("compound", "/a/b: a dataset of anything but IEEE floats, integers and truth values is not supported"),
            ("references", "/a/b: a dataset of anything but IEEE floats, integers and truth values is not supported"),
            (
                "filter",
                "/a/b: a dataset with a filter other than deflate, shuffle and Fletcher's checksum is not supported"
            ),
        ])
    func hostile(name: String, message: String) throws {
        let path = fixture("hostile/\(name).h5")
        do {
            _ = try HDF5.read(path).dataset(at: message.prefix { $0 != ":" })
            Issue.record("\(name) was read")
        } catch { #expect("\(error)".hasPrefix(path) && "\(error)".hasSuffix(message), "\(error)") }
    }

    @Test("foreign files, and files cut short anywhere")
    func foreign() throws {
        for bytes in [[], [0], Array("\u{89}HDF\r\n\u{1a}\n".utf8), Array(repeating: UInt8(7), count: 5000)]
            as [[UInt8]]
        {
            #expect(throws: FormatError.self) { try HDF5.decode(bytes, file: "x.h5") }
        }
        let whole = [UInt8](try Data(contentsOf: URL(filePath: fixture("hostile/soft-link.h5"))))
        for length in stride(from: 0, to: whole.count, by: 37) {
            #expect(throws: FormatError.self, "\(length) bytes") {
                try HDF5.decode(Array(whole[..<length]), file: "x.h5")
            }
        }
        #expect(throws: FormatError.cannotOpen(file: "/none.h5", reason: "No such file or directory")) {
            try HDF5.read("/none.h5")
        }
    }

    /// The walk copies the process: others may be in the middle of anything, with locks held.
    @Test("many threads read and write at once")
    func threads() throws {
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<20 {
                let same =
                    (try? HDF5.decode(HDF5.encode(Self.tree, file: "x.h5"), file: "x.h5"))?.groups == Self.tree.groups
                if !same { failures.withLock { $0 += 1 } }
            }
        }
        #expect(failures.withLock { $0 } == 0)
    }
}
