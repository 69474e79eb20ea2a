import LockstepCompute
import LockstepGraph

/// How gradients change the weights: Keras's optimizers, with its formulas and defaults (`keras.optimizers`).
///
/// An optimizer is only a description. Its slots for a model are in that model's `OptimizerState`. A new optimizer
/// needs a file and a row in the table test.
public protocol Optimizer: Configurable, Sendable {
    /// Keras's name, `"adam"`.
    var name: String { get }
    /// Whether Keras has the optimizer; by default it has. Another one is written to files under a registered name,
    /// `lockstep>LARS`.
    static var isInKeras: Bool { get }
    /// The arguments that all optimizers have.
    var options: OptimizerOptions { get set }
    /// How much of a weight the optimizer sees at once; by default `.elements`.
    var scope: UpdateScope { get }
    /// The optimizer's own slots of each value by Keras's names, in groups. Keras's files list one group after another.
    /// A group lists one weight after another, and each weight has the names of the group in order.
    var slotNames: [[String]] { get }
    /// What these slots begin with, one number for each of a value's slots; by default 0.
    var initialSlots: [Float] { get }
    /// The indices of the slots that begin as the weights are before the first step, and not with a number; by default
    /// there are none.
    var weightSlots: [Int] { get }
    /// The shape that a slot has for a weight, with at most as many elements as the weight; nil if the weight does not
    /// have the slot. By default it is the weight's shape. Only the scope `.weights` allows others.
    func shape(ofSlot slot: Int, of weight: Weight) -> Shape?
    /// The factor of the learning rate in the decay of a weight that decays; by default that of the options.
    func weightDecay(of weight: Weight) -> Double
    /// Whether the decay of weights is a part of `ratio` and `finish`. By default weights decay before their update.
    var decaysInUpdate: Bool { get }
    /// Numbers that Keras counts among the optimizer's variables, after the slots, by their names. They follow from the
    /// number of updates so far. By default there are none.
    func scalars(iterations: Int) -> [(name: String, value: Float)]
    /// - Throws: `LayerError.optimizer` for hyperparameters out of their range.
    func validate() throws(LayerError)
    /// Updates values in one pass over them, in the scope `.elements`.
    ///
    /// - Parameters:
    ///   - scale: the factor that the gradients are multiplied with first: one over the global number of rows.
    ///   - iteration: the number of the update, counted from 1.
    func update(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew)
    /// Turns gradients into what `finish` moves the values by, in the scope `.norms`.
    ///
    /// - Parameters: as of `update`.
    func prepare(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew)
    /// The factor for `finish`, in the scope `.norms`.
    ///
    /// - Parameters:
    ///   - values: the norm of a weight.
    ///   - gradients: the norm of what `prepare` made of the weight's gradient.
    ///   - decay: the weight's decay.
    func ratio(values: Double, gradients: Double, decay: Double) -> Double
    /// Updates values with what `prepare` made of their gradients, in the scope `.norms`.
    ///
    /// - Parameters:
    ///   - ratio: that of the weight that has the values.
    ///   - decay: the decay of that weight.
    func finish(_ values: Tensor, gradients: Tensor, ratio: Double, decay: Double, slots: [Tensor], on crew: Crew)
    /// The floats of working memory that the update of a weight needs, in the scope `.weights`; by default 0.
    func workspace(for weight: Weight) -> Int
    /// Makes what updates a weight, in the scope `.weights`.
    func weightUpdate(of weight: WholeWeight) -> any WeightUpdate
}

extension Optimizer {
    public static func modernize(_ arguments: inout [String: ConfigurationValue]) { modernizeOptions(&arguments) }

    public var initialSlots: [Float] { Array(repeating: 0, count: slotNames.joined().count) }
    public var weightSlots: [Int] { [] }
    public static var isInKeras: Bool { true }
    public var scope: UpdateScope { .elements }
    public var decaysInUpdate: Bool { false }
    public func shape(ofSlot slot: Int, of weight: Weight) -> Shape? { weight.shape }
    public func weightDecay(of weight: Weight) -> Double { options.weightDecay ?? 0 }
    public func workspace(for weight: Weight) -> Int { 0 }
    public func scalars(iterations: Int) -> [(name: String, value: Float)] { [] }

    /// What all slots of a value begin with: the optimizer's own, then the average of the weight, if there is one.
    package var initialContents: [Float] { initialSlots + (options.useEma ? [0] : []) }

    /// The number of all slots of each value.
    public var slotCount: Int { initialContents.count }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) { missing("update", .elements) }
    public func prepare(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) { missing("prepare", .norms) }
    public func ratio(values: Double, gradients: Double, decay: Double) -> Double { missing("ratio", .norms) }
    public func finish(
        _ values: Tensor, gradients: Tensor, ratio: Double, decay: Double, slots: [Tensor], on crew: Crew
    ) { missing("finish", .norms) }
    public func weightUpdate(of weight: WholeWeight) -> any WeightUpdate { missing("weightUpdate", .weights) }

    private func missing(_ function: String, _ scope: UpdateScope) -> Never {
        preconditionFailure("the optimizer \(name) has no function \(function), which the scope \(scope) calls")
    }

    /// - Throws: `LayerError.optimizer` if the value is out of the range.
    func check(_ argument: String, _ value: Double, _ range: ClosedRange<Double>) throws(LayerError) {
        guard range.contains(value), value.isFinite else {
            let upper = range.upperBound == .greatestFiniteMagnitude ? "" : " to \(range.upperBound)"
            throw .optimizer(
                name: name, argument: argument, requirement: "from \(range.lowerBound)\(upper)", received: value)
        }
    }
}

/// Finds optimizers by Keras's names.
public enum Optimizers {
    private static let named: [String: any Optimizer] = [
        "sgd": SGD(), "rmsprop": RMSprop(), "adam": Adam(), "adamw": AdamW(), "adamax": Adamax(), "nadam": Nadam(),
        "adagrad": Adagrad(), "adadelta": Adadelta(), "ftrl": Ftrl(), "lion": Lion(),
        "schedulefreeadamw": ScheduleFreeAdamW(), "adafactor": Adafactor(), "lamb": Lamb(), "muon": Muon(),
        "lars": LARS(),
    ]

    package static var names: [String] { named.keys.sorted() }

    /// The optimizer of a Keras name, with default arguments. Upper and lower case make no difference.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Optimizer {
        guard let optimizer = named[name.lowercased()] else {
            throw .unknownName(kind: "optimizer", known: names, received: name)
        }
        return optimizer
    }
}
