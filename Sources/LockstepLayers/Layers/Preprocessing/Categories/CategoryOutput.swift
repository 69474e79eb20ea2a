import LockstepCompute
import LockstepGraph

/// What a layer gives for the numbers of categories.
///
/// - `int`: the numbers, int32.
/// - `oneHot`: for each number a 1 at its place, else 0.
/// - `multiHot`: for all numbers of a sample together a 1 at each place that occurs, else 0.
/// - `count`: for all numbers of a sample together how often each occurs.
/// - `tfIdf`: the counts, each multiplied by a weight of its category.
public enum CategoryOutput: String, Sendable {
    case int
    case oneHot = "one_hot"
    case multiHot = "multi_hot"
    case count
    case tfIdf = "tf_idf"
}

extension CategoryOutput: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        let former = ["binary": CategoryOutput.multiHot, "tf-idf": .tfIdf]
        guard let output = argument.value.string.flatMap({ Self(rawValue: $0) ?? former[$0] }) else {
            throw argument.mismatch("\"int\", \"one_hot\", \"multi_hot\", \"count\" or \"tf_idf\"")
        }
        self = output
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

extension Layer {
    /// Checks that numbers of this shape can be given so.
    ///
    /// - Parameter kinds: those that the layer has.
    func check(_ output: CategoryOutput, of row: Shape, among kinds: [CategoryOutput]) throws(LayerError) {
        guard kinds.contains(output) else {
            throw .argument(
                layer: name, name: "outputMode", requirement: "one of \(kinds.map(\.rawValue).joined(separator: ", "))",
                received: output.rawValue)
        }
        guard output == .int || output == .oneHot || row.rank == 1 else {
            throw .input(layer: name, requirement: "have rows of one dimension for \(output.rawValue)", received: row)
        }
    }

    /// The numbers of categories as an output, except `tfIdf`. Numbers that are not from 0 to below `depth` give no 1
    /// and do not count.
    ///
    /// - Parameters:
    ///   - numbers: `[batch, …]`, or `[batch, n]` for `multiHot` and `count`.
    ///   - depth: how many categories there are.
    ///   - weights: by which numbers count, of their shape; nil counts each as 1.
    func encoded(
        _ numbers: SymbolicTensor, as output: CategoryOutput, depth: Int, weights: SymbolicTensor? = nil
    ) -> SymbolicTensor {
        let row = numbers.spec.shape
        switch output {
        case .int: return numbers
        case .oneHot:
            // As in Keras, a last dimension of 1 is left out.
            return oneHot(row.last == 1 ? reshape(numbers, Shape(row.dimensions.dropLast())) : numbers, depth: depth)
        case .multiHot: return minimum(histogram(numbers, weights: numbers.ones, bins: depth), 1)
        case .count, .tfIdf: return histogram(numbers, weights: weights ?? numbers.ones, bins: depth)
        }
    }
}
