import CHDF5Shim
import LockstepCompute

/// Makes a tree from the output of a walk, in the order that `CHDF5Shim.h` describes. It trusts nothing, because a
/// damaged file may corrupt the child.
struct HDF5Parser {
    private let walk: HDF5Walk
    private let file: String

    init(_ walk: HDF5Walk, file: String) {
        self.walk = walk
        self.file = file
    }

    func parse() throws(FormatError) -> HDF5Group { try group(depth: 0, path: "") }

    private func damaged(_ reason: String) -> FormatError { .notOfFormat(file: file, format: "HDF5", reason: reason) }

    /// The error for output that is out of order.
    private func unexpected() -> FormatError { damaged("libhdf5 reads nonsense from it") }

    private func group(depth: Int, path: String) throws(FormatError) -> HDF5Group {
        var group = HDF5Group()
        while true {
            let tag = Int(try walk.byte())
            switch tag {
            case LS_HDF5_GROUP where depth < 64:
                let name = try memberName(in: group, path: path)
                group.groups[name] = try self.group(depth: depth + 1, path: "\(path)/\(name)")
            case LS_HDF5_DATASET:
                let name = try memberName(in: group, path: path)
                if let dataset = try dataset() {
                    group.datasets[name] = dataset
                } else {
                    group.unread[name] = .unsupported(
                        file: file, feature: "\(path)/\(name): a dataset of a type of its own")
                }
            case LS_HDF5_UNREAD:
                let name = try memberName(in: group, path: path)
                let isDamaged = Int(try walk.byte()) == LS_HDF5_DAMAGED
                let reason = "\(path)/\(name): \(try walk.text())"
                group.unread[name] = isDamaged ? damaged(reason) : .unsupported(file: file, feature: reason)
            case LS_HDF5_GROUP_END where depth > 0, LS_HDF5_END where depth == 0: return group
            default: try attribute(tag, into: &group.attributes)
            }
        }
    }

    /// - Throws: `FormatError.notOfFormat` if there is already a member with this name. Several names that are not
    ///   UTF-8 give the same text.
    private func memberName(in group: HDF5Group, path: String) throws(FormatError) -> String {
        let name = try walk.text()
        guard group.groups[name] == nil, group.datasets[name] == nil, group.unread[name] == nil else {
            throw damaged("\(path)/\(name): a name occurs twice")
        }
        return name
    }

    private func attribute(_ tag: Int, into attributes: inout [String: HDF5Attribute]) throws(FormatError) {
        switch tag {
        case LS_HDF5_DAMAGED: throw damaged(try walk.text())
        case LS_HDF5_STRING: attributes[try walk.text()] = .string(try walk.text())
        case LS_HDF5_STRINGS:
            attributes[try walk.text()] = .strings(try list { () throws(FormatError) in try walk.text() })
        case LS_HDF5_INTEGERS:
            attributes[try walk.text()] = .integers(
                try list { () throws(FormatError) in Int(truncatingIfNeeded: try walk.number()) })
        case LS_HDF5_REALS:
            attributes[try walk.text()] = .reals(
                try list { () throws(FormatError) in Double(bitPattern: try walk.number()) })
        default: throw unexpected()
        }
    }

    private func list<Element>(_ element: () throws(FormatError) -> Element) throws(FormatError) -> [Element] {
        var count = try walk.number()
        var elements: [Element] = []
        while count > 0 {
            elements.append(try element())
            count -= 1
        }
        return elements
    }

    /// Nil for a dataset of bytes of a type unknown to HDF5, unless Keras says what they are.
    private func dataset() throws(FormatError) -> HDF5Dataset? {
        var attributes: [String: HDF5Attribute] = [:]
        while true {
            let tag = Int(try walk.byte())
            guard tag != LS_HDF5_ELEMENTS else { break }
            try attribute(tag, into: &attributes)
        }
        let kind = Int(try walk.byte())
        let size = Int(clamping: try walk.number())
        let isBigEndian = try walk.byte() != 0
        var dimensions: [Int] = []
        for _ in 0..<min(try walk.number(), 33) { dimensions.append(Int(clamping: try walk.number())) }
        let bytes = try walk.bytes(Int(clamping: try walk.number()))
        let type: ElementType
        switch kind {
        case LS_HDF5_FLOAT where [2, 4, 8].contains(size): type = .float(bytes: size)
        case LS_HDF5_SIGNED where [1, 2, 4, 8].contains(size): type = .signed(bytes: size)
        case LS_HDF5_UNSIGNED where [1, 2, 4, 8].contains(size): type = .unsigned(bytes: size)
        case LS_HDF5_BOOL where size == 1: type = .bool
        case LS_HDF5_BFLOAT16 where size == 2: type = .bfloat16
        // Model files in HDF5 do not say the type; nothing else has two bytes.
        case LS_HDF5_OPAQUE where size == 2 && [nil, .string("bfloat16")].contains(attributes["dtype"]):
            type = .bfloat16
        case LS_HDF5_OPAQUE: return nil
        default: throw unexpected()
        }
        guard dimensions.allSatisfy({ $0 >= 0 }), type.byteCount(dimensions) == bytes.count else { throw unexpected() }
        let shape = Shape(dimensions)
        if type.isReal {
            return HDF5Dataset(type.tensor(bytes[...], isBigEndian: isBigEndian, shape: shape), attributes: attributes)
        }
        var integers = [Int](repeating: 0, count: shape.count)
        type.forEachBits(bytes[...], isBigEndian: isBigEndian, count: shape.count) { integers[$0] = type.integer($1) }
        return HDF5Dataset(integers, shape: shape, type: type, attributes: attributes)
    }
}
