import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers

/// A snapshot as a safetensors file: weights under the names of their layers and parameters, what the optimizer
/// remembers of them behind `optimizer/0/…`, what layers carry from batch to batch behind `rows/0/…`, weights that
/// callbacks keep behind `kept/0/…`; all else as JSON in the metadata, with a checksum of the whole file.
struct CheckpointFile {
    /// Where a parameter lies among the values or, if it is not trainable, in the state. Noted here, for the thread
    /// that writes must not look at the parameters, whose values may move to other memory meanwhile.
    private struct Place {
        /// Its layer's name and its own.
        let name: String
        let isTrainable: Bool
        let offset: Int
        let shape: Shape

        func part(of whole: Tensor) -> Tensor { whole.part(at: offset, shape: shape) }
    }

    private let places: [Place]
    /// The lengths of all values and of the state.
    private let counts: (values: Int, state: Int)
    private static let stateName = "state"
    /// The shapes of what layers carry from batch to batch, of all rows.
    private let rowShapes: [Shape]

    init(_ graph: Graph, arena: Arena) {
        rowShapes = graph.layers.flatMap(\.rowStates).map { $0.shape.rows($0.batch) }
        counts = (arena.values.count, arena.state.count)
        places = graph.layers.flatMap { layer in
            layer.properties.declared.map {
                Place(
                    name: "\(layer.name)/\($0.fullName)", isTrainable: $0.weight.isTrainable,
                    offset: arena.offset(of: $0.weight),
                    shape: $0.weight.shape)
            }
        }
    }

    func encode(_ snapshot: Snapshot, file: String) throws(FormatError) -> [UInt8] {
        var tensors = named(snapshot.weights, prefix: "")
        for (slot, values) in snapshot.slots.enumerated() {
            for place in places where place.isTrainable {
                tensors.append((CheckpointFormat.optimizer(slot: slot) + place.name, place.part(of: values)))
            }
        }
        for (number, rows) in snapshot.rowStates.enumerated() {
            if let rows { tensors.append((CheckpointFormat.rows(state: number), rows)) }
        }
        for (callback, weights) in snapshot.kept.sorted(by: { $0.key < $1.key }) {
            tensors += named(weights, prefix: CheckpointFormat.kept(callback: callback))
        }
        let state = try Json.text(snapshot.state.configuration, file: file)
        let metadata = CheckpointFormat.metadata.merging([Self.stateName: state, Checksum.name: Checksum.blank]) { $1 }
        var bytes = try Safetensors.encode(tensors, metadata: metadata, file: file)
        Checksum.seal(&bytes)
        return bytes
    }

    private func named(_ weights: Weights, prefix: String) -> [(name: String, tensor: Tensor)] {
        places.map { (prefix + $0.name, $0.part(of: $0.isTrainable ? weights.values : weights.state)) }
    }

    /// - Parameters:
    ///   - slots: how many the optimizer has.
    ///   - conditions: what the training that goes on is.
    /// - Throws: `FormatError` for what is no checkpoint, `TrainingError.checkpoint` for one of another training.
    func decode(_ bytes: [UInt8], slots: Int, conditions: [TrainingCondition], file: String) throws -> Snapshot {
        let (tensors, metadata) = try Safetensors.decode(bytes, file: file)
        let state = try TrainingState(
            try Json.parse(Array((metadata[Self.stateName] ?? "").utf8), file: file), file: file)
        try conditions.check(against: state.conditions, file: file)
        var kept: [Int: Weights] = [:]
        for callback in 0..<state.callbacks.count
        where tensors.keys.contains(where: { $0.hasPrefix(CheckpointFormat.kept(callback: callback)) }) {
            kept[callback] = try weights(tensors, prefix: CheckpointFormat.kept(callback: callback), file: file)
        }
        let memory = try (0..<slots).map { slot in
            let whole = Tensor.zeros([counts.values])
            for place in places where place.isTrainable {
                try read(
                    tensors, CheckpointFormat.optimizer(slot: slot) + place.name, into: place.part(of: whole),
                    file: file)
            }
            return whole
        }
        let rowStates = try rowShapes.enumerated().map { number, shape -> Tensor? in
            let name = CheckpointFormat.rows(state: number)
            guard tensors[name] != nil else { return nil }
            let rows = Tensor.zeros(shape)
            try read(tensors, name, into: rows, file: file)
            return rows
        }
        return Snapshot(
            state: state, weights: try weights(tensors, prefix: "", file: file), slots: memory, rowStates: rowStates,
            kept: kept)
    }

    private func weights(_ tensors: [String: Tensor], prefix: String, file: String) throws(FormatError) -> Weights {
        let weights = Weights(values: .zeros([counts.values]), state: .zeros([counts.state]))
        for place in places {
            try read(
                tensors, prefix + place.name, into: place.part(of: place.isTrainable ? weights.values : weights.state),
                file: file)
        }
        return weights
    }

    private func read(_ tensors: [String: Tensor], _ name: String, into place: Tensor, file: String) throws(FormatError)
    {
        guard let tensor = tensors[name] else { throw .noArray(file: file, name: name, present: tensors.keys.sorted()) }
        guard tensor.shape == place.shape else {
            throw .notOfFormat(
                file: file, format: "checkpoint", reason: "'\(name)' has the shape \(tensor.shape), not \(place.shape)")
        }
        place.assign(tensor)
    }
}
