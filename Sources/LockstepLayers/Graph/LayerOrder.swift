/// Keras's order of the layers of a graph (`keras.src.ops.function.map_graph`). A model's weights have the same order.
///
/// Layers are sorted by the length of their longest path to an output, the longest first. Layers with paths of equal
/// length stand in the order in which a depth-first search from the outputs meets them.
struct LayerOrder {
    /// The numbers of the calls that lead to the outputs, and of the model's inputs that lead to none.
    let order: [Int]

    /// - Parameters:
    ///   - inputs: for each call of a layer, the calls whose outputs it takes.
    ///   - modelInputs: the calls that are the model's inputs.
    ///   - layers: the layer of each call. A layer that is called several times counts where the search meets it first.
    /// - Throws: `LayerError.cycle`.
    init(
        inputs: [[Int]], modelInputs: [Int], outputs: [Int], layers: [any Layer], title: (Int) -> String
    ) throws(LayerError) {
        enum State { case unknown, open, done }
        var states = [State](repeating: .unknown, count: inputs.count)
        var met: [Int] = []
        var done: [Int] = []
        // An explicit stack instead of recursion, because graphs from files may be deep.
        var path: [(layer: Int, next: Int)] = []
        var roots = outputs.makeIterator()
        while true {
            guard let (layer, next) = path.last else {
                guard let root = roots.next() else { break }
                if states[root] == .unknown { path.append((root, 0)) }
                continue
            }
            if states[layer] == .unknown {
                states[layer] = .open
                met.append(layer)
            }
            guard next < inputs[layer].count else {
                states[layer] = .done
                done.append(layer)
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            let input = inputs[layer][next]
            guard states[input] != .open else { throw .cycle(layer: title(input)) }
            if states[input] == .unknown { path.append((input, 0)) }
        }
        var distances = [Int](repeating: 0, count: inputs.count)
        for layer in done.reversed() {
            for input in inputs[layer] { distances[input] = max(distances[input], distances[layer] + 1) }
        }
        var places = [Int](repeating: 0, count: inputs.count)
        for (place, layer) in met.enumerated() { places[layer] = place }
        // Keras puts unused inputs before all other layers at the same distance from the outputs.
        let unused = modelInputs.filter { states[$0] == .unknown }
        for layer in unused { places[layer] = -1 }
        var firsts: [ObjectIdentifier: Int] = [:]
        for call in unused + met {
            let layer = ObjectIdentifier(layers[call])
            firsts[layer] = min(firsts[layer] ?? .max, places[call])
        }
        order = (unused + met).sorted { a, b in
            (-distances[a], firsts[ObjectIdentifier(layers[a])]!, places[a])
                < (-distances[b], firsts[ObjectIdentifier(layers[b])]!, places[b])
        }
    }
}
