import LockstepFormats
import LockstepLayers

/// A training between two steps, but for its tensors.
struct TrainingState {
    let position: FitPosition
    /// The updates of each optimizer so far, and the steps.
    let iterations: [Int]
    let steps: Int
    /// Of each optimizer.
    let learningRates: [Double]
    /// Keys dropout and the order of the samples.
    let seed: UInt64
    /// What each callback remembers.
    let callbacks: [[String: Double]]
    let conditions: [TrainingCondition]
}

/// As JSON. Numbers that are not whole are texts, which hold those that are not finite too.
extension TrainingState {
    var configuration: ConfigurationValue {
        let history = position.history
        return [
            "epoch": .integer(position.epoch), "step": .integer(position.step),
            "steps_before": .integer(position.stepsBefore),
            "sums": Self.list(position.sums), "is_stopped": .bool(position.isStopped),
            "history": [
                "names": .list(history.names.map { .string($0) }), "epoch": .list(history.epoch.map { .integer($0) }),
                "values": .list(history.names.map { Self.list(history[$0] ?? []) }),
                "params": .object(history.params.mapValues { .integer($0) }),
            ],
            "iterations": .list(iterations.map { .integer($0) }), "steps": .integer(steps),
            "learning_rates": Self.list(learningRates),
            "seed": .string("\(seed)"),
            "callbacks": .list(callbacks.map { .object($0.mapValues { .string("\($0)") }) }),
            "conditions": .list(conditions.map { .list([.string($0.name), .string($0.value)]) }),
        ]
    }

    private static func list(_ values: [Double]) -> ConfigurationValue { .list(values.map { .string("\($0)") }) }

    /// - Throws: `FormatError.notOfFormat` that names what is missing.
    init(_ configuration: ConfigurationValue, file: String) throws(FormatError) {
        let reader = Reader(values: configuration, file: file)
        let history = Reader(values: configuration["history"] ?? .null, file: file)
        let names = try history.list("names") { $0.string }
        let values = try history.list("values") { $0.list?.compactMap { $0.string.flatMap(Double.init) } }
        let epochs = try history.list("epoch", Self.integer)
        guard values.count == names.count, values.allSatisfy({ $0.count == epochs.count }) else {
            throw reader.wrong("history")
        }
        let params = try history.value("params") { $0.object }.compactMapValues(Self.integer)
        position = FitPosition(
            epoch: try reader.value("epoch", Self.integer), step: try reader.value("step", Self.integer),
            stepsBefore: try reader.value("steps_before", Self.integer),
            sums: try reader.list("sums") { $0.string.flatMap(Double.init) },
            history: History(names: names, params: params, epoch: epochs, values: values),
            isStopped: try reader.value("is_stopped") { $0 == true })
        iterations = try reader.list("iterations", Self.integer)
        steps = try reader.value("steps", Self.integer)
        learningRates = try reader.list("learning_rates") { $0.string.flatMap(Double.init) }
        seed = try reader.value("seed") { $0.string.flatMap { UInt64($0) } }
        callbacks = try reader.list("callbacks") { $0.object?.compactMapValues { $0.string.flatMap(Double.init) } }
        conditions = try reader.list("conditions") { pair in
            guard let texts = pair.list?.compactMap(\.string), texts.count == 2 else { return nil }
            return TrainingCondition(name: texts[0], value: texts[1])
        }
    }

    private static func integer(_ value: ConfigurationValue) -> Int? {
        guard case .integer(let number) = value else { return nil }
        return number
    }

    private struct Reader {
        let values: ConfigurationValue
        let file: String

        func wrong(_ name: String) -> FormatError {
            .notOfFormat(file: file, format: "checkpoint", reason: "its \(name) is missing or of another form")
        }

        func value<Value>(_ name: String, _ convert: (ConfigurationValue) -> Value?) throws(FormatError) -> Value {
            guard let value = values[name].flatMap(convert) else { throw wrong(name) }
            return value
        }

        func list<Value>(_ name: String, _ convert: (ConfigurationValue) -> Value?) throws(FormatError) -> [Value] {
            let list = try value(name) { $0.list }
            let values = list.compactMap(convert)
            guard values.count == list.count else { throw wrong(name) }
            return values
        }
    }
}
