import LockstepFormats
import LockstepLayers

/// What is known of how an input is made, so that mutations reach what lies within: a change in a member of an archive
/// is in an archive that is still sound.
indirect enum Format: Sendable {
    case unknown
    case json
    case gzip(Format)
    /// Members by the ends of their names.
    case zip([(suffix: String, format: Format)])
    case hdf5
    case safetensors
    /// A header in Python behind ten bytes.
    case npy

    /// - Parameter others: other inputs of the same format.
    func mutated(_ bytes: [UInt8], others: [[UInt8]], _ random: inout Random) -> [UInt8] {
        let within: [UInt8]? =
            switch self {
            case _ where random.once(in: 5): nil
            case .unknown: nil
            case .json: json(bytes, &random)
            case .gzip(let format): gzip(bytes, format, &random)
            case .zip(let formats): zip(bytes, formats, &random)
            case .hdf5: hdf5(bytes, &random)
            case .safetensors: safetensors(bytes, &random)
            case .npy: npy(bytes, &random)
            }
        guard let within else { return Bytes.mutated(bytes, others: others, &random) }
        return within
    }

    private func json(_ bytes: [UInt8], _ random: inout Random) -> [UInt8]? {
        guard let value = try? Json.parse(bytes, file: ""),
            let text = try? Json.text(Values.mutated(value, &random), file: "")
        else {
            return nil
        }
        return Array(text.utf8)
    }

    private func gzip(_ bytes: [UInt8], _ format: Format, _ random: inout Random) -> [UInt8]? {
        Gzip.inflated(bytes).flatMap { Gzip.deflated(format.mutated($0, others: [$0], &random)) }
    }

    private func zip(_ bytes: [UInt8], _ formats: [(suffix: String, format: Format)], _ random: inout Random)
        -> [UInt8]?
    {
        guard var members = (try? Zip.decode(bytes, file: "").sorted { $0.key < $1.key }), !members.isEmpty else {
            return nil
        }
        let index = random.below(members.count)
        switch random.below(16) {
        case 0: members.remove(at: index)
        case 1:
            members[index].key = random.pick([
                "../x", "/x", "config.json", "x.npy", "", "a/b/c.npy", "model.weights.h5",
            ])
        case 2: members.append((key: "more", value: members[index].value))
        case 3: members[index].value = members[random.below(members.count)].value
        default:
            let member = members[index]
            let format = formats.first { member.key.hasSuffix($0.suffix) }?.format ?? .unknown
            members[index].value = format.mutated(member.value, others: members.map(\.value), &random)
        }
        return try? Zip.encode(members.map { ($0.key, $0.value) }, file: "")
    }

    private func hdf5(_ bytes: [UInt8], _ random: inout Random) -> [UInt8]? {
        guard random.once(in: 2), var root = try? HDF5.decode(bytes, file: "") else { return nil }
        Trees.mutate(&root, &random)
        return try? HDF5.encode(root, file: "")
    }

    private func safetensors(_ bytes: [UInt8], _ random: inout Random) -> [UInt8]? {
        guard bytes.count > 8 else { return nil }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8
        guard 8 + length <= bytes.count, let header = json(Array(bytes[8..<8 + length]), &random) else { return nil }
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + bytes[(8 + length)...]
    }

    private func npy(_ bytes: [UInt8], _ random: inout Random) -> [UInt8]? {
        guard bytes.count > 10 else { return nil }
        let length = Int(bytes[8]) | Int(bytes[9]) << 8
        guard 10 + length <= bytes.count else { return nil }
        let header = Bytes.mutated(Array(bytes[10..<10 + length]), others: [bytes], &random)
        return bytes[..<8] + [UInt8(truncatingIfNeeded: header.count), UInt8(truncatingIfNeeded: header.count >> 8)]
            + header
            + bytes[(10 + length)...]
    }
}
