import LockstepCompute

/// A tensor that a step takes for one of a model's inputs: the input itself, or whole numbers that a layer makes of it
/// if it is text. Several layers may make numbers of one text.
package struct StepInput {
    /// The place among the model's inputs.
    package let input: Int
    /// The layer that makes numbers of the input; nil if the input is numbers.
    package let layer: (any TextLayer)?
    /// The shape of a row. A dimension is nil if it depends on the text, or on an unknown dimension of the input.
    package internal(set) var row: PartialShape
    package let type: DataType
}

extension Graph {
    /// Whether an input is text.
    package var takesText: Bool { feeds.contains { $0.layer != nil } }

    /// How many numbers are made of a row of text, for each layer that makes some, in rows of these shapes.
    ///
    /// - Parameter rows: the shapes of rows of `feeds`.
    package func textLengths(_ rows: [Shape]) -> [Int] {
        zip(feeds, rows).filter { $0.0.layer != nil }.map { $0.1.last ?? 1 }
    }
}
