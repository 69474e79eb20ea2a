import ArgumentParser
import Lockstep

extension Workload {
    /// - Throws: `ValidationError` for a name that is neither a built-in workload nor a model file, or for options that
    ///   it does not take.
    static func check(_ name: String, loss: String?, optimizer: String?) throws {
        guard !isFile(name) else { return }
        guard all.contains(where: { $0.name == name }) else {
            let names = all.map(\.name).joined(separator: ", ")
            let endings = ModelFormat.list(ModelFormat.wholeModels)
            throw ValidationError("no workload '\(name)'; there are \(names), and files that end in \(endings)")
        }
        guard loss == nil, optimizer == nil else {
            throw ValidationError("--loss and --optimizer are for models from files")
        }
    }

    /// Whether a name is the name of a model file.
    private static func isFile(_ name: String) -> Bool { (try? ModelFormat(name))?.isModel == true }

    /// Collective: a built-in workload, or the workload of a model file.
    init(named name: String, loss: String?, optimizer: String?) throws {
        let builtIn = Self.isFile(name) ? nil : Self.all.first { $0.name == name }
        self = try builtIn ?? Workload(file: name, loss: loss, optimizer: optimizer)
    }

    /// Collective: a model from a file, with random data of its shapes. Unknown dimensions of the input are 32.
    ///
    /// - Parameters:
    ///   - loss: Keras's name. Nil uses the loss of the file, or crossentropy after a softmax or a sigmoid, or the mean
    ///     squared error.
    ///   - optimizer: Keras's name. Nil uses the optimizer of the file, or Adam.
    /// - Throws: `FormatError` with the name of the file, `LayerError` for an unknown name or an input of unknown
    ///   shape.
    init(file: String, loss: String?, optimizer: String?) throws {
        var wanted: Set<CompilationPart> = []
        if loss == nil { wanted.insert(.loss) }
        if optimizer == nil { wanted.insert(.optimizer) }
        let model = try loadModel(file, reporting: wanted)
        let inputs = try model.inputShape.filled(with: 32)
        let outputs = try model.outputShapes(for: [inputs])[0]
        let suitable = Self.loss(after: try model.outputActivation)
        let loss = try loss.map(Losses.named) ?? model.loss ?? suitable
        let optimizer = try optimizer.map(Optimizers.named) ?? model.optimizer ?? Adam()
        let metrics = model.loss != nil ? model.metrics : loss.name.hasSuffix("crossentropy") ? [.accuracy] : []
        // The input of an embedding: whole numbers below its number of rows.
        let numbers = model.layers.compactMap { ($0 as? Embedding)?.inputDim }.min()
        self.init(
            name: file, samples: 1280, batchSize: 128,
            make: { seed, exchange in
                let model = try Model.load(file, compile: false, seed: seed)
                try model.compile(optimizer: optimizer, loss: loss, metrics: metrics, exchange: exchange)
                return model
            },
            data: { samples in
                let shape = inputs.rows(samples)
                let x = numbers.map {
                    Tensor.uniform(shape, low: 0, high: Float($0), seed: 1).map { $0.rounded(.down) }
                }
                return (x ?? .normal(shape, seed: 1), try Self.targets(for: loss, outputs.rows(samples)))
            })
    }

    private static func loss(after activation: ActivationFunction) -> any Loss {
        switch activation {
        case .softmax: .categoricalCrossentropy
        case .sigmoid: .binaryCrossentropy
        default: .mse
        }
    }

    /// Random targets of the kind that the loss takes: classes, 0 and 1, or numbers.
    private static func targets(for loss: any Loss, _ shape: Shape) throws -> Tensor {
        let classes = shape.last ?? 1
        let labels = Tensor.uniform([shape.count / max(classes, 1)], low: 0, high: Float(classes), seed: 2).map {
            $0.rounded(.down)
        }
        return switch loss {
        case is CategoricalCrossentropy: try toCategorical(labels, classes: classes).reshaped(shape)
        case is SparseCategoricalCrossentropy: try labels.reshaped(shape.replacingLast(with: 1))
        case is BinaryCrossentropy: Tensor.uniform(shape, low: 0, high: 2, seed: 2).map { $0.rounded(.down) }
        default: .normal(shape, seed: 2)
        }
    }
}
