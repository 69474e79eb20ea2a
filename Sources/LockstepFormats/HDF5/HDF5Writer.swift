import CHDF5Shim
import LockstepCompute

/// A file that is being written in memory. No other thread writes until it is closed.
struct HDF5Writer {
    private let writer: OpaquePointer
    private let file: String

    init(expected: Int, file: String) {
        writer = ls_hdf5_create(expected)
        self.file = file
    }

    func close() { ls_hdf5_close(writer) }

    func bytes(of root: HDF5Group) throws(FormatError) -> [UInt8] {
        try write(root, to: ls_hdf5_root(writer), path: "")
        let size = try check(ls_hdf5_image(writer, nil, 0), "")
        var received = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            received = ls_hdf5_image(writer, buffer.baseAddress, size)
            count = max(received, 0)
        }
        _ = try check(received, "")
        return bytes
    }

    /// - Throws: `FormatError.cannotWrite` if a status is negative.
    private func check<Status: SignedInteger>(_ status: Status, _ path: String) throws(FormatError) -> Status {
        guard status >= 0 else {
            throw .cannotWrite(
                file: file, reason: "\(path.isEmpty ? "" : "\(path): ")\(String(cString: ls_hdf5_error(writer)))")
        }
        return status
    }

    /// Writes names in order, so that equal contents give equal bytes.
    private func write(_ group: HDF5Group, to object: Int64, path: String) throws(FormatError) {
        try write(group.attributes, to: object, path: path)
        for (name, dataset) in group.datasets.sorted(by: { $0.key < $1.key }) {
            let path = try member(name, of: path)
            let id = try check(put(dataset.elements, to: object, name), path)
            defer { ls_hdf5_close_dataset(writer, id) }
            try write(dataset.attributes, to: id, path: path)
        }
        for (name, member) in group.groups.sorted(by: { $0.key < $1.key }) {
            let path = try self.member(name, of: path)
            let id = try check(ls_hdf5_open_group(writer, object, name), path)
            defer { ls_hdf5_close_group(writer, id) }
            try write(member, to: id, path: path)
        }
    }

    /// The path of a member.
    private func member(_ name: String, of path: String) throws(FormatError) -> String {
        guard !name.isEmpty, name != ".", !name.contains("/"), !name.utf8.contains(0) else {
            throw .cannotWrite(file: file, reason: "a member of '\(path)/' cannot have the name '\(name)'")
        }
        return "\(path)/\(name)"
    }

    private func write(_ attributes: [String: HDF5Attribute], to object: Int64, path: String) throws(FormatError) {
        for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
            let path = "\(path)@\(name)"
            switch attribute {
            case .string(let text):
                try checkText(text, path)
                _ = try check(ls_hdf5_put_string(writer, object, name, text), path)
            case .strings(let strings):
                for string in strings { try checkText(string, path) }
                let parts = Self.parts(strings)
                for (index, part) in parts.enumerated() {
                    try write(part, to: object, as: parts.count == 1 ? name : "\(name)\(index)", path: path)
                }
            case .integers(let integers):
                _ = try check(
                    ls_hdf5_put_integers(writer, object, name, integers.map(Int64.init), integers.count), path)
            case .reals(let reals): _ = try check(ls_hdf5_put_reals(writer, object, name, reals, reals.count), path)
            }
        }
    }

    private func checkText(_ text: String, _ path: String) throws(FormatError) {
        guard !text.utf8.contains(0) else {
            throw .cannotWrite(file: file, reason: "\(path): a text cannot hold the character 0")
        }
    }

    private func write(_ strings: ArraySlice<String>, to object: Int64, as name: String, path: String)
        throws(FormatError)
    {
        // One buffer with all strings, each ending with a zero, and the start of each.
        var text: [CChar] = []
        let starts = strings.map { string in
            defer { text += string.utf8CString }
            return text.count
        }
        let status = text.withUnsafeBufferPointer { text in
            ls_hdf5_put_strings(writer, object, name, starts.map { text.baseAddress! + $0 }, starts.count)
        }
        _ = try check(status, path)
    }

    /// The parts of a list, each small enough for the place where the format keeps attributes. As in Keras, each string
    /// counts as much as the longest.
    private static func parts(_ strings: [String]) -> [ArraySlice<String>] {
        let largest = 64512
        // A reference to a text takes 16 bytes.
        let size = max(strings.map(\.utf8.count).max() ?? 0, 16)
        let count = max(largest / size, 1)
        guard strings.count > count else { return [strings[...]] }
        return stride(from: 0, to: strings.count, by: count).map { strings[$0..<min($0 + count, strings.count)] }
    }

    private func put(_ elements: HDF5Dataset.Elements, to group: Int64, _ name: String) -> Int64 {
        switch elements {
        case .floats(let tensor):
            return put(LS_HDF5_FLOAT, 4, tensor.shape, UnsafeRawPointer(tensor.pointer), to: group, name)
        case .integers(let integers, let shape, let type):
            let kind =
                switch type {
                case .signed: LS_HDF5_SIGNED
                case .unsigned: LS_HDF5_UNSIGNED
                default: LS_HDF5_BOOL
                }
            var bytes: [UInt8] = []
            for integer in integers {
                withUnsafeBytes(of: integer) {
                    bytes += 1.littleEndian == 1 ? $0.prefix(type.size) : $0.suffix(type.size)
                }
            }
            // An empty array may have no address.
            return (bytes.isEmpty ? [0] : bytes).withUnsafeBytes {
                put(kind, type.size, shape, $0.baseAddress!, to: group, name)
            }
        }
    }

    private func put(
        _ kind: Int, _ size: Int, _ shape: Shape, _ elements: UnsafeRawPointer, to group: Int64, _ name: String
    ) -> Int64 {
        ls_hdf5_put_dataset(
            writer, group, name, CChar(kind), size, shape.dimensions.map(UInt64.init), shape.rank, elements)
    }
}

extension HDF5Group {
    /// The approximate number of bytes of its file.
    var elementBytes: Int {
        datasets.values.reduce(0) { $0 + 4 * $1.shape.count } + groups.values.reduce(0) { $0 + $1.elementBytes }
    }
}
