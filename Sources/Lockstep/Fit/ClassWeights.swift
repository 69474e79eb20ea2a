import LockstepCompute
import LockstepLayers

/// The weight of a sample in the training loss by its class: Keras's `class_weight`. Classes that are not named have
/// weight 1.
///
/// If targets have several columns, the class is the column of the largest. If they have one, the class is the number
/// itself, rounded as in Keras.
struct ClassWeights {
    private let weights: [Int: Float]

    /// - Parameters:
    ///   - outputs: the shape of a row of the model's outputs.
    ///   - targets: the shape of a row of targets.
    ///   - data: the targets that this rank has, if any.
    /// - Throws: `TrainingError.argument` for a weight that is no finite number from 0, a class that no sample can
    ///   have, or outputs of several classes a sample.
    init(_ weights: [Int: Double], outputs: Shape, targets: Shape, data: Tensor?) throws {
        func require(_ condition: Bool, _ requirement: String, _ received: String) throws {
            guard condition else {
                throw TrainingError.argument("classWeight", requirement: requirement, received: received)
            }
        }
        try require(
            outputs.count == outputs.last && (targets.rank <= 1 || targets.count == 1),
            "left out where a sample has several classes",
            "outputs of rows \(outputs), targets of rows \(targets)")
        let columns = targets.count > 1 ? targets.count : outputs.count
        // Outputs of one column distinguish two classes, or are numbers.
        let classes = columns > 1 ? columns : max(2, (data.map { Self.largest($0) } ?? 0) + 1)
        for (number, weight) in weights.sorted(by: { $0.key < $1.key }) {
            try require(
                weight.isFinite && weight >= 0, "weights that are finite and not negative",
                "\(weight) for class \(number)")
            let isKnown = number >= 0 && (number < classes || columns == 1 && data == nil)
            try require(isKnown, "weights of classes from 0 to \(classes - 1)", "class \(number)")
        }
        self.weights = weights.mapValues { Float($0) }
    }

    private static func largest(_ targets: Tensor) -> Int {
        (0..<targets.count).reduce(0) { max($0, classNumber(targets[$1])) }
    }

    private static func classNumber(_ target: Float) -> Int { Int(exactly: target.rounded(.toNearestOrEven)) ?? 0 }

    /// Overwrites each row's weight. Allocates nothing.
    func fill(_ rows: Tensor, targets: Tensor) {
        let columns = targets.count / max(rows.count, 1)
        for row in 0..<rows.count {
            var number = 0
            if columns == 1 {
                number = Self.classNumber(targets[row])
            } else {
                for column in 1..<columns where targets[row * columns + column] > targets[row * columns + number] {
                    number = column
                }
            }
            rows[row] = weights[number] ?? 1
        }
    }
}
