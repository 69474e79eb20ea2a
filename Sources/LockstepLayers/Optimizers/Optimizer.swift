import LockstepCompute

/// How values move along their gradient: Keras's optimizers, with its formulas and defaults (`keras.optimizers`).
///
/// An optimizer is a description; what it remembers of a model lies in that model's `OptimizerState`. Adding one costs a file and a
/// row in the table test.
public protocol Optimizer: Configurable, Sendable {
    /// Keras's name, `"adam"`.
    var name: String { get }
    var learningRate: Double { get set }
    /// What it remembers for each parameter, by Keras's names, in the order of Keras's files: there the parameters follow one another within
    /// each group, and the names of the group within each parameter.
    var slotNames: [[String]] { get }
    /// Steps whose gradients are averaged for one update; nil updates in every step. The ranks exchange nothing but the update's average.
    var gradientAccumulationSteps: Int? { get }
    /// - Throws: `LayerError.optimizer` for hyperparameters out of their range.
    func validate() throws(LayerError)
    /// Moves the values: one pass over the arena.
    ///
    /// - Parameters:
    ///   - scale: what the gradients are multiplied with first, one over the global number of rows.
    ///   - iteration: counts the updates from 1.
    func update(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew)
}

extension Optimizer {
    public var gradientAccumulationSteps: Int? { nil }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The older name.
        if let rate = arguments.removeValue(forKey: "lr"), arguments["learning_rate"] == nil { arguments["learning_rate"] = rate }
        // Null is the default.
        for name in ["epsilon", "gradient_accumulation_steps"] where arguments[name] == .null { arguments[name] = nil }
    }
    /// How many values it remembers for each parameter.
    public var slotCount: Int { slotNames.reduce(0) { $0 + $1.count } }

    /// - Throws: `LayerError.optimizer` if the value is out of the range.
    func check(_ argument: String, _ value: Double, _ range: ClosedRange<Double>) throws(LayerError) {
        guard range.contains(value), value.isFinite else {
            let upper = range.upperBound == .greatestFiniteMagnitude ? "" : " to \(range.upperBound)"
            throw .optimizer(name: name, argument: argument, requirement: "from \(range.lowerBound)\(upper)", received: value)
        }
    }

    /// Checks what all optimizers have.
    func checkCommon() throws(LayerError) {
        try check("learningRate", learningRate, 0...(.greatestFiniteMagnitude))
        try check("gradientAccumulationSteps", Double(gradientAccumulationSteps ?? 2), 2...(.greatestFiniteMagnitude))
    }
}

/// What an optimizer remembers of the values that it updates here, all of an arena or pieces of it, and how many updates it has made.
public final class OptimizerState {
    /// How many updates have been made.
    public package(set) var iterations = 0
    private var optimizer: any Optimizer
    private let pieces: [Piece]
    /// Of all values.
    package let count: Int
    /// The slots, each piece by piece, each piece on a cache line.
    package let held: [Tensor]

    private struct Piece {
        let range: Range<Int>
        let values, gradients: Tensor
        let slots: [Tensor]
    }

    /// - Parameter pieces: the ranges of the values that are updated here, each with the place of its gradients.
    public init(for optimizer: any Optimizer, values: Tensor, pieces: [(range: Range<Int>, gradients: Tensor)]) {
        self.optimizer = optimizer
        self.count = values.count
        let slots = (0..<optimizer.slotCount).map { _ in Tensor.zeros([Self.size(of: pieces.map(\.range))]) }
        held = slots
        var offset = 0
        self.pieces = pieces.map { piece in
            defer { offset += FloatBuffer.aligned(piece.range.count) }
            let shape: Shape = [piece.range.count]
            return Piece(
                range: piece.range, values: values.part(at: piece.range.lowerBound, shape: shape), gradients: piece.gradients,
                slots: slots.map { $0.part(at: offset, shape: shape) })
        }
    }

    package var learningRate: Double {
        get { optimizer.learningRate }
        set { optimizer.learningRate = newValue }
    }

    /// The ranges of the values that are updated here.
    package var ranges: [Range<Int>] { pieces.map(\.range) }

    /// The elements of a slot of such ranges.
    package static func size(of ranges: [Range<Int>]) -> Int { ranges.reduce(0) { $0 + FloatBuffer.aligned($1.count) } }

    /// Copies a slot of some ranges, as it is held, to where they lie among all values.
    package func copy(_ held: Tensor, of ranges: [Range<Int>], into whole: Tensor) {
        var offset = 0
        for range in ranges {
            let shape: Shape = [range.count]
            whole.part(at: range.lowerBound, shape: shape).assign(held.part(at: offset, shape: shape))
            offset += FloatBuffer.aligned(range.count)
        }
    }

    /// Remembers what was remembered, of slots as long as all values.
    package func restore(_ slots: [Tensor], iterations: Int) {
        for piece in pieces {
            for (slot, whole) in zip(piece.slots, slots) { slot.assign(whole.part(at: piece.range.lowerBound, shape: slot.shape)) }
        }
        self.iterations = iterations
    }

    /// Moves the values of a piece, for the update after `iterations` others.
    ///
    /// - Parameter scale: what the gradients are multiplied with first.
    public func update(piece: Int, scale: Float, on crew: Crew) {
        let piece = pieces[piece]
        optimizer.update(
            piece.values, gradients: piece.gradients, scale: scale, iteration: iterations + 1, slots: piece.slots, on: crew)
    }
}

/// Finds optimizers by Keras's names.
public enum Optimizers {
    private static let named: [String: any Optimizer] = ["sgd": SGD(), "rmsprop": RMSprop(), "adam": Adam()]

    package static var names: [String] { named.keys.sorted() }

    /// The optimizer of a Keras name, in any case, at its defaults.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Optimizer {
        guard let optimizer = named[name.lowercased()] else {
            throw .unknownName(kind: "optimizer", known: names, received: name)
        }
        return optimizer
    }
}
