import LockstepCompute
import LockstepFormats
import LockstepLayers

/// A snapshot as a safetensors file: weights under the names of their layers and parameters, what the optimizer remembers of them behind
/// `optimizer/0/…`, weights that callbacks keep behind `kept/0/…`; all else as JSON in the metadata, with a checksum of the whole file.
struct CheckpointFile {
    /// The parameters, each under its layer's name and its own.
    private let parameters: [(name: String, parameter: Parameter)]
    private let arena: Arena
    private static let stateName = "state"

    init(_ network: Network) {
        arena = network.arena
        parameters = network.graph.nodes.flatMap { node in node.parameters.map { ("\(node.layer.name)/\($0.name)", $0) } }
    }

    func encode(_ snapshot: Snapshot, file: String) throws(FormatError) -> [UInt8] {
        var tensors = named(snapshot.weights, prefix: "")
        for (slot, values) in snapshot.slots.enumerated() {
            for (name, parameter) in parameters where parameter.isTrainable {
                tensors.append(("optimizer/\(slot)/\(name)", arena.part(of: parameter, in: values)))
            }
        }
        for (callback, weights) in snapshot.kept.sorted(by: { $0.key < $1.key }) {
            tensors += named(weights, prefix: "kept/\(callback)/")
        }
        let state = try Json.text(snapshot.state.configuration, file: file)
        let metadata = ["format": "lockstep checkpoint", Self.stateName: state, Checksum.name: Checksum.blank]
        var bytes = try Safetensors.encode(tensors, metadata: metadata, file: file)
        Checksum.seal(&bytes)
        return bytes
    }

    private func named(_ weights: Weights, prefix: String) -> [(name: String, tensor: Tensor)] {
        parameters.map { (prefix + $0.name, arena.part(of: $0.parameter, in: $0.parameter.isTrainable ? weights.values : weights.state)) }
    }

    /// - Parameters:
    ///   - slots: how many the optimizer has.
    ///   - conditions: what the training that goes on is.
    /// - Throws: `FormatError` for what is no checkpoint, `TrainingError.checkpoint` for one of another training.
    func decode(_ bytes: [UInt8], slots: Int, conditions: [Condition], file: String) throws -> Snapshot {
        let (tensors, metadata) = try Safetensors.decode(bytes, file: file)
        let state = try TrainingState(try Json.parse(Array((metadata[Self.stateName] ?? "").utf8), file: file), file: file)
        try conditions.check(against: state.conditions, file: file)
        var kept: [Int: Weights] = [:]
        for callback in 0..<state.callbacks.count where tensors.keys.contains(where: { $0.hasPrefix("kept/\(callback)/") }) {
            kept[callback] = try weights(tensors, prefix: "kept/\(callback)/", file: file)
        }
        let memory = try (0..<slots).map { slot in
            let whole = Tensor.zeros([arena.values.count])
            for (name, parameter) in parameters where parameter.isTrainable {
                try read(tensors, "optimizer/\(slot)/\(name)", into: arena.part(of: parameter, in: whole), file: file)
            }
            return whole
        }
        return Snapshot(state: state, weights: try weights(tensors, prefix: "", file: file), slots: memory, kept: kept)
    }

    private func weights(_ tensors: [String: Tensor], prefix: String, file: String) throws(FormatError) -> Weights {
        let weights = Weights(values: .zeros([arena.values.count]), state: .zeros([arena.state.count]))
        for (name, parameter) in parameters {
            let whole = parameter.isTrainable ? weights.values : weights.state
            try read(tensors, prefix + name, into: arena.part(of: parameter, in: whole), file: file)
        }
        return weights
    }

    private func read(_ tensors: [String: Tensor], _ name: String, into place: Tensor, file: String) throws(FormatError) {
        guard let tensor = tensors[name] else { throw .noArray(file: file, name: name, present: tensors.keys.sorted()) }
        guard tensor.shape == place.shape else {
            throw .notOfFormat(file: file, format: "checkpoint", reason: "'\(name)' has the shape \(tensor.shape), not \(place.shape)")
        }
        place.assign(tensor)
    }
}
