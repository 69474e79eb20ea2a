/// What belongs to one call of a layer, besides what the call takes. Calls of one layer may differ in it.
package struct CallOptions: Sendable {
    /// Whether the layer computes as in training, whatever the model does; nil: as the model.
    package var training: Bool?
    /// How many inputs are given by position, and not by name; nil: all of the layer's `inputNames`.
    package var positional: Int?

    /// The names of the arguments that are true, of the layer's `callFlags`.
    package var flags: Set<String>

    package init(training: Bool? = nil, positional: Int? = nil, flags: Set<String> = []) {
        self.training = training
        self.positional = positional
        self.flags = flags
    }

    /// The order in which Keras's search for the layers of a model follows the inputs of a call: first those that are
    /// given by position, then the others by their names. Weights in files have the order in which it meets the layers.
    ///
    /// - Parameter count: of the inputs.
    func searchOrder(of layer: some Layer, inputs count: Int) -> [Int] {
        let names = type(of: layer).inputNames + type(of: layer).namedInputs
        guard let positional, positional < count, count <= names.count else { return Array(0..<count) }
        return Array(0..<positional) + (positional..<count).sorted { names[$0] < names[$1] }
    }
}
