import LockstepCompute
import LockstepLayers

extension Tensor {
    /// - Parameter argument: what the tensor is called.
    /// - Throws: `TrainingError.notFiniteData` for the first element that is NaN or infinite.
    package func checkFinite(_ argument: @autoclosure () -> String) throws {
        guard let position = firstNotFinite else { return }
        throw TrainingError.notFiniteData(
            argument: argument(), received: self[position].plainDescription, place: place(of: position))
    }
}

extension Tensor {
    /// - Throws: `TrainingError.argument` for the first element below 0.
    func checkNotNegative(_ argument: String) throws {
        guard let position = firstElement(outside: 0...Float.greatestFiniteMagnitude) else { return }
        throw TrainingError.argument(
            argument, requirement: "0 or larger",
            received: "\(self[position].plainDescription) in \(place(of: position))")
    }
}

extension Model {
    /// - Throws: `TrainingError.notFiniteWeight` for the first weight that is NaN or infinite.
    package func checkFiniteWeights() throws {
        // Weights that come with the data are new.
        if knowsInputShape { try build().graph.checkFiniteWeights() }
    }
}

extension Graph {
    /// - Throws: `TrainingError.notFiniteWeight` for the first weight that is NaN or infinite.
    func checkFiniteWeights() throws {
        for node in nodes {
            for parameter in node.weights {
                guard let position = parameter.value.firstNotFinite else { continue }
                throw TrainingError.notFiniteWeight(
                    layer: node.layer.name, name: parameter.name, received: parameter.value[position].plainDescription,
                    place: parameter.value.place(of: position))
            }
        }
    }
}
