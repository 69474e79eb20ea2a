import LockstepCompute

/// How a checkpoint names its tensors: weights as every `.safetensors` file of weights does, so that these can be
/// loaded from it; what else it has behind names that tell what it is.
package enum CheckpointFormat {
    private static let format = (name: "format", value: "lockstep checkpoint")

    package static let metadata = [format.name: format.value]

    /// Stands in front of what the optimizer remembers of a parameter.
    package static func optimizer(slot: Int) -> String { "optimizer/\(slot)/" }
    /// Stands in front of a weight that a callback keeps.
    package static func kept(callback: Int) -> String { "kept/\(callback)/" }

    /// The weights among the tensors of a file: all of them where it is no checkpoint.
    static func weights(among tensors: [String: Tensor], metadata: [String: String]) -> [String: Tensor] {
        guard metadata[format.name] == format.value else { return tensors }
        return tensors.filter { name, _ in
            let parts = name.split(separator: "/")
            return !(parts.count > 2 && ["optimizer", "kept"].contains(parts[0]) && Int(parts[1]) != nil)
        }
    }
}
