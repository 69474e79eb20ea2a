/// How a learning rate changes with the steps: Keras's `keras.optimizers.schedules`, with its formulas and defaults.
///
///     Adam(learningRate: ExponentialDecay(0.01, decaySteps: 1000, decayRate: 0.9))
///
/// A new schedule needs a file, a line in `LearningRateSchedules` and a row in the tests.
public protocol LearningRateSchedule: Configurable, Sendable, LearningRateConvertible {
    /// The rate of the step after `step` other steps, including those that only accumulate gradients.
    func rate(step: Int) -> Double
    /// The arguments with the ranges that they must lie in.
    var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] { get }
    /// The name that Keras gives an object without a name; by default the class name.
    static var defaultName: String { get }
}

extension LearningRateSchedule {
    public static var defaultName: String { className }
    public var learningRate: LearningRate { LearningRate(self) }
}

/// A learning rate, or a schedule of learning rates.
public protocol LearningRateConvertible {
    var learningRate: LearningRate { get }
}

extension Double: LearningRateConvertible {
    public var learningRate: LearningRate { LearningRate(self) }
}

/// The learning rate of an optimizer: the current rate, and the schedule that changes it, if there is one.
public struct LearningRate: Sendable {
    public var current: Double
    public let schedule: (any LearningRateSchedule)?

    public init(_ rate: Double) { (current, schedule) = (rate, nil) }
    public init(_ schedule: any LearningRateSchedule) { (current, self.schedule) = (schedule.rate(step: 0), schedule) }
}

/// All schedules, which are found by Keras's class names.
package enum LearningRateSchedules {
    /// One line for each schedule.
    package static let all: [any LearningRateSchedule.Type] = [
        CosineDecay.self,
        CosineDecayRestarts.self,
        ExponentialDecay.self,
        InverseTimeDecay.self,
        PiecewiseConstantDecay.self,
        PolynomialDecay.self,
    ]
}

extension LearningRate: ConfigurationConvertible {
    /// Reads a number, or Keras's object `{"class_name": "ExponentialDecay", "config": {…}}`.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let (className, arguments) = try argument.object() else {
            self.init(try Double(argument))
            return
        }
        guard let type = LearningRateSchedules.all.first(where: { $0.className == className }) else {
            let known = LearningRateSchedules.all.map { $0.className }.joined(separator: ", ")
            throw argument.mismatch("a number or a schedule of the class \(known)")
        }
        let schedule = try arguments.object(of: type)
        arguments.argument("name")
        try arguments.finish(schedule.configuration)
        self.init(schedule)
    }

    public var configurationValue: ConfigurationValue {
        guard let schedule else { return .real(current) }
        let type = type(of: schedule)
        // If a rate is written as 1, Keras computes in whole numbers. So rates are written as real numbers.
        var arguments = schedule.configuration.mapValues { value -> ConfigurationValue in
            if let rate = value as? Double { return .real(rate) }
            if let rates = value as? [Double] { return .list(rates.map { .real($0) }) }
            return value.configurationValue
        }
        arguments["name"] = .string(type.defaultName)
        return KerasObject.value("keras.optimizers.schedules", type.className, arguments)
    }
}
