import LockstepCluster
import LockstepFormats
import LockstepLayers

extension Model {
    /// The architecture, without weights, as Keras's `to_json()` writes it. Real Keras reads it with
    /// `keras.models.model_from_json`. `save` writes it to a file. Names with slashes, which Keras refuses, get
    /// underscores.
    ///
    /// - Throws: `LayerError` if the layers do not fit together, `FormatError` for an argument that is not finite.
    public func toJSON() throws -> String { try Json.text(architecture(), file: "JSON") }

    /// What `toJSON` writes.
    func architecture() throws -> ConfigurationValue {
        if knowsInputShape || isBuilt { try connect() } else { try nameLayers() }
        return .object(ArchitectureWriter.object(self, named: try fileNames().model))
    }

    /// The names under which the model and its layers are saved.
    func fileNames() throws(LayerError) -> FileNames {
        guard knowsInputShape || isBuilt else {
            try nameLayers()
            return FileNames(model: name, layers: layers.map(\.name))
        }
        return FileNames(model: name, layers: try connect().layers.map(\.name))
    }

    /// A model from an architecture that Keras's `to_json()` or `toJSON()` wrote: a `Sequential` or a functional model.
    /// It has initial weights and is not compiled. Keras 1's and 2's forms are read too, and other floats as float32.
    /// `load` reads it from a file, and warns of what it reads in another way than Keras.
    ///
    /// - Parameters:
    ///   - custom: the program's own layers that may be in it.
    ///   - seed: of initial weights, shuffles and dropout; nil draws one.
    /// - Throws: `FormatError` that names the layer and the argument for whatever is wrong or not supported.
    public static func fromJSON(
        _ text: String, custom: [any Layer.Type] = [], seed: UInt64? = nil
    ) throws(FormatError) -> Model {
        try fromJSON(text, custom: custom, seed: seed, communicator: nil)
    }

    /// A model of an architecture, on other ranks than those of the job.
    package static func fromJSON(
        _ text: String, custom: [any Layer.Type] = [], seed: UInt64? = nil, communicator: (any Communicator)?
    ) throws(FormatError) -> Model {
        let architecture = try ModelFile(architecture: text, file: "JSON").architecture(
            LayerRegistry(custom: custom), makeModel: maker(file: "JSON", communicator))
        return try make(architecture, file: "JSON", seed: seed, communicator: communicator)
    }

    /// Makes models inside models.
    static func maker(
        file: String, _ communicator: (any Communicator)?
    ) -> (ModelArchitecture) throws(FormatError) -> any GraphLayer {
        { (architecture) throws(FormatError) in
            try make(architecture, file: file, seed: nil, communicator: communicator)
        }
    }

    /// The model of an architecture.
    static func make(
        _ architecture: ModelArchitecture, file: String, seed: UInt64?, communicator: (any Communicator)?
    ) throws(FormatError) -> Model {
        do throws(LayerError) {
            switch architecture.form {
            case .sequential(let layers):
                let model = Sequential(layers, name: architecture.name, seed: seed, communicator: communicator)
                if model.knowsInputShape { try model.connect() }
                return model
            case .functional(let layers, let sources, let inputs, let outputs, let options):
                return try Model(name: architecture.name, seed: seed, communicator: communicator) {
                    (store) throws(LayerError) in
                    try Graph(
                        layers: layers, sources: sources, inputs: inputs, outputs: outputs, options: options,
                        store: store)
                }
            }
        } catch {
            throw .model(file: file, error)
        }
    }
}
