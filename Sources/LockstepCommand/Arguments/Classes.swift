import Lockstep

extension ModelArguments {
    /// The class numbers with which the model was trained, if their names are kept beside it.
    ///
    /// - Parameter resumed: a file of the same model, if a training resumes.
    func classes(resumed: String? = nil) throws -> ClassEncoding {
        let trained = weights ?? (file.lowercased().hasSuffix(".json") ? nil : file)
        for model in [trained, resumed].compactMap({ $0 }) {
            let source = ClassNames.file(beside: model)
            if FileBytes.exists(source) { return .known(try ClassNames(file: source), file: source) }
        }
        return .sorted
    }
}

extension ClassNames {
    /// `'setosa' = 0, 'versicolor' = 1`.
    var list: String {
        names.prefix(20).enumerated().map { "'\($1)' = \($0)" }.joined(separator: ", ")
            + (names.count > 20 ? ", …" : "")
    }

    /// Checks that a model takes numbers of these classes.
    ///
    /// - Parameter file: the file of the names.
    func check(_ file: String, for model: Model) throws {
        guard let known = try Self.count(file, of: model), names.count > known else { return }
        throw CommandError.classCount(file: file, classes: self, known: known)
    }

    /// Prints the numbers of the class names in a file.
    ///
    /// - Parameter output: the model file beside which the names will be kept.
    func tell(_ file: String, _ encoding: ClassEncoding, keptBeside output: String? = nil) {
        if case .known = encoding { return }
        Job.note("\(file): classes \(list)" + (output.map { ", kept in \(Self.file(beside: $0))" } ?? ""))
    }

    /// Checks names without known numbers: they must be the names of all classes of a trained model. They then get
    /// numbers in sorted order.
    func checkAll(_ file: String, for model: Model, _ encoding: ClassEncoding, beside arguments: ModelArguments) throws
    {
        guard case .sorted = encoding, let known = try Self.count(file, of: model), names.count != known else { return }
        let source = ClassNames.file(beside: arguments.weights ?? arguments.file)
        throw CommandError.classesUnknown(file: file, classes: self, known: known, source: source)
    }

    /// The number of classes of a model; nil if its output is not known yet.
    private static func count(_ file: String, of model: Model) throws -> Int? {
        guard let loss = model.loss, let outputs = try? model.outputShape else { return nil }
        switch loss.targetValues {
        case .classNumbers: return outputs.dimensions.last ?? 1
        case .range(0...1) where outputs.shape?.count == 1: return 2
        default: throw CommandError.classNames(file: file, loss: loss.name)
        }
    }
}
