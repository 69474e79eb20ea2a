import LockstepCompute
import LockstepGraph

/// A cell for which there is an operation that computes all steps.
protocol FusedCell: RecurrentCell {
    /// Whether the operation can compute the cell: the derivatives of the activations follow from their outputs.
    var isFusable: Bool { get }
    /// The weights in the order of the operation's inputs, behind the sequence.
    var operands: [Weight] { get }
    /// The operation. Its inputs are the sequence, the weights, the states if given, and the mask if there is one. Its
    /// first output is h of every step or of the last; if states are returned, the others are the states behind h.
    func operation(_ steps: FusedSteps) -> any Operation
}

/// How an operation goes through the steps of a sequence.
struct FusedSteps {
    let time: Int
    let returnsSequences, returnsState, goesBackwards, isMasked: Bool
    /// Whether the states before the first step are given.
    let hasStart: Bool
}
