import LockstepLayers

/// Mutations of configurations.
enum Values {
    private static let scalars: [ConfigurationValue] = [
        .null, true, false, 0, 1, -1, 2, 3, 7, 1000, 65537, 2_147_483_648, .integer(.max), .integer(.min), .real(0.5),
        .real(-0.0),
        .real(1e308),
        .real(1e-300), .real(1.5), "", "relu", "softmax", "Dense", "Sequential", "Functional", "same", "float16", "a/b",
        "\u{0}", "ü", [],
        [[]],
    ]

    static func mutated(_ value: ConfigurationValue, _ random: inout Random) -> ConfigurationValue {
        var value = value
        for _ in 0..<(1 << random.below(3)) {
            let count = size(value)
            let donor = part(of: value, random.below(count)) ?? .null
            let target = random.below(count)
            value = replaced(value, target) { changed($0, donor, &random) }
        }
        return value
    }

    private static func changed(_ value: ConfigurationValue, _ donor: ConfigurationValue, _ random: inout Random)
        -> ConfigurationValue
    {
        switch (value, random.below(6)) {
        case (_, 0): return random.pick(scalars)
        case (_, 1): return donor
        case (.object(var members), _):
            guard let name = members.keys.sorted().randomElement(using: &random) else { return ["a": donor] }
            switch random.below(3) {
            case 0: members[name] = nil
            case 1: members[random.pick(["a", "name", "config", "units", "class_name", "layers"])] = donor
            default: members[name] = random.pick(scalars)
            }
            return .object(members)
        case (.list(var values), _):
            guard !values.isEmpty else { return [donor] }
            let index = random.below(values.count)
            switch random.below(4) {
            case 0: values.remove(at: index)
            case 1: values.insert(values[random.below(values.count)], at: index)
            case 2: values.swapAt(index, random.below(values.count))
            default: values[index] = donor
            }
            return .list(values)
        case (.integer(let number), _): return .integer(number &+ (random.once(in: 2) ? 1 : -1))
        case (.string(let text), _): return .string(random.once(in: 2) ? text + "x" : String(text.dropLast()))
        default: return random.pick(scalars)
        }
    }

    /// How many values there are in one, itself included.
    private static func size(_ value: ConfigurationValue) -> Int {
        switch value {
        case .object(let members): members.values.reduce(1) { $0 + size($1) }
        case .list(let values): values.reduce(1) { $0 + size($1) }
        default: 1
        }
    }

    /// The value at a place, those within it counted behind it.
    private static func part(of value: ConfigurationValue, _ place: Int) -> ConfigurationValue? {
        var found: ConfigurationValue?
        _ = replaced(value, place) {
            found = $0
            return $0
        }
        return found
    }

    private static func replaced(
        _ value: ConfigurationValue, _ place: Int, by change: (ConfigurationValue) -> ConfigurationValue
    ) -> ConfigurationValue {
        var left = place
        func walk(_ value: ConfigurationValue) -> ConfigurationValue {
            left -= 1
            if left == -1 { return change(value) }
            guard left >= 0 else { return value }
            switch value {
            case .object(let members):
                var members = members
                for name in members.keys.sorted() where left >= 0 { members[name] = walk(members[name] ?? .null) }
                return .object(members)
            case .list(let values): return .list(values.map { left >= 0 ? walk($0) : $0 })
            default: return value
            }
        }
        return walk(value)
    }
}
