import LockstepCompute
import LockstepFormats

/// Mutations of what an HDF5 file holds.
enum Trees {
    static func mutate(_ root: inout HDF5Group, _ random: inout Random) {
        for _ in 0..<(1 << random.below(3)) { step(&root, &random) }
    }

    private static func step(_ group: inout HDF5Group, _ random: inout Random) {
        if let name = group.groups.keys.sorted().randomElement(using: &random), !random.once(in: 4) {
            switch random.below(16) {
            case 0: group.groups[name] = nil
            case 1: group.groups[random.pick(["a", "vars", "layers", "0", "model_weights"])] = group.groups[name]
            default: step(&group.groups[name]!, &random)
            }
        } else if let name = group.datasets.keys.sorted().randomElement(using: &random), random.once(in: 2) {
            switch random.below(4) {
            case 0: group.datasets[name] = nil
            case 1: group.datasets[random.pick(["0", "1", "2", "kernel", "iteration"])] = group.datasets[name]
            default: group.datasets[name] = dataset(&random)
            }
        } else if let name = group.attributes.keys.sorted().randomElement(using: &random) {
            group.attributes[name] = changed(group.attributes[name]!, &random)
        }
    }

    private static func dataset(_ random: inout Random) -> HDF5Dataset {
        let shape = Shape((0..<random.below(4)).map { _ in random.below(5) })
        if random.once(in: 2) { return HDF5Dataset(.full(shape, random.pick([0, 1, -1, .nan, .infinity, 1e30]))) }
        let type = random.pick([.signed(bytes: 8), .signed(bytes: 4), .unsigned(bytes: 1), .bool] as [ElementType])
        return HDF5Dataset(
            [Int](repeating: random.pick([0, 1, -1, .max, .min]), count: shape.count), shape: shape, type: type)
    }

    private static func changed(_ attribute: HDF5Attribute, _ random: inout Random) -> HDF5Attribute? {
        switch attribute {
        case _ where random.once(in: 8): return nil
        case _ where random.once(in: 8):
            return random.pick([.string(""), .strings([]), .reals([]), .integers([1]), .reals([.nan])])
        case .string(let text):
            guard let value = try? Json.parse(Array(text.utf8), file: ""),
                let text = try? Json.text(Values.mutated(value, &random), file: "")
            else { return .string(text + "x") }
            return .string(text)
        case .strings(var texts):
            guard !texts.isEmpty else { return .strings(["a"]) }
            let index = random.below(texts.count)
            switch random.below(4) {
            case 0: texts.remove(at: index)
            case 1: texts.append(texts[index])
            case 2: texts.swapAt(index, random.below(texts.count))
            default: texts[index] = random.pick(["", "/", "a/b", "..", texts[index] + "x"])
            }
            return .strings(texts)
        case .integers(let integers): return .integers(integers + [.max])
        case .reals(let reals): return .reals(reals + [0])
        }
    }
}
