import LockstepLayers

/// The content of Keras's JSON for a model: its layers, without weights, and their connections.
package struct ModelArchitecture {
    package enum Form {
        /// One after another; the first may be an `InputLayer`.
        case sequential([any Layer])
        /// The layer of each call, and the outputs that it takes, in any order; the calls that are the model's inputs,
        /// and the model's outputs; what the file says of each call besides.
        case functional(
            [any Layer], sources: [[Graph.Output]], inputs: [Int], outputs: [Graph.Output], options: [CallOptions])
    }

    /// In the order of the file, each once.
    package var layers: [any Layer] {
        switch form {
        case .sequential(let layers): return layers
        case .functional(let calls, _, _, _, _):
            var seen: Set<ObjectIdentifier> = []
            return calls.filter { seen.insert(ObjectIdentifier($0)).inserted }
        }
    }

    package let name: String
    package let form: Form
    /// What of it Keras ignores, as is done here.
    package var notes: [String] = []

    package init(name: String, form: Form) {
        self.name = name
        self.form = form
    }
}
