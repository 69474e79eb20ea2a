import ArgumentParser
import Lockstep

extension Workload {
    /// - Throws: `ValidationError` for a name that is neither a built-in workload's nor a model's file, or options that
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

    /// Whether a name is that of a model's file.
    private static func isFile(_ name: String) -> Bool { (try? ModelFormat(name))?.isModel == true }

    /// Collective: a built-in workload, or that of a file.
    init(named name: String, loss: String?, optimizer: String?) throws {
        let builtIn = Self.isFile(name) ? nil : Self.all.first { $0.name == name }
        self = try builtIn ?? Workload(file: name, loss: loss, optimizer: optimizer)
    }

    /// Collective: a model from a file, on data of its shapes that nothing can be learned from. Unknown dimensions of the
    /// input are 32.
    ///
    /// - Parameters:
    ///   - loss: Keras's name; nil takes that of the file, else crossentropy behind a softmax or a sigmoid, else the
    ///     mean squared error.
    ///   - optimizer: Keras's name; nil takes that of the file, else Adam.
    /// - Throws: `FormatError` that names the file, `LayerError` for a name that is not known or an input whose shape
    ///   is not.
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
        // What an embedding takes: whole numbers that it has rows for.
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

    /// Random targets: classes, yes or no, or numbers, as the loss takes them.
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
