import LockstepCompute

/// How a checkpoint names its tensors. Weights have the same names as in every `.safetensors` file of weights, so that
/// they can be loaded from a checkpoint. The other tensors have a prefix that says what they are.
package enum CheckpointFormat {
    private static let format = (name: "format", value: "lockstep checkpoint")

    package static let metadata = [format.name: format.value]

    /// The prefix of an optimizer's slot of a weight.
    package static func optimizer(slot: Int) -> String { "optimizer/\(slot)/" }
    /// The name of what a layer carries from batch to batch.
    package static func rows(state: Int) -> String { "rows/\(state)/state" }
    /// The prefix of a weight that a callback keeps.
    package static func kept(callback: Int) -> String { "kept/\(callback)/" }

    /// The weights among the tensors of a file: all tensors, if it is not a checkpoint.
    static func weights(among tensors: [String: Tensor], metadata: [String: String]) -> [String: Tensor] {
        guard metadata[format.name] == format.value else { return tensors }
        return tensors.filter { name, _ in
            let parts = name.split(separator: "/")
            return !(parts.count > 2 && ["optimizer", "rows", "kept"].contains(parts[0]) && Int(parts[1]) != nil)
        }
    }
}
