import LockstepLayers

/// What Keras's JSON says of a model: its layers, without weights, and how they are connected.
package struct ModelArchitecture {
    package enum Form {
        /// One after another; the first may be an `InputLayer`.
        case sequential([any Layer])
        /// The layer of each call, and the indices of the calls whose outputs it takes, in any order.
        case functional([any Layer], inputs: [[Int]], input: Int, output: Int)
    }

    /// In the order of the file, each once.
    package var layers: [any Layer] {
        switch form {
        case .sequential(let layers): return layers
        case .functional(let calls, _, _, _):
            var seen: Set<ObjectIdentifier> = []
            return calls.filter { seen.insert(ObjectIdentifier($0)).inserted }
        }
    }

    package let name: String
    package let form: Form

    package init(name: String, form: Form) {
        self.name = name
        self.form = form
    }
}
