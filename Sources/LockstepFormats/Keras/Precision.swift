import LockstepLayers

/// The types of numbers that Keras computes with, of which float32 is the only one here. Other floats are read as
/// float32.
struct Precision {
    /// The names of the other types that were found.
    private(set) var found: Set<String> = []

    private static let others: Set = [
        "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16", "mixed_float64",
    ]

    /// The message on the types that were found; nil if there are none.
    var note: String? {
        found.isEmpty ? nil : "numbers of \(found.sorted().joined(separator: ", ")) are read as float32"
    }

    /// A configuration with float32 in place of the other types: names, or Keras's objects of policies.
    mutating func read(_ value: ConfigurationValue) -> ConfigurationValue {
        switch value {
        case .list(let values): return .list(values.map { read($0) })
        case .object(let values):
            var result: [String: ConfigurationValue] = [:]
            for (name, value) in values {
                let types = name.hasSuffix("dtype") ? Self.types(value) : []
                let isOther =
                    !types.isDisjoint(with: Self.others) && types.subtracting(Self.others).isSubset(of: ["float32"])
                if isOther { found.formUnion(types.intersection(Self.others)) }
                result[name] = isOther ? "float32" : read(value)
            }
            return .object(result)
        default: return value
        }
    }

    /// The types of a policy. A map of policies has several.
    private static func types(_ policy: ConfigurationValue) -> Set<String> {
        if let name = policy.string { return [name] }
        guard policy["class_name"]?.string?.contains("Policy") == true, let values = policy["config"]?.object else {
            return []
        }
        if let inner = values["default_policy"] {
            return (values["policy_map"]?.object ?? [:]).values.reduce(types(inner)) { $0.union(types($1)) }
        }
        return values["name"]?.string.map { [$0] } ?? []
    }
}
