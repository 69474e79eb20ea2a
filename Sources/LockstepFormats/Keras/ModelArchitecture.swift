import LockstepLayers

/// What Keras's JSON says of a model: its layers, without weights, and how they are connected.
package struct ModelArchitecture {
    package enum Form {
        /// One after another; the first may be an `InputLayer`.
        case sequential([any Layer])
        /// Each with the indices of those whose outputs it takes, in any order.
        case functional([any Layer], inputs: [[Int]], input: Int, output: Int)
    }

    /// In the order of the file.
    package var layers: [any Layer] {
        switch form {
        case .sequential(let layers), .functional(let layers, _, _, _): layers
        }
    }

    package let name: String
    package let form: Form

    package init(name: String, form: Form) {
        self.name = name
        self.form = form
    }
}
